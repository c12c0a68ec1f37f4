"""Web and worker as they run: from a client who asks to a text that is delivered, and dashboards that do not wait."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.auth import COOKIE
from tests.cluster import Cluster, Person
from tests.eventually import eventually
from tests.texts.double import ACCOUNT_SID, AUTH_TOKEN, SENDER, Double, answers_late, running

NUMBER = "+447700900123"


@pytest.fixture
async def twilio() -> AsyncIterator[Double]:
    async with running() as double:
        yield double


@pytest.fixture
async def cluster(tmp_path: Path, twilio: Double) -> AsyncIterator[Cluster]:
    settings = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_BASE": twilio.url,
        "OUTBOX_POLL_S": "0.1",
        "TEXT_CALL_S": "60",
        "WHISPER_MODEL": str(tmp_path / "none"),
    }
    opened = Cluster(tmp_path, webs=1, settings=settings)
    try:
        await asyncio.to_thread(opened.up)
        await asyncio.to_thread(opened.seed, therapists=2, clients=1)
        opened.start("worker", PUBLIC_URL=opened.url())
        yield opened
        await asyncio.to_thread(opened.look_over)
    finally:
        await asyncio.to_thread(opened.down)


def people(cluster: Cluster, role: str) -> list[Person]:
    return [person for person in cluster.people if person.role == role]


async def wants_texts(http: aiohttp.ClientSession, cluster: Cluster, person: Person) -> None:
    """Turn texts on as the account page does, and leave no page open."""
    actor = TherapistActor(http, cluster.url())
    await actor.sign_in(person.email, person.password)
    headers = {"Origin": cluster.url(), "Cookie": f"{COOKIE}={actor.token}"}
    choice = {"is_on": True, "phone": NUMBER}
    async with http.put(f"{cluster.url()}/api/account/texts", json=choice, headers=headers) as answer:
        assert answer.status == 200


async def test_a_text_goes_out_is_reported_delivered_and_holds_up_no_dashboard(
    cluster: Cluster, twilio: Double
) -> None:
    twilio.faults.append(answers_late)
    texted, on_duty = people(cluster, "therapist")
    (client,) = people(cluster, "client")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        await wants_texts(http, cluster, texted)
        dashboard = TherapistActor(http, cluster.url())
        await dashboard.sign_in(on_duty.email, on_duty.password)
        await dashboard.connect()
        await dashboard.go_on_duty()
        asking = ClientActor(http, cluster.url())
        await asking.sign_in(client.email, client.password)
        await asking.connect()
        request = await asking.place()
        await twilio.called(1)
        await dashboard.until_sees(request.id)  # while Twilio has not answered
        twilio.let_go()
        (text,) = twilio.accepted
        assert text.to == NUMBER and "waiting" in text.body and text.report_url.startswith(cluster.url())
        assert await twilio.report(text, "delivered") == 204

        async def is_delivered() -> bool:
            return cluster.rows("SELECT state FROM outbox") == [("delivered",)]

        await eventually(is_delivered, 10.0, "the report has been noted")
        await asking.cancel(request.id)
        await twilio.called(2)
        assert twilio.bodies(NUMBER)[1].endswith("no longer waiting.")
        await asking.close()
        await dashboard.close()
    for name in ("web0", "worker"):
        assert NUMBER[1:] not in cluster.log(name).read_text()
