"""Whether a participant was observed over a complete window.

During a pause everybody is on the control arm, and after the end of the trial nobody is on any: who
was observed across one of them would show a smaller effect than there is. They are left out, in
every arm alike: which people that concerns depends on the calendar, not on their arm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Interruption:
    """A period in which arms were not served. Both in POSIX seconds."""

    start: float
    stop: float
    """Infinite if the arms are not served again."""


def observed_completely(
    first_exposure: npt.NDArray[np.int64], days: int, interruptions: Sequence[Interruption]
) -> npt.NDArray[np.bool_]:
    """For each participant, whether no interruption is within their window.

    `first_exposure`: in POSIX seconds. `days`: length of the window.
    """
    complete = np.ones(len(first_exposure), dtype=np.bool_)
    for each in interruptions:
        ended = first_exposure + days * _DAY_SECONDS <= each.start
        complete &= ended | (first_exposure >= each.stop)
    return complete
