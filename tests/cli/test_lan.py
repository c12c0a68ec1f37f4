"""`run --lan` as somebody with a phone meets it: HTTPS on the network's address, sign-in and a socket."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from rtc_server.actors.wire import Refused, WireClient
from rtc_server.adapters import lan
from rtc_server.wire.pool import DutyView
from rtc_server.wire.types import Empty
from tests.cli.test_run import Running, wait_until
from tests.cluster import ROOT


@pytest.fixture
def on_lan(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path)
    one.start("--lan")
    try:
        wait_until(one.has_greeted, 60, "run --lan has greeted")
        yield one
    finally:
        one.end()


def trusting(one: Running) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=lan.certificate_file(one.folder / "data"))


async def meet(one: Running, address: str) -> None:
    url = f"https://{address}:{one.port}"
    password = (one.folder / "data" / "demo-password").read_text().strip()
    connector = aiohttp.TCPConnector(ssl=trusting(one))
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.get(url) as page:
            assert page.status in (200, 503)  # 503: a checkout whose web client is not built
            assert "Strict-Transport-Security" not in page.headers
            assert url.replace("https", "wss") in page.headers["Content-Security-Policy"]
        async with WireClient(http, url) as therapist:
            await therapist.sign_in("therapist@demo.example", password)
            await therapist.connect()
            duty = await therapist.emit("duty:get", Empty(), DutyView)
            assert duty.status == "off"
        async with WireClient(http, url, origin=f"http://{address}:{one.port}") as stranger:
            with pytest.raises(Refused, match="bad_origin"):
                await stranger.sign_in("therapist@demo.example", password)


def test_a_phone_signs_in_over_https_and_opens_a_socket(on_lan: Running) -> None:
    printed, reachable = on_lan.printed(), lan.addresses()
    assert all(f"https://{address}:{on_lan.port}" in printed for address in reachable)
    assert "certificate" in printed or not reachable
    for address in [*reachable, "127.0.0.1"]:
        asyncio.run(meet(on_lan, address))
    file = lan.certificate_file(on_lan.folder / "data")
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("settings", [{"PUBLIC_URL": "https://talk.example"}, {"APP_ENV": "production"}])
def test_an_address_of_its_own_and_production_are_refused_in_one_line(tmp_path: Path, settings: dict[str, str]) -> None:
    environment = Running(tmp_path).environment()
    environment |= {"SECRET_KEYS": "1:" + "A" * 43 + "=", "PUBLIC_URL": "https://talk.example", **settings}
    command = [sys.executable, "-m", "rtc_server", "run", "--lan"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "--lan" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_certificate_is_kept_until_the_addresses_change_or_it_is_about_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = lan.certificate_file(tmp_path)

    def made(*reachable: str) -> bytes:
        lan.make_certificate(file, reachable)
        return file.read_bytes()

    first = made("192.0.2.10")
    assert {"192.0.2.10", "127.0.0.1", "localhost"} <= set(lan.names_of(file))
    assert made("192.0.2.10") == first
    moved = made("192.0.2.11")
    assert moved != first and "192.0.2.10" not in lan.names_of(file)
    left = x509.load_pem_x509_certificate(moved).not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Later":
            return cls(*(datetime.now(UTC) + timedelta(days=84)).timetuple()[:6], tzinfo=UTC)

    monkeypatch.setattr(lan, "datetime", Later)
    assert made("192.0.2.11") != moved
    file.write_text("half a fi")
    monkeypatch.undo()
    assert b"CERTIFICATE" in made("192.0.2.11")
