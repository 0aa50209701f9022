"""fare_transfer_rules.txt: what a change between two fare legs costs.

https://gtfs.org/documentation/schedule/reference/#fare_transfer_rulestxt
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from mobilite.fares.domain.fare import MOST_WAYS, UnknownFare, parse_count
from mobilite.fares.domain.fare_legs import FareLeg
from mobilite.timetable.domain.notes import Row

_UNLIMITED: Final = float("inf")
_NO_LIMIT: Final = "-1"
BOTH_LEGS, NO_LEG = 1, 2
"""Values of fare_transfer_type: the legs that are paid in addition to the transfer; 0: the first
one."""
Groups = tuple[str, str]
"""Two leg groups, from and to."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """One row of the file."""

    type: int
    product: str
    """"": none, it is free."""
    count: float
    """How many transfers it spans; infinity: any number."""
    duration: int | None
    """Seconds; None: no limit."""
    duration_type: str

    @classmethod
    def of(cls, row: Row) -> Self:
        """Read a row. Raises UnknownFare if it is not understood."""
        fare_type, count = row.get("fare_transfer_type"), row.get("transfer_count", _NO_LIMIT)
        duration, duration_type = row.get("duration_limit"), row.get("duration_limit_type", "")
        if fare_type not in ("0", "1", "2") or (duration and duration_type not in tuple("0123")):
            raise UnknownFare
        limit = _UNLIMITED if count == _NO_LIMIT else parse_count(count)
        seconds = None if duration is None else parse_count(duration)
        if not limit or (duration is not None and seconds is None):
            raise UnknownFare
        product = row.get("fare_product_id", "")
        return cls(int(fare_type), product, limit, seconds, duration_type)

    def is_in_time(self, first: FareLeg, next_: FareLeg) -> bool:
        """Whether the next leg is within the duration, counted from `first`."""
        if self.duration is None:
            return True
        start = first.departure if self.duration_type in "01" else first.arrival
        end = next_.departure if self.duration_type in "12" else next_.arrival
        return end - start <= self.duration


class TransferRules:
    """The rules of one feed. An empty leg group is each one that no rule lists."""

    def __init__(self, rows: Iterable[Row], leg_groups: frozenset[str]) -> None:
        self._leg_groups = leg_groups
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            self._rows[row.get("from_leg_group_id", ""), row.get("to_leg_group_id", "")].append(row)
        self._listed = [{key[i] for key in self._rows} for i in range(2)]

    def key(self, groups: Groups) -> Groups:
        """The values with which the rules of a change between two leg groups are listed."""
        first, last = (
            group if group in listed else ""
            for group, listed in zip(groups, self._listed, strict=True)
        )
        return first, last

    def applicable(
        self, groups: Groups, counts: Sequence[int], legs: Sequence[FareLeg]
    ) -> list[TransferRule]:
        """The rules for a change between two leg groups; none: the legs are paid separately.

        `counts`: the number of this transfer, among those by the same rule in succession and in
        the sub-journey. `legs`: of the sub-journey, the next one last. The reference leaves open
        which of the two numbers counts, whether a duration starts at the first leg or at the
        previous one, and whether it is checked before the number. Raises UnknownFare if that
        matters.
        """
        if not self._leg_groups.issuperset(groups):
            return []
        rows = self._rows.get(self.key(groups), ())
        if len(rows) > MOST_WAYS:
            raise UnknownFare
        rules = [TransferRule.of(row) for row in rows]
        readings = []
        for count in dict.fromkeys(counts):
            for first in (legs[0], legs[-2]):
                in_time = [rule for rule in rules if rule.is_in_time(first, legs[-1])]
                readings.append(_of_least_count(in_time, count))
                counted = _of_least_count(rules, count)
                readings.append([rule for rule in counted if rule.is_in_time(first, legs[-1])])
        if any(reading != readings[0] for reading in readings):
            raise UnknownFare
        return readings[0]


def _of_least_count(rules: Sequence[TransferRule], count: int) -> list[TransferRule]:
    """The rules with the least transfer_count that is not below the number of this transfer."""
    enough = [rule for rule in rules if rule.count >= count]
    least = min((rule.count for rule in enough), default=0)
    return [rule for rule in enough if rule.count == least]
