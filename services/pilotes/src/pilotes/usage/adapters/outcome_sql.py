"""Participants' outcomes, read from the log: every indicator of a pilot in one pass over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import numpy as np
import numpy.typing as npt

from pilotes.record.domain.protocol import Indicator
from pilotes.statistics.domain.survival import GAP_DAYS
from pilotes.usage.adapters.use_sql import PEOPLE, Tally
from pilotes.usage.domain.facts import SETTLING, Outcomes
from pilotes.usage.domain.measures import FOOTPRINT, PROCESSOR, Answers, longest_days
from pilotes.usage.ports import Log
from socle.postgres import Connection

_DAY: Final = timedelta(days=1)
_MEASURED: Final = "CASE WHEN cpu_seconds IS NOT NULL THEN count END"
_SUMMED: Final = ("count", "bytes", "seconds", _MEASURED, "cpu_seconds")
# The first answer within the window; whoever gave none is not in it.
_SCORED: Final = """
WITH people AS ({people})
SELECT DISTINCT ON (start, people.participant) people.participant AS who, people.arm,
    extract(epoch FROM start)::bigint AS start, (scores ->> $4)::double precision AS outcome
FROM people JOIN survey_answer USING (participant)
WHERE survey_id = $3 AND scores ? $4 AND answered_at >= start
    AND answered_at < start + $5 * interval '24 hours'
ORDER BY start, people.participant, answered_at
"""


@dataclass(frozen=True, slots=True)
class _Counted:
    """An indicator that counts uses. `begin`: from which hour after the first exposure on."""

    number: int
    indicator: Indicator
    fact: str
    begin: int

    def ask(self, tally: Tally) -> None:
        """Uses within the window, and before where that is asked."""
        each = self.indicator
        tally.ask_count(f"during_{self.number}", self.fact, self.begin, 24 * each.window_days)
        if each.before_days:
            tally.ask_count(f"before_{self.number}", self.fact, -24 * each.before_days, 0)

    def ask_days(self, tally: Tally) -> None:
        """The days of use of an indicator of retention, which its curve needs."""
        if self.indicator.kind == "retention":
            tally.ask_days(f"days_{self.number}", self.fact, self.days)

    @property
    def days(self) -> int:
        """Who came last in the window left when nothing followed in the gap after it."""
        return self.indicator.window_days + GAP_DAYS


def _counted(indicators: Sequence[Indicator]) -> list[_Counted]:
    found = []
    for number, each in enumerate(indicators):
        kind, _, fact = each.source.partition(":")
        if kind == "use":
            found.append(_Counted(number, each, fact, 0))
        elif kind == "return":
            # To come again is to come on another day.
            found.append(_Counted(number, each, fact, 24))
    return found


async def read_outcomes(
    connection: Connection, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
) -> Mapping[str, Outcomes]:
    """Of every indicator of a source there is: `use:…`, `return:…`, `survey:…:…`."""
    found = await _read_scores(connection, pilot_id, indicators, as_of)
    if counted := _counted(indicators):
        tally = Tally()
        for each in counted:
            each.ask(tally)
        last = _last(as_of, min(each.indicator.window_days for each in counted))
        found |= _outcomes(await tally.read(connection, pilot_id, last), counted, as_of)
    return found


async def read_log(
    connection: Connection, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
) -> Log:
    """All that figures are made of, of whoever is through with every window by then."""
    scores = await _read_scores(connection, pilot_id, indicators, as_of)
    counted = _counted(indicators)
    tally = Tally(all_uses=True)
    for each in counted:
        each.ask(tally)
        each.ask_days(tally)
    for place, summed in enumerate(_SUMMED):
        tally.ask_sum(f"all_{place}", summed)
    last = _last(as_of, longest_days(indicators))
    rows = await tally.read(connection, pilot_id, last)
    found = scores | _outcomes(rows, counted, as_of)
    return Log(
        _integers(rows, "who"),
        {
            name: Answers(each.participant, each.outcome, each.before)
            for name, each in found.items()
        },
        {
            each.indicator.id: _bits([row[f"days_{each.number}"] for row in rows], each.days)
            for each in counted
            if each.indicator.kind == "retention"
        },
        {
            name: _floats(rows, f"all_{place}")
            for place, name in enumerate((*FOOTPRINT, *PROCESSOR))
        },
    )


async def _read_scores(
    connection: Connection, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
) -> dict[str, Outcomes]:
    found = {}
    for each in indicators:
        source, _, named = each.source.partition(":")
        if source == "survey":
            survey, _, score = named.partition(":")
            rows = await connection.fetch(
                _SCORED.format(people=PEOPLE),
                pilot_id,
                _last(as_of, each.window_days),
                survey,
                score,
                each.window_days,
            )
            found[each.id] = _scores(rows, each)
    return found


def _scores(rows: Sequence[asyncpg.Record], indicator: Indicator) -> Outcomes:
    arms, arm = _arms_of(rows)
    outcome = _floats(rows, "outcome")
    if indicator.kind == "proportion":
        outcome = np.minimum(outcome, 1.0)
    nothing = np.full(len(rows), np.nan)
    return Outcomes(_integers(rows, "who"), arms, arm, _integers(rows, "start"), outcome, nothing)


def _outcomes(
    rows: Sequence[asyncpg.Record], counted: Sequence[_Counted], as_of: datetime
) -> dict[str, Outcomes]:
    who, starts = _integers(rows, "who"), _integers(rows, "start")
    ahead = _floats(rows, "ahead")
    arms, arm = _arms_of(rows)
    found = {}
    for each in counted:
        asked = each.indicator
        mature = starts <= int(_last(as_of, asked.window_days).timestamp())
        during = _floats(rows, f"during_{each.number}")
        before = np.full(len(rows), np.nan)
        # A consent that covers a part of the before says nothing of the whole of it.
        if asked.before_days:
            covered = ahead >= asked.before_days * 86_400
            before[covered] = _floats(rows, f"before_{each.number}")[covered]
        if asked.kind != "mean":
            during, before = np.minimum(during, 1.0), np.minimum(before, 1.0)
        found[asked.id] = Outcomes(
            who[mature], arms, arm[mature], starts[mature], during[mature], before[mature]
        )
    return found


def _last(as_of: datetime, days: int) -> datetime:
    """Who was first exposed by then has had so many days."""
    return as_of - days * _DAY - SETTLING


def _arms_of(
    rows: Sequence[asyncpg.Record],
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """The arms there are, in order, and the place of each one's."""
    names = [row["arm"] for row in rows]
    arms = tuple(sorted(set(names)))
    places = {name: place for place, name in enumerate(arms)}
    return arms, np.array([places[name] for name in names], dtype=np.int64)


def _integers(rows: Sequence[asyncpg.Record], column: str) -> npt.NDArray[np.int64]:
    return np.array([row[column] for row in rows], dtype=np.int64)


def _floats(rows: Sequence[asyncpg.Record], column: str) -> npt.NDArray[np.float64]:
    """0 where there is nothing."""
    return np.array([row[column] or 0.0 for row in rows], dtype=np.float64)


def _bits(strings: Sequence[Any], many: int) -> npt.NDArray[np.bool_]:
    """One row a bit string; none set where there is nothing."""
    nothing = bytes((many + 7) // 8)
    told = b"".join(nothing if each is None else each.bytes for each in strings)
    rows = np.frombuffer(told, dtype=np.uint8).reshape(len(strings), len(nothing))
    return np.unpackbits(rows, axis=1, count=many).astype(np.bool_)
