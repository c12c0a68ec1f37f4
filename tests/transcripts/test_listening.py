"""Sound before it becomes words: what is loud enough to be looked at."""

import numpy as np

from rtc_server.speech.listening import GATE_WINDOWS, WINDOW, _is_loud


def test_every_window_of_a_short_sound_is_judged_once() -> None:
    for count in range(1, 2 * GATE_WINDOWS + 6):
        assert _is_loud(np.full(count * WINDOW, 0.5, np.float32)).tolist() == [True] * count


def test_windows_near_a_loud_one_are_looked_at_and_those_far_away_are_not() -> None:
    pcm = np.zeros(40 * WINDOW, np.float32)
    pcm[20 * WINDOW : 21 * WINDOW] = 0.5
    assert np.flatnonzero(_is_loud(pcm)).tolist() == list(range(20 - GATE_WINDOWS, 20 + GATE_WINDOWS + 1))
