"""Outcomes of participants, read from the log: every indicator of a pilot in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import numpy as np
import numpy.typing as npt

from pilotes.record.domain.protocol import Indicator
from pilotes.statistics.domain.survival import GAP_DAYS
from pilotes.usage.adapters.lapses import read_lapses
from pilotes.usage.adapters.use_query import PEOPLE, Tally, UseQuery
from pilotes.usage.domain.facts import LATE_EVENT_DELAY, Outcomes
from pilotes.usage.domain.measures import FOOTPRINT, PROCESSOR, Answers, longest_days
from pilotes.usage.domain.observation import Interruption, agreed_throughout
from pilotes.usage.ports import Log
from socle.postgres import Connection

_DAY: Final = timedelta(days=1)
_MEASURED: Final = "CASE WHEN cpu_seconds IS NOT NULL THEN count END"
_SUMMED: Final = ("count", "bytes", "seconds", _MEASURED, "cpu_seconds")
# The first answer of each participant within the window; those without one have no row.
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
class _CountedIndicator:
    """An indicator that counts uses."""

    number: int
    """Its position in the protocol, for the names of columns."""
    indicator: Indicator
    fact: str
    """The usage fact that is counted."""
    begin: int
    """Hours from the first exposure to the start of the window."""

    def add_counts(self, query: UseQuery) -> None:
        """Columns of the uses within the window, and of what the indicator compares them with:
        those before the first exposure, or of its denominator."""
        each = self.indicator
        query.add_count(f"during_{self.number}", self.fact, self.begin, 24 * each.window_days)
        if each.denominator is not None:
            fact = each.denominator.partition(":")[2]
            query.add_count(f"before_{self.number}", fact, self.begin, 24 * each.window_days)
        elif each.before_days:
            query.add_count(f"before_{self.number}", self.fact, -24 * each.before_days, 0)

    def add_days(self, query: UseQuery) -> None:
        """The column of the days of use, for the curve of a retention indicator."""
        if self.indicator.kind == "retention":
            query.add_days(f"days_{self.number}", self.fact, self.days)

    @property
    def days(self) -> int:
        """The window, and the gap after it that shows who has left."""
        return self.indicator.window_days + GAP_DAYS


def _counted(indicators: Sequence[Indicator]) -> list[_CountedIndicator]:
    """The indicators with a source `use:<fact>` or `return:<fact>`."""
    found = []
    for number, each in enumerate(indicators):
        kind, _, fact = each.source.partition(":")
        if kind == "use":
            found.append(_CountedIndicator(number, each, fact, 0))
        elif kind == "return":
            # A return is a use on another day.
            found.append(_CountedIndicator(number, each, fact, 24))
    return found


async def read_outcomes(
    connection: Connection,
    pilot_id: str,
    indicators: Sequence[Indicator],
    as_of: datetime,
    introduced: Mapping[str, datetime],
) -> Mapping[str, Outcomes]:
    """By id, the outcomes of every indicator with a source of a known type: `use:<fact>`,
    `return:<fact>`, `survey:<questionnaire>:<score>`. Who was observed across a pause is in them:
    they make a harm smaller, but leaving them out could hide it.

    `introduced`: by id, when an amendment introduced the indicator. Who was exposed before, and
    whose consent lapsed, did not agree to it and is left out."""
    lapses = await read_lapses(connection, pilot_id)
    found = await _read_scores(connection, pilot_id, indicators, as_of)
    if counted := _counted(indicators):
        query = UseQuery()
        for each in counted:
            each.add_counts(query)
        last = _latest_exposure(as_of, min(each.indicator.window_days for each in counted))
        found |= _outcomes(await query.read(connection, pilot_id, last), counted, as_of)
    return {
        name: _of_those_who_agreed(each, lapses, introduced[name])
        if lapses and name in introduced
        else each
        for name, each in found.items()
    }


async def read_log(
    connection: Connection, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
) -> Log:
    """The data that figures need, of participants all of whose windows were over `LATE_EVENT_DELAY`
    before `as_of`. The reader leaves out those who do not count."""
    scores = await _read_scores(connection, pilot_id, indicators, as_of)
    counted = _counted(indicators)
    query = UseQuery(all_uses=True)
    for each in counted:
        each.add_counts(query)
        each.add_days(query)
    for place, summed in enumerate(_SUMMED):
        query.add_sum(f"all_{place}", summed)
    last = _latest_exposure(as_of, longest_days(indicators))
    tally = await query.read(connection, pilot_id, last)
    found = scores | _outcomes(tally, counted, as_of)
    return Log(
        tally.participant,
        {
            name: Answers(each.participant, each.outcome, each.before)
            for name, each in found.items()
        },
        {
            each.indicator.id: tally.days[f"days_{each.number}"]
            for each in counted
            if each.indicator.kind == "retention"
        },
        {
            name: tally.amounts[f"all_{place}"]
            for place, name in enumerate((*FOOTPRINT, *PROCESSOR))
        },
    )


def _of_those_who_agreed(
    found: Outcomes, lapses: Mapping[int, Sequence[Interruption]], introduced: datetime
) -> Outcomes:
    """The outcomes without those of people whose consent lapsed since an exposure before the
    measure was introduced."""
    places = {place: lapses[who] for place, who in enumerate(found.participant) if who in lapses}
    agreed = agreed_throughout(found.first_exposure, (), places, introduced=introduced.timestamp())
    return Outcomes(
        found.participant[agreed],
        found.arms,
        found.arm[agreed],
        found.first_exposure[agreed],
        found.outcome[agreed],
        found.before[agreed],
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
                _latest_exposure(as_of, each.window_days),
                survey,
                score,
                each.window_days,
            )
            found[each.id] = _scores(rows, each)
    return found


def _scores(rows: Sequence[asyncpg.Record], indicator: Indicator) -> Outcomes:
    arms, arm = _arms_of([row["arm"] for row in rows])
    outcome = _floats(rows, "outcome")
    # A proportion is the share of positive scores; a detractor's score of the NPS is negative.
    if indicator.at_least is not None:
        outcome = (outcome >= indicator.at_least).astype(np.float64)
    elif indicator.kind == "proportion":
        outcome = np.clip(outcome, 0.0, 1.0)
    elif indicator.cap is not None:
        outcome = np.clip(outcome, 0.0, indicator.cap)
    nothing = np.full(len(rows), np.nan)
    return Outcomes(_integers(rows, "who"), arms, arm, _integers(rows, "start"), outcome, nothing)


def _outcomes(
    tally: Tally, counted: Sequence[_CountedIndicator], as_of: datetime
) -> dict[str, Outcomes]:
    arms, arm = _arms_of(tally.arms)
    found = {}
    for each in counted:
        indicator = each.indicator
        mature = tally.start <= int(_latest_exposure(as_of, indicator.window_days).timestamp())
        during = tally.amounts[f"during_{each.number}"]
        before = np.full(len(during), np.nan)
        # If the consent does not cover the complete period before, its outcome is unknown.
        if indicator.denominator is not None:
            before = tally.amounts[f"before_{each.number}"]
        elif indicator.before_days:
            covered = tally.ahead >= indicator.before_days * 86_400
            before[covered] = tally.amounts[f"before_{each.number}"][covered]
        during, before = (_limited(indicator, amounts) for amounts in (during, before))
        found[indicator.id] = Outcomes(
            tally.participant[mature],
            arms,
            arm[mature],
            tally.start[mature],
            during[mature],
            before[mature],
        )
    return found


def _limited(indicator: Indicator, amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What those amounts of uses count, NaN where unknown."""
    if indicator.at_least is not None:
        return np.where(np.isnan(amounts), np.nan, amounts >= indicator.at_least)
    most = 1.0 if indicator.binary else indicator.cap
    return amounts if most is None else np.minimum(amounts, most)


def _latest_exposure(as_of: datetime, days: int) -> datetime:
    """The latest first exposure after which a window of so many days is over at `as_of`, and its
    late events were waited for."""
    return as_of - days * _DAY - LATE_EVENT_DELAY


def _arms_of(names: Sequence[str]) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """The names of the arms, sorted, and for each of `names` its position among them."""
    arms = tuple(sorted(set(names)))
    places = {name: place for place, name in enumerate(arms)}
    return arms, np.array([places[name] for name in names], dtype=np.int64)


def _integers(rows: Sequence[asyncpg.Record], column: str) -> npt.NDArray[np.int64]:
    return np.array([row[column] for row in rows], dtype=np.int64)


def _floats(rows: Sequence[asyncpg.Record], column: str) -> npt.NDArray[np.float64]:
    """The numbers of a column; 0 for NULL."""
    return np.array([row[column] or 0.0 for row in rows], dtype=np.float64)
