"""What people do with their own account: sign up, prove an address, choose a new password, move to another address.

Owns what a code from a mail is worth and what a password must be. Knows no HTTP. Easy to break: nothing here tells
whether an address is known. An address that nothing may be done for gets a row, a mail or none, and the same answer as
any other; `api/accounts.py` sees to it that it also takes as long.
"""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.ages import ADULT_YEARS, age
from booking_core.errors import EmailTaken
from booking_core.people import People, TherapistProfile, normal_email
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.auth import Auth, Viewer
from rtc_server.errors import BadMessage, NotOfAge, ReferralNotFound, TermsOutdated, WeakPassword, WrongCode, unfit
from rtc_server.limits import Rates, address_key
from rtc_server.outgoing.letters import Facts, Template
from rtc_server.store import agreements, applications, audit, challenges, conversations, mail, referrals
from rtc_server.store.agreements import Agreement
from rtc_server.store.challenges import Challenge
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.accounts import EmailChange, Forgot, MailedCode, PasswordChange, PasswordReset, SignUp

# What a sign-up or a new address will be, until its code has come.
Payload = Mapping[str, str | None]

CODE_DIGITS = 8
TRIES = 5
YEARS_MAX = 120
PASSWORD_LENGTH_MIN = 10
# Of the passwords guessed first, those that are long enough.
GUESSED_FIRST = frozenset(
    """1234567890 0987654321 1234567891 1111111111 0000000000 password12 password123 password1234 passw0rd12 p@ssword12
    qwertyuiop qwerty12345 1q2w3e4r5t q1w2e3r4t5 iloveyou12 letmein123 welcome123 abcdefghij abc1234567 aaaaaaaaaa
    sunshine12 football12 liverpool1 manchester""".split()  # noqa: SIM905
)
WRONG = "That code is not right, or its time is over. Look at the newest mail, or ask for a new code."


@dataclass(frozen=True)
class AccountRules:
    """`code_s`: how long a code holds. `mails_per_hour` is per address written to, `tries_per_hour` per visitor."""

    code_s: float
    age_min: int
    share_percent: int  # of a session's price, for a new therapist
    zone: str
    mails_per_hour: float
    tries_per_hour: float


def check_password_is_strong(password: str, *known: str) -> None:
    """Raises WeakPassword. `known`: what anybody could guess of this person, e.g. their address."""
    plain = password.strip().lower()
    if len(password) < PASSWORD_LENGTH_MIN:
        raise WeakPassword(f"Please choose a password of at least {PASSWORD_LENGTH_MIN} characters.")
    guesses = {part for word in known for part in (word.lower(), word.lower().partition("@")[0])}
    if plain in GUESSED_FIRST | guesses or len(set(plain)) < 4:
        raise WeakPassword("That password would be guessed. Three or four unrelated words make a good one.")


