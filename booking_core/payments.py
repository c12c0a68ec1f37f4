"""The port to a payment processor: what is asked of one, and what it may answer. Knows none by name.

Easy to break: every act carries a key that makes it the same act when it is asked again, so that `Later` may always be
asked again; a report is believed only after its signature was.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Checkout:
    """Where a client pays; `url` is the processor's page."""

    provider_id: str
    url: str


@dataclass(frozen=True)
class CheckoutPaid:
    """The processor has the money of this top-up."""

    top_up_id: str
    amount_pence: int


@dataclass(frozen=True)
class CheckoutExpired:
    """Nothing was paid and nothing will be."""

    top_up_id: str


@dataclass(frozen=True)
class AccountChanged:
    """Whether a therapist's account at the processor can be paid to now."""

    account_id: str
    is_ready: bool


Fact = CheckoutPaid | CheckoutExpired | AccountChanged


@dataclass(frozen=True)
class Report:
    """What the processor says by itself. `fact` None: nothing that concerns us."""

    id: str
    kind: str
    fact: Fact | None


@dataclass(frozen=True)
class Done:
    provider_id: str


@dataclass(frozen=True)
class NotDone:
    """Refused for good."""

    code: str


@dataclass(frozen=True)
class Later:
    """No answer, or not now: the same key is asked again."""

    code: str


Outcome = Done | NotDone | Later


class Processor(Protocol):
    """Acts raise PaymentsUnavailable when the processor does not answer in time, except `pay_out`, which says Later."""

    name: str

    async def checkout(self, top_up_id: str, amount_pence: int, back_url: str) -> Checkout: ...

    async def look(self, provider_id: str) -> CheckoutPaid | CheckoutExpired | None:
        """How a checkout stands; None while it is open."""
        ...

    async def open_account(self, therapist_id: str) -> str: ...

    async def connect_url(self, account_id: str, back_url: str) -> str: ...

    async def is_ready(self, account_id: str) -> bool: ...

    async def pay_out(self, account_id: str, amount_pence: int, key: str) -> Outcome: ...

    def report(self, raw: bytes, signature: str) -> Report:
        """Raises BadSignature."""
        ...

    async def close(self) -> None: ...
