"""What operators look after: the versions of what people agree to, and the audit trail with its proof.

Easy to break: a version is in force from now on at the earliest, because what was accepted before must not change its
meaning; and the trail is shown by ids and actions, with names for those who work here only.
"""

from collections.abc import Mapping

from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.errors import BadMessage, SealBroken
from rtc_server.store import agreements, audit
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.practice import (
    AgreementLine,
    AgreementMake,
    Agreements,
    AgreementVersion,
    AuditFind,
    AuditLine,
    AuditProof,
    AuditView,
)
from rtc_server.wire.types import Role

PAGE = 100
LATE_MS = 300_000  # what was "from now on" when the operator began to press


class OversightApi:
    """`audit_key`: `ring.derive("audit")`."""

    def __init__(self, store: Store, people: People, audit_key: bytes) -> None:
        self._store = store
        self._people = people
        self._audit_key = audit_key

    def routes(self) -> Mapping[str, Handler]:
        return {
            "GET /api/agreements": self.agreements,
            "POST /api/agreements": self.make_agreement,
            "POST /api/audit": self.trail,
            "POST /api/audit/proof": self.prove,
        }

    async def agreements(self, call: HttpCall) -> Agreements:
        now, lines = now_ms(), []
        async with self._store.read() as connection:
            for kind in agreements.FIRST:
                current = await agreements.in_force(connection, kind, now)
                counts = await agreements.accepted_counts(connection, kind)
                versions = [
                    AgreementVersion(
                        version=known.version,
                        text=known.text,
                        in_force_from_ms=known.in_force_from_ms,
                        is_in_force=known.version == current.version,
                        accepted=counts.get(known.version, 0),
                    )
                    for known in await agreements.versions(connection, kind)
                ]
                lines.append(AgreementLine(kind=kind, versions=versions))
        return Agreements(agreements=lines)

    async def make_agreement(self, call: HttpCall) -> Agreements:
        if not isinstance(call.body, AgreementMake):
            raise BadMessage
        body, now = call.body, now_ms()
        if body.in_force_from_ms < now - LATE_MS:
            raise BadMessage("A version cannot be in force from a time that is over.")
        since = max(now, body.in_force_from_ms)
        text = body.text.strip() + "\n"
        await self._store.write(agreements.make, body.kind, text, since, call.viewer.person_id, now)
        return await self.agreements(call)

    async def trail(self, call: HttpCall) -> AuditView:
        if not isinstance(call.body, AuditFind):
            raise BadMessage
        body = call.body
        async with self._store.read() as connection:
            rows = await audit.newest(connection, PAGE + 1, before_seq=body.before_seq, about=body.about.strip())
        lines = [
            AuditLine(
                seq=row.seq,
                at_ms=row.at_ms,
                actor=await self._name(row.actor_id),
                actor_id=row.actor_id,
                action=row.action,
                object_id=row.object_id,
                address=row.address,
            )
            for row in rows[:PAGE]
        ]
        return AuditView(lines=lines, has_more=len(rows) > PAGE)

    async def prove(self, call: HttpCall) -> AuditProof:
        async with self._store.read() as connection:
            broken = await audit.first_broken(connection, self._audit_key)
            end = await audit.end(connection)
        return AuditProof(rows=end.seq, first_broken=broken, checkpoint=f"{end.seq}:{end.mac.hex()}", at_ms=now_ms())

    async def _name(self, person_id: str) -> str:
        try:
            person = await self._people.person(person_id)
        except (PersonNotFound, SealBroken):
            # Somebody at the console, a part of the server, or a person whose key was destroyed.
            return person_id if len(person_id) < 20 else "somebody erased"
        return "a client" if person.role == Role.CLIENT else f"{person.first_name} {person.last_name}"
