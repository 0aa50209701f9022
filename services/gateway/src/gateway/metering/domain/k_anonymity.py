"""Counters of pilots, published only for groups of at least K people.

New counts of a cell wait until K people made them, none of them half or more of a sum, and are then
published together. A request is in one cell at most (a part of two pilots is in none), so each
published figure is a sum over complete batches of different requests: any sum or difference of
cells, at any two times, covers K people or more.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, Literal, NamedTuple

K: Final = 11
"""The threshold of health data: the gateway does not know the subject of a pilot."""

Outcome = Literal["served", "refused", "failed"]
_REFUSED: Final = 400
_FAILED: Final = 500


class Cell(NamedTuple):
    """The labels of one published figure."""

    route: str
    pilot: str
    arm: str
    outcome: Outcome
    """Status below 400, below 500 (disconnected callers included), or from 500 on."""
    processor: Literal["known", "unknown"]
    """Whether the processor time is known."""


class Amount(NamedTuple):
    """The sums of some requests."""

    requests: int = 0
    """How many."""
    bytes: int = 0
    """Size of the response bodies."""
    seconds: float = 0.0
    """Time to respond; for a stream, to its first byte."""
    cpu_seconds: float = 0.0
    """CPU time of the gateway and the service."""

    def plus(self, other: "Amount") -> "Amount":
        """The sum of both."""
        return Amount(
            self.requests + other.requests,
            self.bytes + other.bytes,
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
        )


ConsentCheck = Callable[[str, str], bool]
"""Whether a person (a pseudonym) consents to a pilot."""


def outcome_of(status: int) -> Outcome:
    """The outcome of a response, by its HTTP status."""
    if status < _REFUSED:
        return "served"
    return "refused" if status < _FAILED else "failed"


class KAnonymousCounters:
    """Sums by cell: published ones, and waiting ones by person.

    A published sum does not contain who made it. Only people with a consent wait for long.
    """

    def __init__(self) -> None:
        self._waiting: dict[Cell, dict[str, Amount]] = {}
        self._published: dict[Cell, Amount] = {}

    @property
    def published(self) -> Mapping[Cell, Amount]:
        """All published sums; a cell with too few people is absent."""
        return self._published

    @property
    def waiting(self) -> int:
        """The number of people with waiting counts; somebody in several cells counts in each."""
        return sum(len(people) for people in self._waiting.values())

    def add(self, cell: Cell, person: str, amount: Amount) -> None:
        """Add the requests of one person to the waiting counts."""
        people = self._waiting.setdefault(cell, {})
        people[person] = people.get(person, Amount()).plus(amount)

    def publish(self, pilots: Collection[str], has_consent: ConsentCheck) -> None:
        """Publish the cells with enough people.

        `pilots`: those that assign arms; the cells of others are deleted, published ones too.
        `has_consent`: waiting counts of people without consent are deleted.
        """
        self._published = {
            cell: published for cell, published in self._published.items() if cell.pilot in pilots
        }
        waiting: dict[Cell, dict[str, Amount]] = {}
        for cell, people in self._waiting.items():
            consenting = {
                person: amount
                for person, amount in people.items()
                if has_consent(cell.pilot, person)
            }
            if cell.pilot not in pilots or not consenting:
                continue
            if _is_enough(consenting.values()):
                self._published[cell] = _sum(
                    [self._published.get(cell, Amount()), *consenting.values()]
                )
            else:
                waiting[cell] = consenting
        self._waiting = waiting


def _is_enough(amounts: Collection[Amount]) -> bool:
    """Whether the amounts, each of one person, can be published together: K or more people, and
    none with half or more of any sum."""
    if len(amounts) < K:
        return False
    largest = map(max, zip(*amounts, strict=True))
    return all(
        2 * most < total or not total for most, total in zip(largest, _sum(amounts), strict=True)
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    total = Amount()
    for each in amounts:
        total = total.plus(each)
    return total
