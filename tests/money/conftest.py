from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rtc_server.adapters.stripe_payments import Stripe
from tests.accounts.house import House, Visitor, build_app, open_house, serve
from tests.money import stripe_double
from tests.money.stripe_double import SECRET_KEY, WEBHOOK_SECRET, StripeDouble

CALL_S = 2.0


@dataclass
class Counter:
    """Where money is handled: a house with Stripe behind it, and pages of people who are signed in."""

    house: House
    stripe: StripeDouble
    processor: Stripe
    _pages: "Visitor"

    async def page(self, role: str) -> tuple[Visitor, str, str]:
        """A page of somebody new, their id and address."""
        person_id, email = await self.house.add(role)
        visitor = Visitor(self._pages.http)
        await visitor.sign_in(email)
        return visitor, person_id, email


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_house(tmp_path) as house, stripe_double.running() as double:
        processor = Stripe(SECRET_KEY, WEBHOOK_SECRET, api_base=double.url, call_s=CALL_S)
        http = await serve(build_app(house, processor=processor))
        double.report_url = str(http.make_url("/payments/report"))
        yield Counter(house, double, processor, Visitor(http))
        await http.close()
        await processor.close()
