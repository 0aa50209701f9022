"""Counts of pilots, told when enough people made them and not before.

What is new in a cell waits until K people made it, none of them half of it, and is then told
together. A request lies in one cell at most (one that is a part of two pilots lies in none), so
whatever is told is a sum over whole batches of different requests: any sum or difference of cells,
at any two moments, speaks of K people or more.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, Literal, NamedTuple

K: Final = 11
"""As where health is touched: the door is not told what a pilot is about."""

Outcome = Literal["served", "refused", "failed"]
_REFUSED: Final = 400
_FAILED: Final = 500


class Cell(NamedTuple):
    """What is counted together. `outcome`: below 400, below 500, callers who went among them, and
    from 500 on; `processor`: whether its time is known."""

    route: str
    pilot: str
    arm: str
    outcome: Outcome
    processor: Literal["known", "unknown"]


class Amount(NamedTuple):
    """Of some requests: how many, the bytes of their bodies, the seconds until their answers, those
    of the processor."""

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(
            self.requests + other.requests,
            self.bytes + other.bytes,
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
        )


Agrees = Callable[[str, str], bool]
"""Whether a person (a pseudonym) agrees to take part in a pilot."""


def outcome_of(status: int) -> Outcome:
    """Of an answer, by its HTTP status."""
    if status < _REFUSED:
        return "served"
    return "refused" if status < _FAILED else "failed"


class KAnonymousCounters:
    """Cells and who waits in them. Bounded by those who agreed, once a cell; who was told of is
    not remembered."""

    def __init__(self) -> None:
        self._waiting: dict[Cell, dict[str, Amount]] = {}
        self._told: dict[Cell, Amount] = {}

    @property
    def told(self) -> Mapping[Cell, Amount]:
        """All that was told; a cell that too few people reached is absent."""
        return self._told

    @property
    def waiting(self) -> int:
        """People who wait, once for each cell."""
        return sum(len(people) for people in self._waiting.values())

    def add(self, cell: Cell, person: str, amount: Amount) -> None:
        """What one person did, waiting from now on."""
        people = self._waiting.setdefault(cell, {})
        people[person] = people.get(person, Amount()).plus(amount)

    def tell(self, pilots: Collection[str], agrees: Agrees) -> None:
        """Tell what has waited with enough others. Of those who do not agree any more nothing is
        told, of pilots other than these nothing is kept."""
        self._told = {cell: told for cell, told in self._told.items() if cell.pilot in pilots}
        waiting: dict[Cell, dict[str, Amount]] = {}
        for cell, people in self._waiting.items():
            still = {who: amount for who, amount in people.items() if agrees(cell.pilot, who)}
            if cell.pilot not in pilots or not still:
                continue
            if _enough(still.values()):
                self._told[cell] = _sum([self._told.get(cell, Amount()), *still.values()])
            else:
                waiting[cell] = still
        self._waiting = waiting


def _enough(amounts: Collection[Amount]) -> bool:
    if len(amounts) < K:
        return False
    whole = _sum(amounts)
    return all(
        2 * most < total or not total
        for most, total in zip(map(max, zip(*amounts, strict=True)), whole, strict=True)
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    total = Amount()
    for each in amounts:
        total = total.plus(each)
    return total
