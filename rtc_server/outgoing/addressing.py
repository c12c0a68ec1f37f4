"""A queued e-mail opened: to whom it goes, and what it says. For whoever sends it, and for the operator who reads it.

Owns nothing. Easy to break: the receiver's address is read fresh each time, because they may have changed it since the
mail was queued.
"""

from typing import NamedTuple

from booking_core.errors import PersonNotFound
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.errors import SealBroken
from rtc_server.outgoing.letters import TEXTS, Attachment, Channel, Letter, compose
from rtc_server.store.mail import Mail


class Addressed(NamedTuple):
    """`to` is an e-mail address, or of a text the number, empty when there is none."""

    to: str
    letter: Letter
    attachment: Attachment | None


class Addressing:
    """`zone` is where times are shown for whom none is known."""

    def __init__(self, keys: KeyStore, people: People, public_url: str, zone: str) -> None:
        self._keys = keys
        self._people = people
        self._public_url = public_url
        self._zone = zone

    async def open(self, mail: Mail) -> Addressed | None:
        """None when what it said is kept no longer, or its person was erased."""
        try:
            person_id = mail.person_id
            seal = self._keys.own() if person_id is None else await self._keys.key_of(person_id)
            content = mail.open(seal)
            if content is None:
                return None
            to, name = content.address, ""
            if to is None:
                assert person_id is not None, "a mail goes to somebody"
                to, name = await self._people.addressee(person_id)
        except (SealBroken, PersonNotFound):
            return None
        if mail.channel is Channel.SMS:
            assert person_id is not None, "a text goes to somebody we know"
            words = TEXTS[mail.template].format(public_url=self._public_url)
            return Addressed(await self._people.phone(person_id) or "", Letter("", words, ""), None)
        letter = compose(mail.template, content.facts, name, self._public_url, self._zone)
        return Addressed(to, letter, content.attachment)
