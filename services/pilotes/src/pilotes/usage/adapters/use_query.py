"""One pass over the log of uses: the columns of a query, one entry for each participant.

The bounds of a participant's windows are calculated once for each participant. Integers are summed
as floats, four times as fast as the numeric sums of bigint and exact up to 2**53.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Floats, Integers
from pilotes.usage.adapters.columns import floats, integers, packed_floats, packed_integers
from socle.postgres import Connection

# Exposures have exact instants and uses have seconds: both are rounded down.
PEOPLE: Final = """
SELECT participant, arm, date_trunc('second', first_exposure) AS start, pilot_id, pseudonym,
    coalesce(observed_from, '-infinity') AS since
FROM cohort WHERE pilot_id = $1 AND date_trunc('second', first_exposure) <= $2
"""
# GROUP BY: expressions over participants are calculated before the join. OFFSET 0 would do that
# too, but prevents a parallel plan.
_TALLY: Final = """
WITH tally AS (
    SELECT participant, {columns}
    FROM use JOIN (
        SELECT participant, start, since{edges} FROM ({people}) AS began
        GROUP BY participant, start, since
    ) AS edge USING (participant)
    WHERE use.pilot_id = $1 AND useful{facts}
    GROUP BY participant
)
SELECT {who} AS who, {start} AS start, {ahead} AS ahead,
    array_agg(people.arm ORDER BY {order}) AS arms{packed}
FROM ({people}) AS people LEFT JOIN tally USING (participant)
LEFT JOIN consent ON consent.pilot_id = people.pilot_id
    AND consent.pseudonym = people.pseudonym AND withdrawn_at IS NULL AND lapsed_at IS NULL
"""
_ORDER: Final = "start, people.participant"


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What a query counted: one entry for each participant, in the order of their first
    exposure."""

    participant: Integers
    """Their numbers."""
    arms: Sequence[str]
    """The arm of each."""
    start: Integers
    """POSIX seconds of the first exposure."""
    ahead: Floats
    """Seconds from the consent to the first exposure; 0 without an active one."""
    amounts: Mapping[str, Floats]
    """The columns of counts and sums; 0 without a use."""
    days: Mapping[str, npt.NDArray[np.bool_]]
    """The columns of days of use: for each participant, one entry for each day."""


@dataclass(slots=True)
class UseQuery:
    """A query that is built column by column, then read once."""

    all_uses: bool = False
    """Whether to read the uses of every fact, not only of those that a column names."""
    _columns: dict[str, str] = field(default_factory=dict)
    """By name, the SQL expression."""
    _days: dict[str, int] = field(default_factory=dict)
    """By name of a column of days, their number; the other columns are amounts."""
    _facts: list[str] = field(default_factory=list)
    """The facts that columns name: arguments of the statement from $3 on."""
    _edges: dict[int, str] = field(default_factory=dict)
    """By hours from the first exposure, the name of that instant in the statement."""

    def add_count(self, column: str, fact: str, begin: int, end: int) -> None:
        """Add the number of uses of a fact. `begin`, `end`: hours from the first exposure."""
        within = self._within(fact, begin, end)
        self._columns[column] = f"sum(count::double precision) FILTER (WHERE {within})"

    def add_days(self, column: str, fact: str, days: int) -> None:
        """Add the days of use after the first exposure."""
        day = "floor(date_part('epoch', at - start) / 86400)::integer"
        within = self._within(fact, 0, 24 * days)
        self._columns[column] = (
            f"(bit_or(B'1'::bit({days}) >> {day}) FILTER (WHERE {within}))::text"
        )
        self._days[column] = days

    def add_sum(self, column: str, of: str) -> None:
        """Add a sum over all uses since the participant is observed. `of`: an SQL expression."""
        self._columns[column] = f"sum({of}::double precision) FILTER (WHERE at >= since)"

    async def read(self, connection: Connection, pilot_id: str, last: datetime) -> Tally:
        """What the columns count of the participants first exposed by `last`."""
        async with connection.transaction():
            # Statistics of a growing log are outdated: for a new pilot the planner expects one use,
            # and would scan all participants for each.
            await connection.execute("SET LOCAL enable_nestloop = off")
            # Not `fetchrow`: PostgreSQL starts no parallel workers for a limited number of rows.
            (row,) = await connection.fetch(self._statement(), pilot_id, last, *self._facts)
        return Tally(
            integers(row["who"]),
            row["arms"] or (),
            integers(row["start"]),
            floats(row["ahead"]),
            {name: floats(row[name]) for name in self._columns if name not in self._days},
            {name: _bits(row[name], many) for name, many in self._days.items()},
        )

    def _statement(self) -> str:
        return _TALLY.format(
            people=PEOPLE,
            order=_ORDER,
            who=packed_integers("people.participant", _ORDER),
            start=packed_integers("extract(epoch FROM start)::bigint", _ORDER),
            ahead=packed_floats("coalesce(date_part('epoch', start - given_at), 0)", _ORDER),
            columns=", ".join(
                f"{indicator} AS {name}" for name, indicator in self._columns.items()
            ),
            packed="".join(f", {self._packed(name)} AS {name}" for name in self._columns),
            edges="".join(
                f", start + interval '{hours} hours' AS {name}"
                for hours, name in self._edges.items()
            ),
            facts="" if self.all_uses else " AND fact IN (" + ", ".join(self._placeholders()) + ")",
        )

    def _packed(self, name: str) -> str:
        """The SQL aggregate that packs a column of the tally, without NULL."""
        if (days := self._days.get(name)) is None:
            return packed_floats(f"coalesce({name}, 0)", _ORDER)
        return f"string_agg(coalesce({name}, repeat('0', {days})), '' ORDER BY {_ORDER})"

    def _placeholders(self) -> Sequence[str]:
        return [f"${3 + place}" for place in range(len(self._facts))]

    def _within(self, fact: str, begin: int, end: int) -> str:
        """The condition that a use is of that fact and between those hours."""
        if fact not in self._facts:
            self._facts.append(fact)
        place = self._placeholders()[self._facts.index(fact)]
        return f"fact = {place} AND at >= {self._edge(begin)} AND at < {self._edge(end)}"

    def _edge(self, hours: int) -> str:
        return self._edges.setdefault(hours, f"edge_{len(self._edges)}")


def _bits(digits: str | None, many: int) -> npt.NDArray[np.bool_]:
    """The digits, « 0 » or « 1 », as a matrix with rows of `many`; no row from NULL."""
    bits: npt.NDArray[np.bool_] = np.frombuffer((digits or "").encode(), np.uint8) == ord("1")
    return bits.reshape(-1, many)
