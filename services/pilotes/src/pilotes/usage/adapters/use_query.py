"""One pass over the log of uses: the columns of a query, one row for each participant.

The bounds of a participant's windows are calculated once for each participant. Integers are summed
as floats, four times as fast as the numeric sums of bigint and exact up to 2**53.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import asyncpg

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
SELECT people.participant AS who, people.arm, extract(epoch FROM start)::bigint AS start,
    date_part('epoch', start - given_at) AS ahead, tally.*
FROM ({people}) AS people LEFT JOIN tally USING (participant)
LEFT JOIN consent ON consent.pilot_id = people.pilot_id
    AND consent.pseudonym = people.pseudonym AND withdrawn_at IS NULL AND lapsed_at IS NULL
ORDER BY start, people.participant
"""


@dataclass(slots=True)
class UseQuery:
    """A query that is built column by column, then read once."""

    all_uses: bool = False
    """Whether to read the uses of every fact, not only of those that a column names."""
    _columns: dict[str, str] = field(default_factory=dict)
    """By name, the SQL expression."""
    _facts: list[str] = field(default_factory=list)
    """The facts that columns name: arguments of the statement from $3 on."""
    _edges: dict[int, str] = field(default_factory=dict)
    """By hours from the first exposure, the name of that instant in the statement."""

    def add_count(self, column: str, fact: str, begin: int, end: int) -> None:
        """Add the number of uses of a fact. `begin`, `end`: hours from the first exposure."""
        within = self._within(fact, begin, end)
        self._columns[column] = f"sum(count::double precision) FILTER (WHERE {within})"

    def add_days(self, column: str, fact: str, days: int) -> None:
        """Add the days of use after the first exposure, a text of « 0 » or « 1 » for each."""
        day = "floor(date_part('epoch', at - start) / 86400)::integer"
        within = self._within(fact, 0, 24 * days)
        self._columns[column] = (
            f"(bit_or(B'1'::bit({days}) >> {day}) FILTER (WHERE {within}))::text"
        )

    def add_sum(self, column: str, of: str) -> None:
        """Add a sum over all uses since the participant is observed. `of`: an SQL expression."""
        self._columns[column] = f"sum({of}::double precision) FILTER (WHERE at >= since)"

    async def read(
        self, connection: Connection, pilot_id: str, last: datetime
    ) -> Sequence[asyncpg.Record]:
        """The participants first exposed by `last`, in the order of their first exposure.

        Each row has `who` (their number), `arm`, `start` (POSIX seconds of the first exposure),
        `ahead` (seconds from the consent to the first exposure) and the columns.
        """
        statement = _TALLY.format(
            people=PEOPLE,
            columns=", ".join(
                f"{indicator} AS {name}" for name, indicator in self._columns.items()
            ),
            edges="".join(
                f", start + interval '{hours} hours' AS {name}"
                for hours, name in self._edges.items()
            ),
            facts="" if self.all_uses else " AND fact IN (" + ", ".join(self._placeholders()) + ")",
        )
        async with connection.transaction():
            # Statistics of a growing log are outdated: for a new pilot the planner expects one use,
            # and would scan all participants for each.
            await connection.execute("SET LOCAL enable_nestloop = off")
            return await connection.fetch(statement, pilot_id, last, *self._facts)

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
