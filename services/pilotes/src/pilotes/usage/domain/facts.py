"""The rules on which facts count, when, and for whom.

An event counts if its instant is not in the future and an active consent was given before it. A
participant is observed over a fixed window from the first exposure and enters the figures once, at
its end: daily updates add people and do not change the outcomes of others.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from socle.errors import Refusal

MAX_CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the clock of a gateway replica can be ahead."""
LATE_EVENT_DELAY: Final = timedelta(hours=1)
"""How long after the window of a participant late events are waited for."""
FIRST_ERROR_STATUS: Final = 400
"""The lowest HTTP status of an error."""
_MOST: Final = 10**15
"""The greatest number that is accepted."""
_LONGEST: Final = 200
"""Characters of the longest name that is accepted."""
_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""The platform did not exist before: earlier instants are refused."""
_PSEUDONYM: Final = re.compile("[0-9a-f]{64}")


class Use(NamedTuple):
    """Requests of one person in one pilot."""

    pilot_id: str
    pseudonym: bytes
    """32 bytes."""
    arm: str
    """The arm that was served; the control arm during a pause."""
    fact: str | None
    """The usage fact that the responses declared, if any."""
    at: datetime
    """The first of them, rounded down to a second."""
    useful: bool
    """Whether they were answered without an error."""
    request_count: int
    bytes: int
    seconds: float
    """The gateway's time for all of them."""
    cpu_seconds: float | None = None
    """Processor time for all of them; None: unknown."""


class Exposure(NamedTuple):
    """A person with a consent was served on a route of a running pilot, on that arm."""

    pilot_id: str
    pseudonym: bytes
    arm: str
    at: datetime
    consented_at: datetime | None = None
    """When the consent was given under which the arm was assigned; None: unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The outcomes of one indicator. Arrays have one entry for each participant whose window is
    over, in the order of their first exposure; those who did not answer a survey have none."""

    participant: npt.NDArray[np.int64]
    """Their numbers in this database, which no other data contain."""
    arms: tuple[str, ...]
    """The names of the arms, sorted."""
    arm: npt.NDArray[np.int64]
    """Positions in `arms`."""
    first_exposure: npt.NDArray[np.int64]
    """POSIX seconds."""
    outcome: npt.NDArray[np.float64]
    """0 or 1 for a proportion or a retention; otherwise in the indicator's unit."""
    before: npt.NDArray[np.float64]
    """The same before the first exposure, NaN where the consent does not cover all of it; of a
    ratio, its denominator."""

    def of_arm(self, arm: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The outcomes of one arm, and those before; both empty if the arm has no people."""
        if arm not in self.arms:
            return np.empty(0), np.empty(0)
        on_it = self.arm == self.arms.index(arm)
        return self.outcome[on_it], self.before[on_it]


def parse_pseudonym(text: str | None) -> bytes | None:
    """The 32 bytes of a pseudonym in hexadecimal; None for another text."""
    return bytes.fromhex(text) if text is not None and _PSEUDONYM.fullmatch(text) else None


def truncate_to_second(at: datetime) -> datetime:
    """The instant rounded down to a second."""
    # Most instants of the gateway are whole seconds: no copy for them.
    return at.replace(microsecond=0) if at.microsecond else at


def check_numbers(numbers: Iterable[float]) -> None:
    """Rejects negative counts and counts above 10¹⁵. Raises Refusal."""
    if not all(0 <= each <= _MOST for each in numbers):
        raise Refusal("invalid", "Un tel compte ne peut pas être celui d'usages.")


def check_names(words: Iterable[str | None]) -> None:
    """Rejects names that are too long or not printable. Raises Refusal."""
    if any(len(each) > _LONGEST or not each.isprintable() for each in words if each is not None):
        raise Refusal("invalid", "Un tel nom n'est celui de rien qui soit compté.")


def check_instants(instants: Iterable[datetime], now: datetime) -> None:
    """Rejects instants beyond the clock skew in the future, and before the platform. Raises
    Refusal."""
    known = list(instants)
    if min(known, default=now) < _EARLIEST:
        raise Refusal("invalid", "Un événement daté d'avant les pilotes n'est pas compté.")
    last = max(known, default=now)
    if last - now > MAX_CLOCK_SKEW:
        raise Refusal(
            "invalid",
            "Un événement daté de plus de cinq minutes dans le futur n'est pas compté.",
            at=last.isoformat(),
            now=now.isoformat(),
        )
