"""Texts that are over do not stay for good, and neither do the numbers they went to."""

from rtc_server.retention import DAY_MS, KeptFor, Sweeper
from rtc_server.store import erasure
from rtc_server.store.database import now_ms
from tests.texts.office import Office

KEPT = KeptFor(0, 0, 0, 0, texts=30)


async def test_a_text_is_deleted_when_it_has_been_over_for_its_days_and_not_while_it_waits_to_be_sent(
    office: Office,
) -> None:
    await office.therapist()
    first = await office.place()
    await office.work()
    await office.cancel(first)
    sweeper = Sweeper(office.house.store, office.house.audit_key, KEPT, every_s=3_600)
    assert await office.rows() == 2  # sent, and not sent yet: nobody has worked since
    assert await sweeper.sweep(now_ms() + 29 * DAY_MS) == 0
    assert await sweeper.sweep(now_ms() + 31 * DAY_MS) == 1
    assert await sweeper.sweep(now_ms() + 31 * DAY_MS) == 0
    await office.work()
    assert await sweeper.sweep(now_ms() + 31 * DAY_MS) == 1
    assert await office.rows() == 0


async def test_a_text_to_a_client_under_a_legal_hold_stays(office: Office) -> None:
    request = await office.place()
    await office.call_back(request)
    await office.therapist()
    await office.house.store.write(erasure.place_hold, request.client_id, now_ms())
    await office.work()
    sweeper = Sweeper(office.house.store, office.house.audit_key, KEPT, every_s=3_600)
    kept = await office.rows()
    assert kept == 1
    await sweeper.sweep(now_ms() + 31 * DAY_MS)
    assert await office.rows() == kept
    await office.house.store.write(erasure.lift_hold, request.client_id)
    await sweeper.sweep(now_ms() + 31 * DAY_MS)
    assert await office.rows() == 0
