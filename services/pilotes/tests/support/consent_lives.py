"""Lives of one pilot and its people, as the database has them and by the rules alone."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from people_world import KEY, NOW, PeopleWorld, agreement, notice
from usage_world import CountedEvents, pseudonym

from pilotes.events import PilotExposedV1, RequestServedV2, ServedInPilot
from pilotes.people.adapters.code_store import PostgresCodes
from pilotes.people.adapters.consent_store import PostgresConsents
from pilotes.people.adapters.joint_store import PostgresJointConsents
from pilotes.people.domain.capacity import Capacity, JointCapacity, Mandate
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.ports import NewConsent
from pilotes.record.adapters.notice_store import PostgresNotices, insert_notice
from pilotes.usage.adapters.fact_store import PostgresFacts, erase_facts, list_facts
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from pilotes.usage.adapters.restricted_facts import list_stored_facts, restrict_facts
from pilotes.usage.flows.store_exposure import store_exposure
from pilotes.usage.flows.store_uses import store_uses
from pilotes.wiring.resources import NAME
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.outbox import Outbox
from socle.postgres import Pool, transaction

PEOPLE = ("alice", "bob", "chloe")
_NUMBERS = itertools.count()
_CRASH = """
CREATE OR REPLACE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'crash'; END $$;
CREATE TRIGGER crash BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION crash();
"""
_AMEND = """
WITH changed AS (UPDATE pilot SET protocol_version = $2 WHERE pilot_id = $1)
INSERT INTO protocol VALUES ($1, $2, '{}', 'd', 'x', $3, 'c-1', $3)
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
        AND (lapsed_at IS NULL OR counted.at <= lapsed_at)
        -- What they read and agreed to is what was in force.
        AND notice_version = (SELECT version FROM notice
            WHERE notice.pilot_id = cohort.pilot_id AND published_at < counted.at
            ORDER BY published_at DESC LIMIT 1)
        AND protocol_version = (SELECT max(version) FROM protocol
            WHERE protocol.pilot_id = cohort.pilot_id AND frozen_at < counted.at)
        AND (capacity = 'self') = (mandate IS NULL))
    OR first_exposure < observed_from
