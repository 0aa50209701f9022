"""What was answered, folded: so many exchanges of one kind, their bytes and their time.

One fold is what one replica answered between two instants. Nothing is ever left out of the sums:
past `most` kinds, an exchange is counted without its account, or its person.

What was answered in pilots is folded apart, a line for each pilot: the same line naming an account
and a pseudonym, or the pseudonyms of two pilots, would say that they are one person. What those who
run the platform may see of pilots is folded once more, by cells and people (`held_back`).
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
"""The route of what no route of the table names."""
UNREADABLE: Final = "unreadable"
"""The route of what is no HTTP request that can be read."""
CLIENT_CLOSED_REQUEST: Final = 499
"""The status of an exchange whose caller went before being answered."""
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of durations, in seconds."""
_CPU_STEPS: Final = 10_000

Part = tuple[str, str, str | None]
"""A pilot the exchange was a part of: pilot, arm, pseudonym of the person in that pilot."""


class Kind(NamedTuple):
    """What exchanges of one line have in common. `account`: a pseudonym, None for whoever is
    counted by address or as a person."""

    route: str
    method: str
    status: int
    plan: str
    account: str | None = None


class PilotUsageKey(NamedTuple):
    """What exchanges of one line of one pilot have in common."""

    route: str
    method: str
    status: int
    part: Part
    fact: Fact | None = None


class Line:
    """`seconds` in all; `answered`: the same, but for streams to their first byte, which
    `buckets` tells by the ends of BUCKETS and beyond; `cpu_seconds`: of the processor, of the
    `measured` exchanges of which it is known."""

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
        """One exchange more."""
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
        """To one of the two nearest of ten thousand a second, which `chance` (0 to 1) draws: right
        on average, and not the figure by which two pilots' lines would know each other. None where
        it is not known of every exchange."""
        if self.measured < self.count:
            return None
        return floor(self.cpu_seconds * _CPU_STEPS + chance) / _CPU_STEPS


Share = tuple[Cell, str]
"""What one person, by their pseudonym, did of a cell."""


class UsageAggregate:
    """Lines by kind, those of the pilots, and those of people in the pilots' cells."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: dict[Kind, Line] = {}
        self._in_pilots: dict[PilotUsageKey, Line] = {}
        self._shares: dict[Share, Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def lines(self) -> Mapping[Kind, Line]:
        """Each exchange in one of them."""
        return self._lines

    @property
    def in_pilots(self) -> Mapping[PilotUsageKey, Line]:
        """Each exchange in one of them for each pilot it was a part of."""
        return self._in_pilots

    @property
    def shares(self) -> Mapping[Share, Line]:
        """Exchanges that were a part of one pilot and no other, of people who are known in it:
        whoever is not cannot be told apart from the others of a cell, and one exchange in the
        cells of two pilots would let one be taken from the other."""
        return self._shares

    def lines_of(
        self,
        kind: Kind,
        parts: Sequence[Part],
        at: datetime,
        fact: Fact | None = None,
        *,
        measured: bool = False,
    ) -> Iterable[Line]:
        """Where an exchange of that kind, a part of those pilots, is added, ended then.
        `measured`: its processor time is known."""
        yield self._line(kind, at)
        for part in parts:
            yield self._in_pilot(
                PilotUsageKey(kind.route, kind.method, kind.status, part, fact), at
            )
        if len(parts) == 1:
            yield from self._share(kind, parts[0], at, measured)

    def _line(self, kind: Kind, at: datetime) -> Line:
        line = self._lines.get(kind)
        if line is None:
            if len(self._lines) >= self._most and kind.account:
                return self._line(kind._replace(account=None), at)
            line = self._lines[kind] = Line(at)
        return line

    def _in_pilot(self, kind: PilotUsageKey, at: datetime) -> Line:
        line = self._in_pilots.get(kind)
        if line is None:
            pilot, arm, pseudonym = kind.part
            if len(self._in_pilots) >= self._most and pseudonym:
                return self._in_pilot(kind._replace(part=(pilot, arm, None)), at)
            line = self._in_pilots[kind] = Line(at)
        return line

    def _share(self, kind: Kind, part: Part, at: datetime, measured: bool) -> Iterable[Line]:
        pilot, arm, person = part
        if person is None:
            return
        known: Literal["known", "unknown"] = "known" if measured else "unknown"
        share = Cell(kind.route, pilot, arm, outcome_of(kind.status), known), person
        line = self._shares.get(share)
        if line is None:
            if len(self._shares) >= self._most:
                return
            line = self._shares[share] = Line(at)
        yield line
