"""Participants' outcomes, read from the log: every indicator of a pilot in one pass over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pilotes.domain.protocol import Indicator
from pilotes.domain.usage import SETTLING, Outcomes, Visits
from socle.postgres import Connection

_DAY: Final = timedelta(days=1)

# Instants of exposure are exact and those of uses whole seconds: rounded down alike.
_PEOPLE: Final = """
SELECT participant, arm, date_trunc('second', first_exposure) AS start, pilot_id, pseudonym
FROM cohort WHERE pilot_id = $1 AND first_exposure <= $2::timestamptz - $3::interval
"""
_COUNTED: Final = """
WITH people AS MATERIALIZED ({people}), counted AS (
    SELECT participant, {columns}
    FROM use JOIN people USING (participant)
    WHERE use.pilot_id = $1 AND useful AND fact = ANY($4)
    GROUP BY participant
)
SELECT people.participant AS who, people.arm, extract(epoch FROM start)::bigint AS start,
    extract(epoch FROM start - given_at)::double precision AS ahead, counted.*
FROM people LEFT JOIN counted USING (participant)
LEFT JOIN consent ON consent.pilot_id = people.pilot_id
    AND consent.pseudonym = people.pseudonym AND withdrawn_at IS NULL
ORDER BY start, people.participant
"""
# The first answer within the window; whoever gave none is not in it.
_SCORED: Final = """
WITH people AS ({people})
SELECT DISTINCT ON (start, people.participant) people.participant AS who, people.arm,
    extract(epoch FROM start)::bigint AS start, (scores ->> $5)::double precision AS outcome
FROM people JOIN survey_answer USING (participant)
WHERE survey_id = $4 AND scores ? $5 AND answered_at >= start
    AND answered_at < start + $6::interval
ORDER BY start, people.participant, answered_at
"""
_VISITS: Final = """
WITH people AS MATERIALIZED ({people}), visits AS (
    SELECT DISTINCT participant, floor(extract(epoch FROM at - start) / 86400)::integer AS day
    FROM people JOIN use USING (participant)
    WHERE use.pilot_id = $1 AND useful AND fact = $4 AND at >= start AND at <= $2
)
SELECT participant, arm, extract(epoch FROM $2 - start)::double precision AS followed,
    array_agg(day ORDER BY day) FILTER (WHERE day IS NOT NULL) AS days
FROM people LEFT JOIN visits USING (participant)
GROUP BY participant, arm, start ORDER BY start, participant
"""


@dataclass(frozen=True, slots=True)
class _Counted:
    """An indicator that counts uses. `begins`: from which moment after the first exposure on."""

    indicator: Indicator
    fact: str
    begins: timedelta

    @property
    def window(self) -> timedelta:
        return self.indicator.window_days * _DAY

    def columns(self, number: int) -> str:
        """Uses within the window, and before."""
        fact = f"${5 + 3 * number}"
        begin, end = (f"${5 + 3 * number + each}::interval" for each in (1, 2))
        before = self.indicator.before_days * 24
        return (
            f"sum(count) FILTER (WHERE fact = {fact} AND at >= start + {begin}"
            f" AND at < start + {end}) AS during_{number},"
            f" sum(count) FILTER (WHERE fact = {fact} AND at < start"
            f" AND at >= start - interval '{before} hours') AS before_{number}"
        )

    def parameters(self) -> tuple[Any, ...]:
        return self.fact, self.begins, self.window


def _counted(indicators: Sequence[Indicator]) -> list[_Counted]:
    found = []
    for each in indicators:
        kind, _, fact = each.source.partition(":")
        if kind == "use":
            found.append(_Counted(each, fact, timedelta()))
        elif kind == "return":
            # To come again is to come on another day.
            found.append(_Counted(each, fact, _DAY))
    return found


async def read_outcomes(
    connection: Connection, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
) -> Mapping[str, Outcomes]:
    """Of every indicator of a source there is: `use:…`, `return:…`, `survey:…:…`."""
    found = {
        each.id: await _read_scores(connection, pilot_id, each, as_of)
        for each in indicators
        if each.source.startswith("survey:")
    }
    if counted := _counted(indicators):
        found |= await _read_counts(connection, pilot_id, counted, as_of)
    return found


async def _read_scores(
    connection: Connection, pilot_id: str, indicator: Indicator, as_of: datetime
) -> Outcomes:
    _, _, named = indicator.source.partition(":")
    survey, _, score = named.partition(":")
    window = indicator.window_days * _DAY
    rows = await connection.fetch(
        _SCORED.format(people=_PEOPLE),
        pilot_id,
        as_of,
        window + SETTLING,
        survey,
        score,
        window,
    )
    arms, arm = arms_of(row["arm"] for row in rows)
    outcome = _filled(rows, "outcome")
    if indicator.kind == "proportion":
        outcome = np.minimum(outcome, 1.0)
    return Outcomes(
        np.array([row["who"] for row in rows], dtype=np.int64),
        arms,
        arm,
        np.array([row["start"] for row in rows], dtype=np.int64),
        outcome,
        np.full(len(rows), np.nan),
    )


async def _read_counts(
    connection: Connection, pilot_id: str, counted: Sequence[_Counted], as_of: datetime
) -> dict[str, Outcomes]:
    columns = ", ".join(each.columns(number) for number, each in enumerate(counted))
    shortest = min(each.window for each in counted) + SETTLING
    rows = await connection.fetch(
        _COUNTED.format(people=_PEOPLE, columns=columns),
        pilot_id,
        as_of,
        shortest,
        sorted({each.fact for each in counted}),
        *(parameter for each in counted for parameter in each.parameters()),
    )
    who = np.array([row["who"] for row in rows], dtype=np.int64)
    starts = np.array([row["start"] for row in rows], dtype=np.int64)
    ahead = np.array([row["ahead"] or 0.0 for row in rows], dtype=np.float64)
    arms, arm = arms_of(row["arm"] for row in rows)
    found = {}
    for number, each in enumerate(counted):
        last = int((as_of - each.window - SETTLING).timestamp())
        mature = starts <= last
        during = _filled(rows, f"during_{number}")
        before = _filled(rows, f"before_{number}")
        if each.indicator.kind != "mean":
            during, before = np.minimum(during, 1.0), np.minimum(before, 1.0)
        days = each.indicator.before_days
        # A consent that covers a part of the before says nothing of the whole of it.
        before[(ahead < days * 86_400) | (days == 0)] = np.nan
        found[each.indicator.id] = Outcomes(
            who[mature], arms, arm[mature], starts[mature], during[mature], before[mature]
        )
    return found


async def read_visits(
    connection: Connection, pilot_id: str, fact: str, as_of: datetime
) -> Sequence[Visits]:
    """Of everybody who was exposed by then."""
    rows = await connection.fetch(
        _VISITS.format(people=_PEOPLE), pilot_id, as_of, timedelta(), fact
    )
    return [
        Visits(
            row["participant"],
            row["arm"],
            tuple(row["days"] or ()),
            int(row["followed"] // 86_400),
        )
        for row in rows
    ]


def arms_of(names: Any) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """The arms there are, in order, and the place of each one's."""
    found = list(names)
    arms = tuple(sorted(set(found)))
    places = {name: place for place, name in enumerate(arms)}
    return arms, np.array([places[name] for name in found], dtype=np.int64)


def _filled(rows: Sequence[Any], column: str) -> npt.NDArray[np.float64]:
    return np.array([row[column] or 0 for row in rows], dtype=np.float64)