"""

Step = tuple[str, int, int]


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
    alone: set[str] = field(default_factory=set)
    """Who decided their latest consent alone."""
    children: set[str] = field(default_factory=set)
    """Who stated that they are under 15."""
    joints: dict[str, JointConsent] = field(default_factory=dict)
    """The latest signature of a person that another one completes."""
    restricted: dict[str, int] = field(default_factory=dict)
    """By person, how many events are stored apart."""
    awaited: set[str] = field(default_factory=set)
    """Whose latest signature awaits the other."""
    version: int = 1
    """Of the terms in force: the protocol and the notice."""
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
                self.children.discard(name)
                self.joints.pop(name, None)
            case "use" | "expose":
                # What happened up to two minutes ago is published now.
                at = self.clock.now() - timedelta(seconds=seconds)
                await self.publish(self.happened(what, name, at))
            case "come-back":
                await self.come_back(name, seconds)
            case "replay" if self.published:
                await self.publish(self.published[seconds % len(self.published)])
            case "amend":
                await self.amend()
            case "renew":
                await self.renew(name)
            case "enrol-unread" if self.version > 1 and name not in self.since:
                former = self.agreement(name, notice_version=str(self.version - 1))
                with pytest.raises(Refusal):
                    await self.world.consents.give(former, self.code)
            case "begin-child":
                await self.begin(name, "child")
            case "begin-represented":
                await self.begin(name, "represented")
            case "sign" if name in self.joints:
                await self.sign(name)
            case "race-sign" if name in self.joints:
                used = self.happened("use", name, self.clock.now())
                await asyncio.gather(self.sign(name), self.publish(used))
                await self.read_counted(name, used)
            case "second-withdraw" if name in self.joints:
                await self.withdraw_as_second(name)
            case "restrict":
                await self.restrict(name)
            case "race-restrict":
                used = self.happened("use", name, self.clock.now())
                await asyncio.gather(self.restrict(name), self.publish(used))
                await self.read_restricted(name)
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

    async def come_back(self, name: str, seconds: int) -> None:
        """They agree again while a replica of the gateway serves them under the former consent."""
        late = self.happened("expose", name, self.clock.now() + timedelta(seconds=21))
        await self.step("erase" if seconds % 2 else "withdraw", name, seconds)
        self.clock.advance(20.25)
        await self.enrol(name)
        await self.publish(late)

    async def enrol(self, name: str) -> None:
        refused = name not in self.since and (self.paused or name in self.children)
        with pytest.raises(Refusal) if refused else nullcontext():
            await self.world.consents.give(self.agreement(name), self.code)
        if not refused:
            self.agreed(name, alone=True)

    async def renew(self, name: str) -> None:
        allowed = name in self.lapsed or name in self.awaited
        refused = name not in self.since and (self.paused or not allowed or name in self.children)
        with pytest.raises(Refusal) if refused else nullcontext():
            await self.world.consents.give(self.agreement(name), None)
        if not refused:
            self.agreed(name, alone=True)

    async def begin(self, name: str, capacity: JointCapacity) -> None:
        refused = (
            self.paused or name in self.since or (capacity != "child" and name in self.children)
        )
        agreed = self.agreement(name, capacity=Capacity(capacity))
        with pytest.raises(Refusal) if refused else nullcontext():
            self.joints[name] = await self.world.joints.begin(agreed, self.code)
        if refused:
            return
        self.awaited.add(name)
        if capacity == "child":
            self.children.add(name)

    async def sign(self, name: str) -> None:
        """The other one signs what the person read and signed last."""
        joint, now = self.joints[name], self.clock.now()
        mandate = Mandate("parent" if joint.capacity == "child" else "guardian")
        changed = joint.notice_version != str(self.version)
        refused = self.paused or changed or name not in self.awaited
        if not refused:
            self.agreed(name, alone=False)
        with pytest.raises(Refusal) if refused else nullcontext():
            await self.world.joints.sign(joint, mandate, now)

    async def withdraw_as_second(self, name: str) -> None:
        takes_part = name in self.since or name in self.lapsed
        alone = takes_part and name in self.alone
        refused = alone and name not in self.awaited
        with pytest.raises(Refusal) if refused else nullcontext():
            await self.world.consents.withdraw(
                (self.pilot, pseudonym(name)), self.clock.now(), by_second_signer=True
            )
        self.awaited.discard(name)
        if not alone:
            self.forget(name)

    async def restrict(self, name: str) -> None:
        """What counted is stored apart, and counts no more."""
        self.awaited.discard(name)
        if name in self.since or name in self.lapsed:
            self.since.pop(name, None)
            self.lapsed.add(name)
            apart = self.restricted.get(name, 0)
            self.restricted[name] = apart + len(self.counted.pop(name, ()))
        await self.world.consents.restrict((self.pilot, pseudonym(name)), self.clock.now())

    async def read_restricted(self, name: str) -> None:
        """Whether the concurrent use was before the restriction is for the database to say."""
        self.restricted[name] = await self.count_restricted(name)

    async def count_restricted(self, name: str) -> int:
        async with self.world.pool.acquire() as connection:
            stored = await list_stored_facts(connection, self.pilot, bytes.fromhex(pseudonym(name)))
        return sum("restricted_at" in each for each in stored)

    def agreement(self, name: str, **changes: Any) -> NewConsent:
        """The agreement of a person to the terms in force."""
        terms = {"notice_version": str(self.version), "protocol_version": self.version}
        now = self.clock.now()
        return agreement(self.pilot, pseudonym(name), now, **(terms | changes))

    def agreed(self, name: str, *, alone: bool) -> None:
        if name not in self.since:
            self.since[name] = self.clock.now()
            (self.alone.add if alone else self.alone.discard)(name)
            self.awaited.discard(name)
        self.lapsed.discard(name)

    async def amend(self) -> None:
        now, version = self.clock.now(), self.version + 1
        async with transaction(self.world.pool) as connection:
            # As the flows do: everything waits for the row of the pilot.
            await connection.execute(_AMEND, self.pilot, version, now)
            await insert_notice(connection, notice(self.pilot, str(version)), at=now, by="c-1")
            await lapse_consents(connection, self.pilot, now, None)
        self.version = version
        self.lapsed |= set(self.since)
        self.since.clear()

    async def withdraw(self, name: str) -> None:
        await self.world.consents.withdraw((self.pilot, pseudonym(name)), self.clock.now())
        self.forget(name)

    def forget(self, name: str) -> None:
        self.awaited.discard(name)
        self.since.pop(name, None)
        self.lapsed.discard(name)
        self.counted.pop(name, None)
        self.restricted.pop(name, None)

    async def crash(self, what: str, name: str) -> None:
        """The process ends between a change and its announcement: neither is stored."""
        await self.world.pool.execute(_CRASH)
        who = (self.pilot, pseudonym(name))
        refused = (Refusal,) if self.paused or name in self.children else ()
        if what == "crash-withdraw" and name not in self.since and name not in self.lapsed:
            # Nothing is announced, so that nothing crashes.
            self.awaited.discard(name)
        try:
            with suppress(asyncpg.RaiseError, *refused):
                if what == "crash-enrol":
                    await self.world.consents.give(self.agreement(name), self.code)
                else:
                    await self.world.consents.withdraw(who, self.clock.now())
        finally:
            await self.world.pool.execute("DROP TRIGGER crash ON outbox")

    def happened(self, what: str, name: str, at: datetime) -> RequestServedV2 | PilotExposedV1:
        who = pseudonym(name)
        if what == "expose":
            named = self.since.get(name)
            return PilotExposedV1(
                pilot_id=self.pilot, arm="prevenu", pseudonym=who, at=at, consented_at=named
            )
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
            at, named = line.first.replace(microsecond=0), None
            if self.published.count(each) > 1:
                return
        else:
            known, who, at = "exposure", each.pseudonym, each.at
            named = each.consented_at
        for name, since in self.since.items():
            if who == pseudonym(name) and since <= at and named in (None, since):
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
            assert await self.count_restricted(name) == self.restricted.get(name, 0)
            counted += len(facts)
        return counted


async def begin_life(pool: Pool) -> Life:
    """A new pilot, before anybody took part."""
    clock, pilot = ManualClock(NOW), f"p{next(_NUMBERS)}"
    outbox = Outbox(NAME, clock)
    consents = PostgresConsents(
        pool,
        outbox,
        key=KEY,
        erase_facts=erase_facts,
        restrict_facts=restrict_facts,
        list_facts=list_facts,
    )
    joints = PostgresJointConsents(pool, outbox, key=KEY)
    codes, notices = PostgresCodes(pool, key=KEY), PostgresNotices(pool)
    world = PeopleWorld(pool, codes, consents, joints, notices, [])
    await world.pilot(pilot)
    code = await world.code(pilot, uses=10_000)
    return Life(world, pilot, code, PostgresFacts(pool), clock)
