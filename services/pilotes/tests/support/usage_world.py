"""A trial as its log sees it: a pilot and consents in a real database, events as the gateway
publishes them, and the same figures counted naively."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pilotes.events import PilotExposedV1, RequestServedV2, ServedInPilot
from pilotes.record.domain.protocol import Indicator
from pilotes.usage.adapters.fact_store import PostgresFacts, erase_facts
from pilotes.usage.domain.facts import LATE_EVENT_DELAY, Outcomes
from pilotes.usage.flows.store_exposure import store_exposure
from pilotes.usage.flows.store_uses import store_uses
from socle.clock import ManualClock
from socle.postgres import Pool, open_pool, transaction

PILOT = "alertes-avant-depart"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def secret(name: str) -> bytes:
    """A pseudonym, as it is stored."""
    return hashlib.sha256(name.encode()).digest()


def pseudonym(name: str) -> str:
    """The same, as it is published."""
    return secret(name).hex()


def indicator(source: str = "use:board-watched", **given: Any) -> Indicator:
    """The indicator most tests look at: how often the board was watched in a week."""
    values: dict[str, Any] = {
        "id": "usage",
        "label": "Consultations du tableau en une semaine",
        "kind": "mean",
        "source": source,
        "direction": "up",
        "role": "primary",
        "window_days": 7,
    }
    return Indicator(**(values | given))


def line(name: str | None, at: datetime, **given: Any) -> ServedInPilot:
    """One line of `in_pilots`: that person watched a board once."""
    values: dict[str, Any] = {
        "pilot_id": PILOT,
        "arm": "prevenu",
        "status": 200,
        "count": 1,
        "bytes": 1000,
        "seconds": 0.01,
        "cpu_seconds": 0.002,
        "first": at,
        "last": at,
        "pseudonym": None if name is None else pseudonym(name),
        "fact": "board-watched",
    }
    return ServedInPilot(**(values | given))


def served(sequence: int, *lines: ServedInPilot, replica: str = "replique-1") -> RequestServedV2:
    return RequestServedV2(replica=replica, sequence=sequence, in_pilots=lines)


def exposed(
    name: str,
    at: datetime,
    arm: str = "prevenu",
    pilot_id: str = PILOT,
    consented_at: datetime | None = None,
) -> PilotExposedV1:
    return PilotExposedV1(
        pilot_id=pilot_id, arm=arm, pseudonym=pseudonym(name), at=at, consented_at=consented_at
    )


@dataclass
class CountedEvents:
    """Counts in memory."""

    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: dict[tuple[str, str], int] = field(default_factory=dict)

    def count_events(self, event_type: str, outcome: str, many: int = 1) -> None:
        self.events[event_type, outcome] += many

    def set_participants(self, people: Mapping[tuple[str, str], int]) -> None:
        self.people = dict(people)


@dataclass
class UsageWorld:
    """The log in a fresh database; `clock` stands a month after the start."""

    pool: Pool
    facts: PostgresFacts
    figures: CountedEvents = field(default_factory=CountedEvents)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START + 30 * DAY))

    async def pilot(self, pilot_id: str = PILOT) -> None:
        async with self.pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO pilot (pilot_id, revision, stage, field, title, description,"
                " processing, created_at, changed_at, changed_by)"
                " VALUES ($1, 1, 'trial', 'mobilite', 'Un pilote', '{}', '{}', $2, $2, 'qui')",
                pilot_id,
                START,
            )
            await connection.execute(
                "INSERT INTO protocol (pilot_id, version, content, digest, reason, written_at,"
                " written_by) VALUES ($1, 1, '{}', '', '', $2, 'qui')",
                pilot_id,
                START,
            )
            await connection.execute(
                "INSERT INTO notice (pilot_id, version, content, digest, published_at,"
                " published_by) VALUES ($1, '1', '{}', '', $2, 'qui')",
                pilot_id,
                START,
            )

    async def consent(
        self,
        name: str,
        at: datetime = START - DAY,
        pilot_id: str = PILOT,
        arm: str | None = None,
        place: str | None = None,
    ) -> None:
        async with self.pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO consent (pilot_id, pseudonym, given_at, notice_version,"
                " protocol_version, means, arm, place)"
                " VALUES ($1, $2, $3, '1', 1, 'account', $4, $5)",
                pilot_id,
                secret(name),
                at,
                arm,
                place,
            )

    async def withdraw(self, name: str, at: datetime, pilot_id: str = PILOT) -> int:
        """A withdrawal: the consent ends and the facts are erased, in one transaction."""
        async with transaction(self.pool) as connection:
            await connection.execute(
                "UPDATE consent SET withdrawn_at = $3"
                " WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL",
                pilot_id,
                secret(name),
                at,
            )
            return await erase_facts(connection, pilot_id, secret(name))

    async def erase(self, name: str, pilot_id: str = PILOT) -> None:
        """An erasure: nothing of that person remains."""
        async with transaction(self.pool) as connection:
            await connection.execute(
                "DELETE FROM consent WHERE pilot_id = $1 AND pseudonym = $2", pilot_id, secret(name)
            )
            await erase_facts(connection, pilot_id, secret(name))

    async def fold(self, *events: RequestServedV2 | PilotExposedV1) -> None:
        for each in events:
            if isinstance(each, RequestServedV2):
                await store_uses(each, facts=self.facts, counters=self.figures, clock=self.clock)
            else:
                await store_exposure(
                    each, facts=self.facts, counters=self.figures, clock=self.clock
                )

    async def outcomes(
        self,
        *indicators: Indicator,
        as_of: datetime | None = None,
        pilot_id: str = PILOT,
        introduced: Mapping[str, datetime] | None = None,
    ) -> Mapping[str, Outcomes]:
        return await self.facts.outcomes(
            pilot_id, indicators or (indicator(),), as_of or self.clock.now(), introduced or {}
        )

    async def rows(self, table: str) -> int:
        async with self.pool.acquire() as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


async def open_usage(postgres_url: str, stack: Any) -> UsageWorld:
    """On a fresh database; with one pilot."""
    pool = await stack.enter_async_context(open_pool(postgres_url, application_name="test"))
    world = UsageWorld(pool, PostgresFacts(pool))
    await world.pilot()
    return world


def outcome_rows(outcomes: Outcomes) -> list[tuple[str, int, float]]:
    """Arm, first exposure and outcome of each participant."""
    return [
        (outcomes.arms[arm], int(start), float(outcome))
        for arm, start, outcome in zip(
            outcomes.arm, outcomes.first_exposure, outcomes.outcome, strict=True
        )
    ]


def naive(
    people: Mapping[str, datetime],
    events: Iterable[RequestServedV2 | PilotExposedV1],
    as_of: datetime,
    window: timedelta = 7 * DAY,
) -> list[tuple[str, int, float]]:
    """The outcomes counted by the rules. `people`: whose consent stands, since when."""
    uses: dict[tuple[str, int], Sequence[ServedInPilot]] = {}
    first_exposures: dict[str, tuple[datetime, str]] = {}
    since = {pseudonym(name): given for name, given in people.items()}
    for each in events:
        if isinstance(each, RequestServedV2):
            uses[each.replica, each.sequence] = each.in_pilots
        elif each.pseudonym in since and since[each.pseudonym] <= each.at:
            first = (each.at, each.arm)
            first_exposures[each.pseudonym] = min(first_exposures.get(each.pseudonym, first), first)
    found = []
    for who, (at, arm) in sorted(first_exposures.items()):
        start = at.replace(microsecond=0)
        if start + window + LATE_EVENT_DELAY > as_of:
            continue
        counted = sum(
            use.count
            for lines in uses.values()
            for use in lines
            if use.pseudonym == who
            and use.status < 400
            and use.fact == "board-watched"
            and since[who] <= use.first
            and start <= use.first < start + window
        )
        found.append((arm, int(start.timestamp()), float(counted)))
    return sorted(found)
