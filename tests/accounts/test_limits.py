import pytest

from rtc_server.config import Settings
from rtc_server.errors import TooOften
from rtc_server.limits import ClientAddress, Rates, address_key, is_own_origin, own_origins


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # A stranger may write what they like.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "rubbish, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.1", "local"),
        (None, "", "local"),
    ],
)
def test_the_address_is_the_last_one_that_no_trusted_proxy_wrote(
    peer: str | None, forwarded: str, address: str
) -> None:
    assert ClientAddress("10.0.0.0/24").address_of(peer, forwarded) == address


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert ClientAddress("").address_of("127.0.0.1", "198.51.100.1") == "127.0.0.1"


def test_a_household_with_many_ipv6_addresses_is_counted_as_one() -> None:
    assert address_key("2001:db8:1:2:aaaa::1") == address_key("2001:db8:1:2:bbbb::2")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")
    assert address_key("192.0.2.1") != address_key("192.0.2.2")


def test_a_bucket_gives_its_burst_then_one_by_one() -> None:
    now = 0.0
    rates = Rates(60, 3, clock=lambda: now)
    assert [rates.wait_s("who") for _ in range(4)] == [0, 0, 0, 1]
    assert rates.wait_s("somebody else") == 0
    now = 1.0
    assert rates.wait_s("who") == 0
    with pytest.raises(TooOften) as refused:
        rates.take("who")
    assert refused.value.retry_after_s == 1


def test_buckets_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtc_server.limits.BUCKETS_MAX", 10)
    rates = Rates(60, 3)
    for number in range(100):
        rates.wait_s(str(number))
    assert len(rates._buckets) == 10


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://talk.example:443", "https://talk.example"),
        ("HTTPS://Talk.Example:443/", "https://talk.example"),
        ("http://talk.example:80", "http://talk.example"),
        ("https://talk.example:80", "https://talk.example:80"),
        ("https://[2001:db8::443]:443", "https://[2001:db8::443]"),
    ],
)
def test_a_port_that_browsers_leave_out_may_stand_in_public_url(typed: str, sent: str) -> None:
    url = Settings(public_url=typed).resolved_public_url()
    assert own_origins(url, 8000, is_production=True) == {sent}


def test_only_our_own_origins_are_ours() -> None:
    origins = own_origins("https://talk.example", 8000, is_production=True)
    assert origins == {"https://talk.example"}
    assert is_own_origin("https://Talk.example", origins)
    for origin in (None, "", "null", "https://talk.example.evil", "https://a.talk.example", "http://talk.example"):
        assert not is_own_origin(origin, origins)
    assert "http://localhost:8000" in own_origins("http://127.0.0.1:8000", 8000, is_production=False)
