"""A process that moves money as fast as it can and writes down what was acknowledged, until it is killed."""

import asyncio
import os
import random
from datetime import date
from pathlib import Path

from booking_core import wallet, withdrawals
from booking_core.payouts import CameBack, InvoiceArrived, PaidOut, Rail, TakenBack
from rtc_server.adapters.seal import KeyRing, KeyStore
from rtc_server.money.payout_story import PayoutStory
from rtc_server.store.database import Store
from tests.money import ledger

PRICE = 3_500
SHARE = PRICE * 65 // 100


def move_for_ever(database: Path, told: Path, seed: int) -> None:
    asyncio.run(_move(Store(ledger.url_of(database)), told, random.Random(seed)))


async def _move(store: Store, told: Path, chance: random.Random) -> None:
    """The key of each transfer is written down after its commit."""
    acknowledged = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    story = PayoutStory(store, KeyStore(store, KeyRing(KeyRing.generate())), "")
    while True:
        client, therapist = chance.choice(ledger.CLIENTS), chance.choice(ledger.THERAPISTS)
        name = f"{chance.getrandbits(64):016x}"
        await store.write(wallet.top_up, client, PRICE, name, 1)
        os.write(acknowledged, f"top_up:{name}\n".encode())
        await store.write(wallet.hold, name, client, therapist, PRICE, 2)
        os.write(acknowledged, f"hold:{name}\n".encode())
        if chance.random() < 0.3:
            await store.write(wallet.void, name, 3)
            os.write(acknowledged, f"void:{name}\n".encode())
            continue
        await store.write(wallet.post, name, 65, 3)
        os.write(acknowledged, f"share:{name}\nfee:{name}\n".encode())
        await store.write(wallet.release_pending, name, 4)
        os.write(acknowledged, f"release:{name}\n".encode())
        await store.write(withdrawals.request, name, therapist, Rail.INVOICE, SHARE, None, 5)
        os.write(acknowledged, f"withdraw:{name}\n".encode())
        if chance.random() < 0.3:
            await store.write(withdrawals.step, name, TakenBack(), 6)
            os.write(acknowledged, f"return:{name}\n".encode())
            continue
        await store.write(withdrawals.step, name, InvoiceArrived(SHARE, date(2026, 11, 24)), 6)
        await store.write(story.confirm, f"batch-{name}", [name], SHARE, ledger.CLIENTS[0], 7)
        await store.write(withdrawals.step, name, PaidOut(), 8)
        os.write(acknowledged, f"payout:{name}\n".encode())
        if chance.random() < 0.3:
            await store.write(withdrawals.step, name, CameBack("wrong_details"), 9)
            os.write(acknowledged, f"bounce:{name}\n".encode())
