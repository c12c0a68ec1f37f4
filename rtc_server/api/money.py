"""The resources of money, put together from settings."""

from dataclasses import dataclass

from booking_core.payments import Processor
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api.books import BooksApi
from rtc_server.api.dispatch import Resource
from rtc_server.api.money_files import MoneyFiles
from rtc_server.api.payouts import PayoutApi
from rtc_server.api.top_ups import TopUpApi, TopUpRules
from rtc_server.api.wallet import WalletApi, WalletRules
from rtc_server.api.withdrawals import WithdrawalApi
from rtc_server.config import Settings
from rtc_server.money.payout_story import PayoutStory
from rtc_server.money.statements import Practice
from rtc_server.store.database import Store


@dataclass(frozen=True)
class Money:
    resources: list[Resource]
    top_ups: TopUpApi
    processor: Processor | None

    async def close(self) -> None:
        if self.processor is not None:
            await self.processor.close()


def money_of(settings: Settings, store: Store, keys: KeyStore, people: People, processor: Processor | None) -> Money:
    practice = Practice(settings.practice_name, settings.practice_address, settings.practice_email)
    public_url = settings.resolved_public_url()
    least, most = settings.top_up_min_pence, settings.top_up_max_pence
    story = PayoutStory(store, keys, settings.invoice_email)
    top_ups = TopUpApi(store, keys, people, processor, TopUpRules(least, most, public_url))
    resources: list[Resource] = [
        WalletApi(store, keys, people, processor, WalletRules(practice, settings.invoice_email, least, most)),
        top_ups,
        WithdrawalApi(store, keys, story, processor, public_url),
        PayoutApi(store, keys, people, story),
        MoneyFiles(store, keys, people, practice),
        BooksApi(store),
    ]
    return Money(resources, top_ups, processor)
