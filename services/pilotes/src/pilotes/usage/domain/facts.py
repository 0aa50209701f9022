"""What is counted of a trial, when, and for whom: the rules every figure rests on.

An event counts if its instant is not to come, and a consent that still stands was given by then.
A participant is looked at over a fixed window from their first exposure, and enters the figures
once, when it is over: looking every day adds people and changes nobody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from socle.errors import Refusal

AHEAD: Final = timedelta(minutes=5)
"""How much the clock of a replica may be ahead of ours."""
SETTLING: Final = timedelta(hours=1)
"""After its window, a participant waits so long for what is told late."""
FIRST_FAILURE: Final = 400
_MOST: Final = 10**15
_LONGEST: Final = 200
_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_PSEUDONYM: Final = re.compile("[0-9a-f]{64}")


class Use(NamedTuple):
    """Exchanges of one person on one pilot. `pseudonym`: 32 bytes; `at`: a whole second, rounded
    down; `useful`: they were answered well; of all together `seconds`: of the door's time,
    `cpu_seconds`: of the processor, None where it is not known."""

    pilot_id: str
    pseudonym: bytes
    arm: str
    fact: str | None
    at: datetime
    useful: bool
    times: int
    bytes: int
    seconds: float
    cpu_seconds: float | None = None


class Exposure(NamedTuple):
    """A person was served by a pilot, on that arm."""

    pilot_id: str
    pseudonym: bytes
    arm: str
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One indicator of participants whose window is over, one entry each, first exposed first.

    `arm`: positions in `arms`; `first_exposure`: whole seconds since 1970; `outcome`: 0 or 1 for a
    proportion or a retention, else in the indicator's unit; `before`: the same before they were
    exposed, NaN where the consent does not cover the whole of it. Who did not answer a survey is
    in none of its entries. `participant`: whose entry it is, by a number that leads nowhere else.
    """

    participant: npt.NDArray[np.int64]
    arms: tuple[str, ...]
    arm: npt.NDArray[np.int64]
    first_exposure: npt.NDArray[np.int64]
    outcome: npt.NDArray[np.float64]
    before: npt.NDArray[np.float64]

    def of(self, arm: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Outcomes and befores of one arm; none where nobody was on it."""
        if arm not in self.arms:
            return np.empty(0), np.empty(0)
        on_it = self.arm == self.arms.index(arm)
        return self.outcome[on_it], self.before[on_it]


def pseudonym_in(text: str | None) -> bytes | None:
    """The 32 bytes of a pseudonym as it is told; None for what is none."""
    return bytes.fromhex(text) if text is not None and _PSEUDONYM.fullmatch(text) else None


def whole_second(at: datetime) -> datetime:
    """That instant, rounded down; the door tells them so, and they are many."""
    return at.replace(microsecond=0) if at.microsecond else at


def check_numbers(numbers: Iterable[float]) -> None:
    """Raises Refusal where one of them cannot be kept: nobody did anything so often, or less than
    never."""
    if not all(0 <= each <= _MOST for each in numbers):
        raise Refusal("invalid", "Un tel compte ne peut pas être celui d'usages.")


def check_words(words: Iterable[str | None]) -> None:
    """Raises Refusal where one of them is a name of nothing: too long, or with what no database
    keeps."""
    if any(len(each) > _LONGEST or not each.isprintable() for each in words if each is not None):
        raise Refusal("invalid", "Un tel nom n'est celui de rien qui soit compté.")


def check_instants(instants: Iterable[datetime], now: datetime) -> None:
    """Raises Refusal where one of them is to come by more than clocks differ, or of no calendar of
    ours."""
    told = list(instants)
    if min(told, default=now) < _EARLIEST:
        raise Refusal("invalid", "Un événement daté d'avant les pilotes n'est pas compté.")
    last = max(told, default=now)
    if last - now > AHEAD:
        raise Refusal(
            "invalid",
            "Un événement daté de plus de cinq minutes dans le futur n'est pas compté.",
            at=last.isoformat(),
            now=now.isoformat(),
        )