class Accounts:
    """One per process. `key` is `ring.derive("challenge")`."""

    def __init__(
        self,
        store: Store,
        keys: KeyStore,
        people: People,
        auth: Auth,
        rules: AccountRules,
        key: bytes,
        audit_key: bytes,
    ) -> None:
        self._store = store
        self._keys = keys
        self._people = people
        self._auth = auth
        self.rules = rules
        self._key = key
        self._seal = SealKey(key)
        self._audit_key = audit_key
        self._mails = Rates(rules.mails_per_hour / 60, rules.mails_per_hour)
        self._tries = Rates(rules.tries_per_hour / 60, rules.tries_per_hour)

    # Signing up

    async def terms(self) -> Agreement:
        async with self._store.read() as connection:
            return await agreements.in_force(connection, "account", now_ms())

    async def sign_up(self, body: SignUp, address: str) -> None:
        """Send a code to the address, or to whoever has an account with it the news that they have.

        Raises WeakPassword, NotOfAge, ReferralNotFound, TermsOutdated, TooOften: none of them depends on the address
        being known.
        """
        self._tries.take(address_key(address))
        self._check(body)
        if body.accepts_version != (await self.terms()).version:
            raise TermsOutdated("The terms have changed. Please read them again.")
        therapist_id = await self._referred_to(body.referral_code) if body.role == "client" else None
        password_hash = await self._auth.hashed(body.password)
        known = await self._people.by_email(body.email)
        payload = {
            "role": body.role,
            "email": normal_email(body.email),
            "first_name": " ".join(body.first_name.split()),
            "last_name": " ".join(body.last_name.split()),
            "date_of_birth": body.date_of_birth,
            "password_hash": password_hash,
            "own_therapist_id": therapist_id,
            "referral_code": body.referral_code,
            "version": body.accepts_version,
        }
        await self._send(body.id, "sign_up", body.email, payload, None if known is None else known[0].id, is_new=True)

    def _check(self, body: SignUp) -> None:
        try:
            born = date.fromisoformat(body.date_of_birth)
        except ValueError as error:
            raise BadMessage(unfit("date_of_birth")) from error
        years = age(born, datetime.now(ZoneInfo(self.rules.zone)).date())
        if not 0 <= years <= YEARS_MAX:
            raise BadMessage("Please look at the date of birth again.")
        if years < self.rules.age_min:
            raise NotOfAge(
                f"You have to be {self.rules.age_min} to have an account. Childline is there for you: 0800 1111."
            )
        if body.role == "therapist" and years < ADULT_YEARS:
            raise NotOfAge("Therapists are of age.")
        if not (body.first_name.strip() and body.last_name.strip()):
            raise BadMessage(unfit("first_name"))
        check_password_is_strong(body.password, body.email, body.first_name, body.last_name)

    async def _referred_to(self, code: str) -> str | None:
        if not code.strip():
            return None
        async with self._store.read() as connection:
            found = await referrals.therapist_of(connection, code, now_ms())
        if found is None:
            raise ReferralNotFound("We do not know this code. Look at it again, or leave it out.")
        return found

    async def confirm_sign_up(self, body: MailedCode, address: str, agent: str) -> tuple[str, Viewer]:
        """Make the account and sign its owner in. Raises WrongCode, TooOften."""
        self._tries.take(address_key(address))
        taken = await self._take(body.id, "sign_up", body.code)
        found = self._open(taken)
        role = str(found["role"])

        async def also(connection: AsyncConnection, person_id: str) -> None:
            now = now_ms()
            await agreements.accept(connection, person_id, "account", str(found["version"]), now)
            if role == "therapist":
                await applications.begin(connection, person_id)
            if found["own_therapist_id"]:
                await conversations.ensure(connection, person_id, str(found["own_therapist_id"]), now)
                await referrals.use(connection, str(found["referral_code"]), now)
            await audit.append(connection, self._audit_key, person_id, "person:sign_up", person_id, address, now)

        try:
            person_id = await self._people.create_person(
                role,
                str(found["email"]),
                str(found["first_name"]),
                str(found["last_name"]),
                str(found["password_hash"]),
                date_of_birth=str(found["date_of_birth"]),
                own_therapist_id=found["own_therapist_id"],
                therapist=self._blank_card(found) if role == "therapist" else None,
                also=also,
            )
        except EmailTaken as error:
            # Signed up twice, and the other code came first.
            raise WrongCode(WRONG) from error
        return await self._auth.admit(person_id, role, address, agent)

    def _blank_card(self, found: Payload) -> TherapistProfile:
        return TherapistProfile(
            first_name=str(found["first_name"]),
            last_name=str(found["last_name"]),
            title="",
            experience_years=0,
            gender="none",
            languages=("en",),
            areas=(),
            bio="",
            photo=None,
            is_approved=False,
            transcripts_on=False,
            share_percent=self.rules.share_percent,
        )

    # A forgotten password

    async def forgot(self, body: Forgot, address: str) -> None:
        """Send a code if there is an account. Raises TooOften."""
        self._tries.take(address_key(address))
        known = await self._people.by_email(body.email)
        person_id = None if known is None or known[0].is_disabled else known[0].id
        await self._send(body.id, "reset", body.email, {}, person_id, is_new=False)

    async def reset(self, body: PasswordReset, address: str) -> None:
        """A new password; every sign-in ends, and the second step is asked for as before.

        Raises WeakPassword, WrongCode, TooOften.
        """
        self._tries.take(address_key(address))
        check_password_is_strong(body.password)
        password_hash = await self._auth.hashed(body.password)
        person_id = (await self._take(body.id, "reset", body.code)).person_id
        if person_id is None:
            raise WrongCode(WRONG)
        await self._set_password(person_id, password_hash, "password:reset", address)
        await self._auth.sign_out_person(person_id)

    # One's own account, signed in

    async def change_password(self, viewer: Viewer, body: PasswordChange, address: str) -> None:
        """Every other sign-in ends. Raises WrongPassword, WeakPassword, TooOften."""
        await self._auth.check_password(viewer, body.present, address)
        check_password_is_strong(body.password, await self._people.email(viewer.person_id))
        password_hash = await self._auth.hashed(body.password)
        await self._set_password(viewer.person_id, password_hash, "password:change", address)
        await self._auth.sign_out_all(viewer, but_this=True)

    async def change_email(self, viewer: Viewer, body: EmailChange, address: str) -> None:
        """Send a code to the new address. Raises WrongPassword, TooOften."""
        await self._auth.check_password(viewer, body.present, address)
        known = await self._people.by_email(body.email)
        taken_by = None if known is None else known[0].id
        payload: Payload = {"email": normal_email(body.email)}
        await self._send(body.id, "email", body.email, payload, taken_by, is_new=True, mover_id=viewer.person_id)

    async def confirm_email(self, viewer: Viewer, body: MailedCode, address: str) -> None:
        """Raises WrongCode."""
        taken = await self._take(body.id, "email", body.code)
        if taken.person_id != viewer.person_id:
            raise WrongCode(WRONG)
        before = await self._people.email(viewer.person_id)
        email = str(self._open(taken)["email"])
        try:
            await self._people.set_email(viewer.person_id, email)
        except EmailTaken as error:
            raise WrongCode(WRONG) from error
        key = await self._keys.key_of(viewer.person_id)

        async def tell(connection: AsyncConnection) -> None:
            now, mover = now_ms(), viewer.person_id
            facts: Facts = {"at_ms": now, "link": "/help"}
            told = f"email_changed:{mover}:{now}"
            await mail.queue(
                connection, key, mover, Template.EMAIL_CHANGED, facts, key=told, now_ms=now, address=before
            )
            await audit.append(connection, self._audit_key, mover, "email:change", mover, address, now)

        await self._store.write(tell)

    # Codes

    async def _send(
        self,
        challenge_id: str,
        purpose: str,
        email: str,
        payload: Payload,
        known_id: str | None,
        *,
        is_new: bool,
        mover_id: str | None = None,
    ) -> None:
        """Keep the challenge and queue its mail. With `is_new` the address must not be known, else it must be."""
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        is_good = (known_id is None) == is_new
        person_id = mover_id if is_new else known_id
        may_mail = self._mails.wait_s(self._people.email_hash(email).hex()) == 0
        now = now_ms()
        due = now + int(self.rules.code_s * 1000)
        made = Challenge(
            id=challenge_id,
            purpose=purpose,
            person_id=person_id,
            code_hash=self._hash(challenge_id, code),
            payload_sealed=self._seal.seal_text(json.dumps(payload), "challenge", challenge_id, "payload_sealed"),
            tries_left=TRIES if is_good and may_mail else 0,
            due_at_ms=due,
        )
        receiver_id = known_id if known_id is not None else mover_id
        key = self._keys.own() if receiver_id is None else await self._keys.key_of(receiver_id)
        template = Template.ALREADY_REGISTERED
        facts: Facts = {"link": "/"}
        if is_good:
            template = Template.VERIFY_EMAIL if is_new else Template.RESET_PASSWORD
            facts = {"code": f"{code[:4]} {code[4:]}", "until_ms": due, "link": "/"}

        async def step(connection: AsyncConnection) -> None:
            if await challenges.add(connection, made, now) and may_mail and (is_good or is_new):
                to = email.strip() if known_id is None else None
                told = f"code:{challenge_id}"
                await mail.queue(
                    connection, key, receiver_id, template, facts, key=told, now_ms=now, dies_at_ms=due, address=to
                )

        await self._store.write(step)

    async def _take(self, challenge_id: str, purpose: str, code: str) -> Challenge:
        """Raises WrongCode."""
        hashed = self._hash(challenge_id, "".join(code.split()))
        taken = await self._store.write(challenges.take, challenge_id, purpose, hashed, now_ms())
        if taken is None:
            raise WrongCode(WRONG)
        return taken

    def _hash(self, challenge_id: str, code: str) -> bytes:
        return hmac.new(self._key, f"{challenge_id} {code}".encode(), hashlib.sha256).digest()

    def _open(self, taken: Challenge) -> Payload:
        found: Payload = json.loads(self._seal.open_text(taken.payload_sealed, "challenge", taken.id, "payload_sealed"))
        return found

    async def _set_password(self, person_id: str, password_hash: str, action: str, address: str) -> None:
        await self._people.set_password_hash(person_id, password_hash)
        key = await self._keys.key_of(person_id)

        async def tell(connection: AsyncConnection) -> None:
            now = now_ms()
            facts: Facts = {"at_ms": now, "link": "/forgot"}
            told = f"password_changed:{uuid.uuid4()}"
            await mail.queue(connection, key, person_id, Template.PASSWORD_CHANGED, facts, key=told, now_ms=now)
            await audit.append(connection, self._audit_key, person_id, action, person_id, address, now)

        await self._store.write(tell)
