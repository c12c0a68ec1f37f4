"""The part of a long line that one therapist's page has: always the oldest, and never with a gap."""

from rtc_server.pool import Request
from rtc_server.waiting.window import Window
from tests.a_request import a_request

NOW = 1_000_000


def line(*places: int) -> list[Request]:
    return [a_request(f"r{place}", place, NOW) for place in places]


def a_window(*places: int, end: int | None = None) -> Window:
    window = Window(4)
    window.fill(line(*places), end)
    return window


def test_a_newcomer_behind_a_full_page_waits_until_the_page_has_room() -> None:
    window = a_window(1, 2, 3, 4)
    assert not window.is_cut
    (newcomer,) = line(5)
    assert not window.show(newcomer)
    assert window.is_cut and not window.is_low
    for gone in ("r1", "r2"):
        assert window.drop(gone)
    # Whoever came after the fifth would stand above them.
    assert window.is_low and not window.show(line(6)[0])


def test_a_card_comes_back_to_its_place_on_a_full_page() -> None:
    window = a_window(2, 3, 4, 5, end=5)
    assert window.show(line(1)[0])
    assert list(window) == ["r2", "r3", "r4", "r5", "r1"]
    assert window.limit == 5


def test_a_page_with_the_whole_line_gets_whoever_comes() -> None:
    window = a_window(1, 2)
    assert window.show(line(9)[0]) and "r9" in window
    assert window.drop("r1") and not window.drop("r1")
    assert not window.is_cut and not window.is_low


def test_a_therapists_own_rehearsal_is_shown_however_long_the_line_is() -> None:
    window = a_window(1, 2, 3, 4, end=4)
    assert window.show(a_request("own", 99, NOW, is_rehearsal=True, only_for="t"))
