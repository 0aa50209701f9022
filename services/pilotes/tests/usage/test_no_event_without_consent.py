"""Whatever people and teams do and whatever fails: no figure contains an event without a consent
that stood when it happened, to the terms that were in force then; every other event is counted
once."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from people_world import KEY, NOW, PeopleWorld, agreement
from usage_world import CountedEvents, pseudonym

from pilotes.events import PilotExposedV1, RequestServedV2, ServedInPilot
from pilotes.people.adapters.code_store import PostgresCodes
from pilotes.people.adapters.consent_store import PostgresConsents
from pilotes.record.adapters.notice_store import PostgresNotices
from pilotes.usage.adapters.fact_store import PostgresFacts, erase_facts, list_facts
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from pilotes.usage.flows.store_exposure import store_exposure
from pilotes.usage.flows.store_uses import store_uses
from pilotes.wiring.resources import NAME
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.outbox import Outbox
from socle.postgres import Pool, open_pool, transaction
from socle.testing import sized

PEOPLE = ("alice", "bob", "chloe")
_NUMBERS = itertools.count()
_CRASH = """
CREATE OR REPLACE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'crash'; END $$;
CREATE TRIGGER crash BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION crash();
"""
# Events that are counted and should not be, whatever code wrote them.
_WRONG = """
SELECT count(*) FROM (
    SELECT pilot_id, participant, at FROM use
    UNION ALL SELECT pilot_id, participant, at FROM exposure JOIN cohort USING (participant)
) AS counted JOIN cohort USING (pilot_id, participant)
WHERE NOT EXISTS (SELECT FROM consent
    WHERE consent.pilot_id = cohort.pilot_id AND consent.pseudonym = cohort.pseudonym
        AND withdrawn_at IS NULL AND given_at <= counted.at
        AND (lapsed_at IS NULL OR counted.at <= lapsed_at))
    OR first_exposure < observed_from
