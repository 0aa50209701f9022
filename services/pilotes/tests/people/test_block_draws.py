"""People drawn in permuted blocks, on a real database: whatever they do, in whatever order, arms
stay even in each stratum, nobody has a second draw, and no answer is stored after it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from people_world import NOW, PeopleWorld, agreement, later, notice, open_people

from pilotes.people.domain.capacity import Capacity, Mandate
from pilotes.people.ports import NewConsent
from pilotes.record.adapters.notice_store import insert_notice
from pilotes.record.domain.draws.permuted_blocks import BlockDraw, longest_block
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.postgres import open_pool, transaction
from socle.testing import sized

WEIGHTS = {"habituel": 5_000, "prevenu": 5_000}
STRATA = ("moins-26", "plus-26")
SALT = b"s" * 32
PEOPLE = [f"{number:02x}" * 32 for number in range(12)]
STEPS = ["enrol"] * 5 + ["withdraw"] * 2 + ["begin"] * 2 + ["sign"] * 3
STEPS += ["renew", "restrict", "refuse", "erase", "amend"]
_AMEND = """
WITH changed AS (UPDATE pilot SET protocol_version = $2 WHERE pilot_id = $1)
INSERT INTO protocol VALUES ($1, $2, '{}', 'd', 'x', $3, 'c-1', $3)
"""
_ANSWERS_OF_DRAWN = """
SELECT count(*) FROM joint_consent JOIN consent USING (pilot_id, pseudonym)
WHERE stratum IS NOT NULL AND arm IS NOT NULL
"""
_CRASH = """
CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'crash'; END $$;
CREATE TRIGGER crash BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION crash();
"""


@pytest_asyncio.fixture
async def people(postgres_url: str, manual_clock: ManualClock) -> AsyncIterator[PeopleWorld]:
    async with open_pool(postgres_url, application_name="test") as pool:
        yield open_people(pool, manual_clock)


def draw_of(stratum: str) -> BlockDraw:
    return BlockDraw(stratum, WEIGHTS, SALT)


@dataclass
class Draws:
    """A trial and its people, and the arms that they should have by the rules alone."""

    world: PeopleWorld
    pilot: str
    code: str
    version: int = 1
    arms: dict[str, str] = field(default_factory=dict)
    """By person, what they were drawn once."""
    drawn: dict[str, list[str]] = field(default_factory=lambda: {each: [] for each in STRATA})
    """By stratum, the arms in the order of the draws, of people who were erased too."""

    def agreement(self, who: str, **changes: Any) -> NewConsent:
        terms = {"notice_version": str(self.version), "protocol_version": self.version}
        return agreement(self.pilot, who, later(self.version), **(terms | changes))

    async def step(self, what: str, who: str, stratum: str) -> None:
        consents, joints, known = self.world.consents, self.world.joints, (self.pilot, who)
        draw, at = draw_of(stratum), later(self.version)
        match what:
            case "enrol":
                given = await consents.give(self.agreement(who, draw=draw), self.code)
                self.agreed(who, stratum, given.arm)
            case "renew":
                given = await consents.give(self.agreement(who), None)
                assert given.arm == self.arms[who]
            case "withdraw":
                await consents.withdraw(known, at)
            case "refuse":
                await consents.withdraw(known, at, by_second_signer=True)
            case "restrict":
                await consents.restrict(known, at)
            case "begin":
                asked = self.agreement(who, draw=draw, capacity=Capacity("represented"))
                await joints.begin(asked, self.code)
            case "sign":
                (joint,) = await joints.list_of([known]) or [None]
                if joint is not None:
                    answer = joint.stratum
                    signed = await joints.sign(
                        joint,
                        Mandate("guardian"),
                        at,
                        draw=None if answer is None else draw_of(answer),
                    )
                    self.agreed(who, answer, signed.arm)
            case "erase":
                await consents.erase(known)
                self.arms.pop(who, None)
            case "amend":
                await self.amend()

    def agreed(self, who: str, stratum: str | None, arm: str | None) -> None:
        """They have the arm they had, or the next one of their stratum."""
        if who not in self.arms:
            assert stratum is not None
            expected = draw_of(stratum).arm_at(len(self.drawn[stratum]))
            self.drawn[stratum].append(expected)
            self.arms[who] = expected
        assert arm == self.arms[who]

    async def amend(self) -> None:
        self.version += 1
        at = later(self.version)
        async with transaction(self.world.pool) as connection:
            await connection.execute(_AMEND, self.pilot, self.version, at)
            new = notice(self.pilot, str(self.version))
            await insert_notice(connection, new, at=at, by="c-1")
            await lapse_consents(connection, self.pilot, at, None)

    async def check(self) -> None:
        pool = self.world.pool
        rows = await pool.fetch(
            "SELECT pseudonym, arm FROM consent WHERE pilot_id = $1", self.pilot
        )
        assert all(each["arm"] == self.arms[each["pseudonym"].hex()] for each in rows)
        # Nobody's answer is stored beside their arm.
        assert await pool.fetchval(_ANSWERS_OF_DRAWN) == 0
        rows = await pool.fetch("SELECT * FROM drawn_people WHERE pilot_id = $1", self.pilot)
        counts = {each["stratum"]: each["people"] for each in rows}
        assert counts == {each: len(arms) for each, arms in self.drawn.items() if arms}
        for arms in self.drawn.values():
            found = Counter(arms)
            assert abs(found["habituel"] - found["prevenu"]) <= longest_block(WEIGHTS) / 2


@pytest.mark.deep
async def test_arms_stay_even_and_people_are_drawn_once(people: PeopleWorld) -> None:
    refused = 0
    for seed in range(sized(2, deep=40)):
        random, pilot = Random(seed), f"p{seed}"
        await people.pilot(pilot)
        draws = Draws(people, pilot, await people.code(pilot, uses=1_000))
        for _ in range(60):
            step = random.choice(STEPS), random.choice(PEOPLE), random.choice(STRATA)
            try:
                await draws.step(*step)
            except Refusal:
                refused += 1
        await draws.check()
        assert sum(len(arms) for arms in draws.drawn.values()) >= len(draws.arms) > 0
    assert refused > 0
    await _no_answer_is_announced(people)


async def _no_answer_is_announced(people: PeopleWorld) -> None:
    """The gateway receives the arm of who takes part, and nothing else."""
    events = [each for each in await people.consent_events() if each is not None]
    assert {each.get("arm") for each in events if "withdrawn_at" not in each} == {*WEIGHTS}
    assert not any("arm" in each for each in events if "withdrawn_at" in each)
    assert not any(stratum in json.dumps(events) for stratum in STRATA)
    stored = "SELECT count(*) FROM joint_consent WHERE stratum IS NOT NULL AND NOT pending"
    assert await people.pool.fetchval(stored) == 0


async def test_people_of_one_stratum_who_agree_at_once_are_drawn_one_after_the_other(
    people: PeopleWorld,
) -> None:
    await people.pilot("alertes")
    code = await people.code("alertes", uses=100)
    agreed = [agreement("alertes", each, draw=draw_of(STRATA[0])) for each in PEOPLE]
    unread = agreement("alertes", "ff" * 32, notice_version="0", draw=draw_of(STRATA[0]))
    found = await asyncio.gather(
        *(people.consents.give(each, code) for each in (*agreed, unread)), return_exceptions=True
    )
    refused = [each for each in found if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [Refusal]
    arms = Counter(each.arm for each in found if not isinstance(each, BaseException))
    assert arms == Counter(draw_of(STRATA[0]).arm_at(at) for at in range(len(PEOPLE)))
    # A consent that fails takes no position.
    await people.pool.execute(_CRASH)
    with pytest.raises(asyncpg.RaiseError):
        await people.consents.give(agreement("alertes", "ee" * 32, draw=draw_of(STRATA[0])), code)
    await people.pool.execute("DROP TRIGGER crash ON outbox")
    # Nor does the same person again, who has the same arm.
    given = [each for each in found if not isinstance(each, BaseException)]
    (mine,) = (each for each in given if each.pseudonym == PEOPLE[0])
    assert await people.consents.give(agreed[0], code) == mine
    assert await people.pool.fetchval("SELECT people FROM drawn_people") == len(PEOPLE)
    withdrawn = await people.consents.withdraw(("alertes", PEOPLE[0]), later(5))
    assert withdrawn is not None
    other = agreement("alertes", PEOPLE[0], later(6), draw=draw_of(STRATA[1]))
    assert (await people.consents.give(other, code)).arm == withdrawn.arm
    assert await people.pool.fetchval("SELECT count(*) FROM drawn_people") == 1
    assert withdrawn.given_at == NOW


async def test_another_draw_costs_another_use_of_a_code(people: PeopleWorld) -> None:
    """An erasure leaves nothing by which a person who comes back could be known."""
    await people.pilot("alertes")
    for_one = await people.code("alertes")
    alice = agreement("alertes", PEOPLE[0], draw=draw_of(""))
    await people.consents.give(alice, for_one)
    await people.consents.erase(("alertes", PEOPLE[0]))
    with pytest.raises(Refusal, match="Ce code a déjà servi"):
        await people.consents.give(alice, for_one)
    for position, code in enumerate([await people.code("alertes", uses=2)] * 2, start=1):
        given = await people.consents.give(alice, code)
        assert given.arm == draw_of("").arm_at(position)
        await people.consents.erase(("alertes", PEOPLE[0]))
    with pytest.raises(Refusal, match="Ce code a déjà servi"):
        await people.consents.give(alice, code)


async def test_an_arm_never_changes(people: PeopleWorld) -> None:
    await people.pilot("alertes")
    code = await people.code("alertes")
    await people.consents.give(agreement("alertes", PEOPLE[0], draw=draw_of("")), code)
    with pytest.raises(Exception, match="consent"):
        await people.pool.execute("UPDATE consent SET arm = 'autre', withdrawn_at = given_at")
