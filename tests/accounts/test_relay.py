"""A client's choice to be called through a relay alone."""

from collections.abc import Callable

from rtc_server.store import rooms
from tests.accounts.house import House, Visitor, build_app, serve


async def test_a_client_chooses_the_relay_and_gives_it_up_again(house: House, visitor: Callable[[], Visitor]) -> None:
    _, email = await house.add("client")
    page = visitor()
    await page.sign_in(email)
    _, before, _ = await page.ask("GET", "/api/account")
    assert (before["value"]["relay_only"], before["value"]["has_relay"]) == (False, True)
    for is_on in (True, False):
        status, after, _ = await page.ask("PUT", "/api/account/relay", {"is_on": is_on})
        assert (status, after["value"]["relay_only"]) == (200, is_on)


async def test_a_therapist_has_no_such_choice(house: House, visitor: Callable[[], Visitor]) -> None:
    _, email = await house.add("therapist")
    page = visitor()
    await page.sign_in(email)
    _, account, _ = await page.ask("GET", "/api/account")
    assert account["value"]["relay_only"] is None
    status, _, _ = await page.ask("PUT", "/api/account/relay", {"is_on": True})
    assert status == 403


async def test_without_a_relay_it_is_refused_and_an_older_choice_can_be_given_up(house: House) -> None:
    client_id, email = await house.add("client")
    http = await serve(build_app(house, has_relay=False))
    page = Visitor(http)
    await page.sign_in(email)
    status, body, _ = await page.ask("PUT", "/api/account/relay", {"is_on": True})
    assert (status, body["code"]) == (409, "no_relay")
    await house.store.write(rooms.choose_relay, client_id, True)
    _, account, _ = await page.ask("GET", "/api/account")
    assert (account["value"]["relay_only"], account["value"]["has_relay"]) == (True, False)
    status, after, _ = await page.ask("PUT", "/api/account/relay", {"is_on": False})
    assert (status, after["value"]["relay_only"]) == (200, False)
    await http.close()
