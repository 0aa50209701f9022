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
SELECT participant, arm, date_trunc('second', first_exposure) AS start, pilot_id, pseudonym
FROM cohort WHERE pilot_id = $1 AND date_trunc('second', first_exposure) <= $2
"""
# GROUP BY: expressions over participants are calculated before the join. OFFSET 0 would do that
# too, but prevents a parallel plan.
_TALLY: Final = """
WITH tally AS (
    SELECT participant, {columns}
    FROM use JOIN (
        SELECT participant, start{edges} FROM ({people}) AS began GROUP BY participant, start
    ) AS edge USING (participant)
    WHERE use.pilot_id = $1 AND useful{facts}
    GROUP BY participant
)
SELECT people.participant AS who, people.arm, extract(epoch FROM start)::bigint AS start,
    date_part('epoch', start - given_at) AS ahead, tally.*
FROM ({people}) AS people LEFT JOIN tally USING (participant)
LEFT JOIN consent ON consent.pilot_id = people.pilot_id
    AND consent.pseudonym = people.pseudonym AND withdrawn_at IS NULL
ORDER BY start, people.participant
"""


@dataclass(slots=True)
class UseQuery:
    """The columns of a query. `all_uses`: uses of any fact, not only of those named."""

    all_uses: bool = False
    _columns: dict[str, str] = field(default_factory=dict)
    _facts: list[str] = field(default_factory=list)
    _edges: dict[int, str] = field(default_factory=dict)

    def add_count(self, column: str, fact: str, begin: int, end: int) -> None:
        """Number of uses from one hour after the first exposure to another."""
        within = self._within(fact, begin, end)
        self._columns[column] = f"sum(count::double precision) FILTER (WHERE {within})"

    def add_days(self, column: str, fact: str, days: int) -> None:
        """Days of use after the first exposure, a bit for each, the first one leftmost."""
        day = "floor(date_part('epoch', at - start) / 86400)::integer"
        self._columns[column] = (
            f"bit_or(B'1'::bit({days}) >> {day}) FILTER (WHERE {self._within(fact, 0, 24 * days)})"
        )

    def add_sum(self, column: str, of: str) -> None:
        """A sum over all uses."""
        self._columns[column] = f"sum({of}::double precision)"

    async def read(
        self, connection: Connection, pilot_id: str, last: datetime
    ) -> Sequence[asyncpg.Record]:
        """Participants first exposed by then, in the order of their first exposure: `who`, `arm`,
        `start` (seconds since 1970), `ahead` (seconds between the consent and the first exposure),
        and the columns."""
        statement = _TALLY.format(
            people=PEOPLE,
            columns=", ".join(
                f"{indicator} AS {name}" for name, indicator in self._columns.items()
            ),
            edges="".join(
                f", start + interval '{hours} hours' AS {name}"
                for hours, name in self._edges.items()
            ),
            facts="" if self.all_uses else " AND fact IN (" + ", ".join(self._places()) + ")",
        )
        async with connection.transaction():
            # Statistics of a growing log are outdated: for a new pilot the planner expects one use,
            # and would scan all participants for each.
            await connection.execute("SET LOCAL enable_nestloop = off")
            return await connection.fetch(statement, pilot_id, last, *self._facts)

    def _places(self) -> Sequence[str]:
        return [f"${3 + place}" for place in range(len(self._facts))]

    def _within(self, fact: str, begin: int, end: int) -> str:
        if fact not in self._facts:
            self._facts.append(fact)
        place = self._places()[self._facts.index(fact)]
        return f"fact = {place} AND at >= {self._edge(begin)} AND at < {self._edge(end)}"

    def _edge(self, hours: int) -> str:
        return self._edges.setdefault(hours, f"edge_{len(self._edges)}")