"""

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["enrol", "use", "use", "use", "expose", "withdraw", "replay", "replay", "erase",
             "crash-enrol", "crash-withdraw", "race", "amend", "renew", "renew", "pause",
             "race-amend"]
        ),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, 120),
    ),
    min_size=10,
    max_size=40,
)  # fmt: skip


@dataclass
class Life:
    """One pilot and its people, and their expected figures by the rules alone."""

    world: PeopleWorld
    pilot: str
    code: str
    facts: PostgresFacts
    clock: ManualClock
    since: dict[str, datetime] = field(default_factory=dict)
    """Whose consent stands, from when."""
    lapsed: set[str] = field(default_factory=set)
    """Whose terms changed since they agreed."""
    paused: bool = False
    counted: dict[str, set[tuple[str, datetime]]] = field(default_factory=dict)
    """By person, name and instant of the events that count."""
    published: list[RequestServedV2 | PilotExposedV1] = field(default_factory=list)
    """Every event, as often as it was."""

    async def live(self, steps: Sequence[Step]) -> None:
        for what, who, seconds in steps:
            self.clock.advance(20.25)
            await self.step(what, PEOPLE[who], seconds)
            assert await self.world.pool.fetchval(_WRONG) == 0, (what, who, seconds)

    async def step(self, what: str, name: str, seconds: int) -> None:
        match what:
            case "enrol":
                await self.enrol(name)
            case "withdraw":
                await self.withdraw(name)
            case "erase":
                await self.world.consents.erase((self.pilot, pseudonym(name)))
                self.forget(name)
            case "use" | "expose":
                # What happened up to two minutes ago is published now.
                at = self.clock.now() - timedelta(seconds=seconds)
                await self.publish(self.happened(what, name, at))
            case "replay" if self.published:
                await self.publish(self.published[seconds % len(self.published)])
            case "amend":
                await self.amend()
            case "renew":
                await self.renew(name)
            case "pause":
                self.paused = not self.paused
                await self.world.pool.execute(
                    "UPDATE pilot SET paused = $2 WHERE pilot_id = $1", self.pilot, self.paused
                )
            case "race-amend":
                # Whichever was first: what the database counts is at or before the change.
                used = self.happened("use", name, self.clock.now())
                await asyncio.gather(self.amend(), self.publish(used))
                await self.read_counted(name, used)
            case "crash-enrol" | "crash-withdraw":
                await self.crash(what, name)
            case "race":
                used = self.happened("use", name, self.clock.now())
                await asyncio.gather(self.withdraw(name), self.publish(used))

    async def enrol(self, name: str) -> None:
        now = self.clock.now()
        with suppress(Refusal) if self.paused else nullcontext():
            await self.world.consents.give(agreement(self.pilot, pseudonym(name), now), self.code)
            self.agreed(name, now)

    async def renew(self, name: str) -> None:
        now, allowed = self.clock.now(), name in self.since or name in self.lapsed
        refused = name not in self.since and (self.paused or not allowed)
        with pytest.raises(Refusal) if refused else nullcontext():
            await self.world.consents.give(agreement(self.pilot, pseudonym(name), now), None)
        if not refused:
            self.agreed(name, now)

    def agreed(self, name: str, now: datetime) -> None:
        self.since.setdefault(name, now)
        self.lapsed.discard(name)

    async def amend(self) -> None:
        async with transaction(self.world.pool) as connection:
            await lapse_consents(connection, self.pilot, self.clock.now(), None)
        self.lapsed |= set(self.since)
        self.since.clear()

    async def withdraw(self, name: str) -> None:
        await self.world.consents.withdraw((self.pilot, pseudonym(name)), self.clock.now())
        self.forget(name)

    def forget(self, name: str) -> None:
        self.since.pop(name, None)
        self.lapsed.discard(name)
        self.counted.pop(name, None)

    async def crash(self, what: str, name: str) -> None:
        """The process ends between a change and its announcement: neither is stored."""
        await self.world.pool.execute(_CRASH)
        who = (self.pilot, pseudonym(name))
        now = self.clock.now()
        refused = (Refusal,) if self.paused else ()
        try:
            with suppress(asyncpg.RaiseError, *refused):
                if what == "crash-enrol":
                    await self.world.consents.give(agreement(*who, now), self.code)
                else:
                    await self.world.consents.withdraw(who, now)
        finally:
            await self.world.pool.execute("DROP TRIGGER crash ON outbox")

    def happened(self, what: str, name: str, at: datetime) -> RequestServedV2 | PilotExposedV1:
        who = pseudonym(name)
        if what == "expose":
            return PilotExposedV1(pilot_id=self.pilot, arm="prevenu", pseudonym=who, at=at)
        line = ServedInPilot(
            pilot_id=self.pilot,
            arm="prevenu",
            status=200,
            count=1,
            bytes=1,
            seconds=0.01,
            first=at,
            last=at,
            pseudonym=who,
            fact="board-watched",
        )
        return RequestServedV2(
            replica=self.pilot, sequence=len(self.published), in_pilots=(line,), stopped=False
        )

    async def publish(self, each: RequestServedV2 | PilotExposedV1) -> None:
        figures = CountedEvents()
        self.published.append(each)
        self.count(each)
        if isinstance(each, RequestServedV2):
            await store_uses(each, facts=self.facts, counters=figures, clock=self.clock)
        else:
            await store_exposure(each, facts=self.facts, counters=figures, clock=self.clock)

    def count(self, each: RequestServedV2 | PilotExposedV1) -> None:
        """Count the event by the rules, unless it was published before."""
        if isinstance(each, RequestServedV2):
            (line,) = each.in_pilots
            known, who = f"use {each.sequence}", line.pseudonym
            at = line.first.replace(microsecond=0)
            if self.published.count(each) > 1:
                return
        else:
            known, who, at = "exposure", each.pseudonym, each.at
        for name, since in self.since.items():
            if who == pseudonym(name) and since <= at:
                self.counted.setdefault(name, set()).add((known, at))

    async def read_counted(self, name: str, used: RequestServedV2 | PilotExposedV1) -> None:
        """Whether that use is counted, which two concurrent transactions decided."""
        assert isinstance(used, RequestServedV2)
        expected = self.counted.setdefault(name, set())
        known = next((each for each in expected if each[0] == f"use {used.sequence}"), None)
        async with self.world.pool.acquire() as connection:
            facts = await list_facts(connection, self.pilot, bytes.fromhex(pseudonym(name)))
        if known is not None and len(facts) < len(expected):
            expected.remove(known)

    async def check(self) -> int:
        """Returns how many events are counted."""
        assert await self.world.pool.fetchval(_WRONG) == 0
        counted = 0
        for name in PEOPLE:
            async with self.world.pool.acquire() as connection:
                facts = await list_facts(connection, self.pilot, bytes.fromhex(pseudonym(name)))
            expected = self.counted.get(name, set())
            assert len(facts) == len(expected), (name, facts, expected)
            counted += len(facts)
        return counted


async def _live(url: str, steps: Sequence[Step]) -> None:
    async with open_pool(url, application_name="test", min_size=2, max_size=3) as pool:
        life = await _begin(pool)
        await life.live(steps)
        event("counted" if await life.check() else "nothing counted")


async def _begin(pool: Pool) -> Life:
    clock, pilot = ManualClock(NOW), f"p{next(_NUMBERS)}"
    outbox = Outbox(NAME, clock)
    consents = PostgresConsents(
        pool, outbox, key=KEY, erase_facts=erase_facts, list_facts=list_facts
    )
    world = PeopleWorld(pool, PostgresCodes(pool, key=KEY), consents, PostgresNotices(pool), [])
    await world.pilot(pilot)
    code = await world.code(pilot, uses=10_000)
    return Life(world, pilot, code, PostgresFacts(pool), clock)


@pytest.mark.deep
def test_no_figure_ever_holds_an_event_without_a_standing_consent(postgres_url: str) -> None:
    @settings(
        max_examples=sized(15, deep=150),
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a failure is reported at once: each life takes a database
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def live(steps: Sequence[Step]) -> None:
        asyncio.run(_live(postgres_url, steps))

    live()
