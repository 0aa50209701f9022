"""Whether a participant was observed over a complete window.

During a pause everybody is on the control arm, and after the end of the trial nobody is on any: who
was observed across one of them would show a smaller effect than there is. They are left out, in
every arm alike: which people that concerns depends on the calendar, not on their arm.

A short pause changes an outcome little, and every participant can cause one: interruptions of a
window that together are at most `TOLERATED_SHARE` of it are ignored.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

TOLERATED_SHARE: Final = 0.01
"""The share of a window that can be interrupted: 1.7 hours of a week."""
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Interruption:
    """A period in which arms were not served. Both in POSIX seconds."""

    start: float
    stop: float
    """Infinite if the arms are not served again."""


def observed_completely(
    first_exposure: npt.NDArray[np.int64], days: int, interruptions: Sequence[Interruption]
) -> npt.NDArray[np.bool_]:
    """For each participant, whether interruptions take at most `TOLERATED_SHARE` of their window.

    `first_exposure`: in POSIX seconds. `days`: length of the window.
    """
    length = days * _DAY_SECONDS
    lost = np.zeros(len(first_exposure))
    for each in _merged(interruptions):
        start = np.maximum(first_exposure, each.start)
        lost += np.maximum(np.minimum(first_exposure + length, each.stop) - start, 0.0)
    return lost <= TOLERATED_SHARE * length


def agreed_throughout(
    first_exposure: npt.NDArray[np.int64],
    windows: Collection[int],
    lapses: Mapping[int, Sequence[Interruption]],
    *,
    introduced: float,
) -> npt.NDArray[np.bool_]:
    """For each participant, whether a consent covers their windows, and what is measured in them.

    `first_exposure`: in POSIX seconds. `windows`: in days. `lapses`: by position, the periods
    without a consent of those whose consent lapsed since. `introduced`: in POSIX seconds, when
    what is measured was; those who were exposed before agreed to other terms, if theirs lapsed.
    """
    agreed = first_exposure >= introduced
    agreed |= ~np.isin(np.arange(len(first_exposure)), list(lapses))
    for place, periods in lapses.items():
        start = first_exposure[place : place + 1]
        agreed[place] &= all(observed_completely(start, days, periods)[0] for days in windows)
    return agreed


def _merged(interruptions: Sequence[Interruption]) -> Iterator[Interruption]:
    """The same periods without overlaps, in order: a pause can contain the end of the trial."""
    reached = -np.inf
    for each in sorted(interruptions, key=lambda period: period.start):
        if each.stop > reached:
            yield Interruption(max(each.start, reached), each.stop)
            reached = each.stop
