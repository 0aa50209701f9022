"""When a program is started again: the pauses, and what is of no use."""

import os
import signal

import pytest

from regionlab.launch.restarts import RestartPolicy, Restarts, ending

POLICY = RestartPolicy(first_pause=1, longest_pause=5, stable_seconds=60, failed_starts=3)


def test_pauses_grow_as_long_as_it_ends_soon() -> None:
    restarts = Restarts(POLICY)
    pauses = [restarts.pause_after(-9, ready_seconds=59) for _ in range(5)]
    assert pauses == [1, 2, 4, 5, 5]
    assert restarts.pause_after(-9, ready_seconds=60) == 1
    assert restarts.pause_after(-9, ready_seconds=0) == 2


def test_starts_that_fail_in_a_row_are_limited() -> None:
    restarts = Restarts(POLICY)
    for ready_seconds in (None, None, 0.1, None):
        assert restarts.pause_after(1, ready_seconds=ready_seconds) is not None
    assert restarts.misses() == ""
    assert restarts.pause_after(1, ready_seconds=None) is not None
    assert restarts.pause_after(1, ready_seconds=None) is None
    assert restarts.misses() == ", 3 départs manqués de suite"


@pytest.mark.parametrize("code", [os.EX_USAGE, os.EX_UNAVAILABLE, os.EX_CONFIG])
def test_what_would_end_the_same_way_is_not_started_again(code: int) -> None:
    assert Restarts(POLICY).pause_after(code, ready_seconds=None) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-signal.SIGKILL, "signal SIGKILL"),
        (-40, "signal 40"),
        (0, "code 0"),
        (70, "code 70, erreur interne"),
        (75, "code 75, dépendance absente ou port déjà pris"),
    ],
)
def test_the_end_is_reported_in_french(code: int, words: str) -> None:
    assert ending(code) == words
