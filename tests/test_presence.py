"""Absence is only ever observed: clocks that run while somebody looks, and not otherwise."""

from rtc_server.presence import LOOK_GAP_S, Absences


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def after(self, seconds: float) -> "Clock":
        self.now += seconds
        return self


def test_absence_is_the_time_between_looks_that_found_the_lease_missing() -> None:
    clock = Clock()
    absences = Absences(clock)
    assert absences.look({"a": False, "b": True}) == {"a": 0}
    clock.after(2)
    assert absences.look({"a": False, "b": False}) == {"a": 2, "b": 0}
    clock.after(1)
    assert absences.look({"a": True, "b": False}) == {"b": 1}
    clock.after(1)
    assert absences.look({"a": False, "b": False}) == {"a": 0, "b": 2}


def test_time_in_which_the_process_was_stopped_is_nobodys_absence() -> None:
    clock = Clock()
    absences = Absences(clock)
    absences.look({"a": False})
    clock.after(LOOK_GAP_S + 60)
    assert absences.look({"a": False}) == {"a": 0}
    clock.after(LOOK_GAP_S)
    assert absences.look({"a": False}) == {"a": LOOK_GAP_S}
