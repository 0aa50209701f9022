"""Usage, aggregated: exchanges with the same labels, their bytes and their time.

An aggregate covers what one replica answered between two instants. The sums are always complete:
past the limit of keys, an exchange is counted without its account, or without its person.

Usage in pilots is aggregated separately, a line for each pilot: one line with an account and a
pseudonym, or with pseudonyms of two pilots, would link them. The metrics of pilots have a third
aggregation, by cell and person (`k_anonymity`), which is not complete past the limit.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import floor
from typing import Final, Literal, NamedTuple

from gateway.facts.domain import Fact
from gateway.metering.domain.k_anonymity import Cell, outcome_of

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"})
OTHER: Final = "OTHER"
UNMATCHED: Final = "unmatched"
"""The route label of paths that match no route."""
UNREADABLE: Final = "unreadable"
"""The route label of unreadable requests."""
CLIENT_CLOSED_REQUEST: Final = 499
"""The status of an exchange whose caller disconnected before the response."""
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram of durations, in seconds."""
_CPU_STEPS: Final = 10_000  # in a second

PilotPart = tuple[str, str, str | None]
"""A pilot that covered the exchange: pilot, arm, pseudonym of the person in that pilot."""


class UsageKey(NamedTuple):
    """The labels of one line."""

    route: str
    method: str
    status: int
    plan: str
    account: str | None = None
    """The account of an API key or an application; None for people, and callers without either."""


class PilotUsageKey(NamedTuple):
    """The labels of one line of one pilot."""

    route: str
    method: str
    status: int
    part: PilotPart
    fact: Fact | None = None


class UsageTotals:
    """The sums of the exchanges of one line.

    `count`: how many. `bytes`: of response bodies.
    `seconds`: total time, to the last byte.
    `answered`: total time to respond in seconds; for a stream, to its first byte.
    `buckets`: exchanges by `answered`, one number for each bound of BUCKETS and one above.
    `measured`: exchanges whose CPU time is known. `cpu_seconds`: their total.
    `first`, `last`: when the first and the last exchange ended.
    """

    __slots__ = (
        "answered",
        "buckets",
        "bytes",
        "count",
        "cpu_seconds",
        "first",
        "last",
        "measured",
        "seconds",
    )

    def __init__(self, at: datetime) -> None:
        self.count = self.bytes = self.measured = 0
        self.seconds = self.answered = self.cpu_seconds = 0.0
        self.first = self.last = at
        self.buckets = [0] * (len(BUCKETS) + 1)

    def add(
        self,
        *,
        size: int,
        seconds: float,
        answered: float,
        at: datetime,
        cpu_seconds: float | None = None,
    ) -> None:
        """Add one exchange, which ended at `at`. `size`: bytes; `cpu_seconds`: if known."""
        self.count += 1
        self.bytes += size
        self.seconds += seconds
        self.answered += answered
        self.last = at
        self.buckets[bisect_left(BUCKETS, answered)] += 1
        if cpu_seconds is not None:
            self.measured += 1
            self.cpu_seconds += cpu_seconds

    def rounded_cpu_seconds(self, chance: float) -> float | None:
        """CPU time rounded up or down to 1/10,000 s at random: right on average, but not a value
        that links the lines of two pilots. None unless it is known of every exchange.

        `chance`: a random number from 0 to 1.
        """
        if self.measured < self.count:
            return None
        return floor(self.cpu_seconds * _CPU_STEPS + chance) / _CPU_STEPS


CellPerson = tuple[Cell, str]
"""A person (pseudonym) in a cell."""


class UsageAggregate:
    """The usage of an interval: lines of all exchanges, of pilots, and of people in cells.

    `max_keys`: how many lines each of the three can have before accounts and people are no longer
    distinguished.
    """

    def __init__(self, max_keys: int) -> None:
        self._max_keys = max_keys
        self._totals: dict[UsageKey, UsageTotals] = {}
        self._in_pilots: dict[PilotUsageKey, UsageTotals] = {}
        self._cell_people: dict[CellPerson, UsageTotals] = {}

    def __len__(self) -> int:
        return len(self._totals)

    @property
    def lines(self) -> Mapping[UsageKey, UsageTotals]:
        """Every exchange, in one line each."""
        return self._totals

    @property
    def in_pilots(self) -> Mapping[PilotUsageKey, UsageTotals]:
        """Every exchange of a pilot, in one line for each pilot."""
        return self._in_pilots

    @property
    def cell_people(self) -> Mapping[CellPerson, UsageTotals]:
        """Exchanges of exactly one pilot, of people with a pseudonym: others cannot be
        distinguished within a cell, and an exchange in the cells of two pilots would allow their
        difference to be taken."""
        return self._cell_people

    def lines_of(
        self,
        key: UsageKey,
        parts: Sequence[PilotPart],
        at: datetime,
        fact: Fact | None = None,
        *,
        measured: bool = False,
    ) -> Iterable[UsageTotals]:
        """The lines to which an exchange is to be added, created if needed: one of `lines`, one of
        `in_pilots` for each part, and one of `cell_people` if it has exactly one part.

        `at`: when it ended. `fact`: what the service reported. `measured`: its processor time is
        known.
        """
        yield self._line(key, at)
        for part in parts:
            yield self._in_pilot(PilotUsageKey(key.route, key.method, key.status, part, fact), at)
        if len(parts) == 1:
            yield from self._cell_totals(key, parts[0], at, measured)

    def _line(self, key: UsageKey, at: datetime) -> UsageTotals:
        line = self._totals.get(key)
        if line is None:
            if len(self._totals) >= self._max_keys and key.account:
                return self._line(key._replace(account=None), at)
            line = self._totals[key] = UsageTotals(at)
        return line

    def _in_pilot(self, key: PilotUsageKey, at: datetime) -> UsageTotals:
        line = self._in_pilots.get(key)
        if line is None:
            pilot, arm, pseudonym = key.part
            if len(self._in_pilots) >= self._max_keys and pseudonym:
                return self._in_pilot(key._replace(part=(pilot, arm, None)), at)
            line = self._in_pilots[key] = UsageTotals(at)
        return line

    def _cell_totals(
        self, key: UsageKey, part: PilotPart, at: datetime, measured: bool
    ) -> Iterable[UsageTotals]:
        pilot, arm, person = part
        if person is None:
            return
        known: Literal["known", "unknown"] = "known" if measured else "unknown"
        cell_person = Cell(key.route, pilot, arm, outcome_of(key.status), known), person
        line = self._cell_people.get(cell_person)
        if line is None:
            if len(self._cell_people) >= self._max_keys:
                return
            line = self._cell_people[cell_person] = UsageTotals(at)
        yield line
