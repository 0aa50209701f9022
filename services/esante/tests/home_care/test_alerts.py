"""Alerts in the record: a Flag and a message to the circle, once for each cause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.flag import Flag
from fhir_bundles import bundle, entry
from fhir_world import BASE, FhirWorld, open_world
from home_care_data.home_resources import NOW, given, observation, planned, score
from subscription_world import record

from esante.home_care.adapters.rule_file import shipped_rules
from esante.home_care.domain.rule import DEBOUNCE, LOADING_GRACE, LONGEST_DEBOUNCE
from esante.home_care.flows.evaluate_patients import evaluate_due
from esante.settings import EsanteSettings
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.wiring.rules import wire_evaluation
from socle.clock import ManualClock
from socle.testing import ServeApp


@dataclass
class RuleWorld:
    """A server, and two replicas of the role `rules` on a clock that the test advances."""

    fhir: FhirWorld
    clock: ManualClock
    replicas: list[Any]
    """The reader of changes, and what the evaluation needs, of each."""

    async def put(self, *resources: Any) -> None:
        for each in resources:
            path = f"/{each['resourceType']}/{each['id']}"
            answer = await self.fhir.send("PUT", path, each)
            assert answer.status in (200, 201), answer.body

    async def evaluate(self) -> None:
        """Both replicas receive every change, again and again, and evaluate at the same time."""
        await self.receive()
        self.clock.advance(DEBOUNCE.total_seconds())
        await asyncio.gather(*(evaluate_due(each) for _, each in self.replicas))

    async def receive(self) -> None:
        """Both replicas receive every change."""
        rows = await self.fhir.pool.fetch("SELECT value FROM outbox ORDER BY id")
        for reader, _ in self.replicas:
            await reader.handle([record(row["value"]) for row in rows])

    async def find(self, resource_type: str) -> list[Any]:
        found = (await self.fhir.send("GET", f"/{resource_type}?_sort=_lastUpdated")).json
        return [each["resource"] for each in found.get("entry", [])]


@pytest_asyncio.fixture
async def world(postgres_url: str, serve_app: ServeApp, tmp_path: Path) -> AsyncIterator[RuleWorld]:
    async with AsyncExitStack() as stack:
        clock = ManualClock(NOW)
        fhir = await open_world(postgres_url, serve_app, tmp_path, stack, clock=clock)
        settings = EsanteSettings(postgres=postgres_url, base=BASE)
        replicas = [
            wire_evaluation(settings, fhir.pool, OutboxNotifier(fhir.pool), clock, shipped_rules())
            for _ in range(2)
        ]
        yield RuleWorld(fhir, clock, replicas)


CIRCLE = {
    "resourceType": "CareTeam",
    "id": "c",
    "status": "active",
    "subject": {"reference": "Patient/p"},
}
HEAVY = [observation("29463-7", 70, 2), observation("29463-7", 73, 0.1)]


async def test_a_cause_raises_once_and_ends_once(world: RuleWorld) -> None:
    await world.put(CIRCLE, *HEAVY)
    for _ in range(3):
        await world.evaluate()
    (flag,), (message,) = await world.find("Flag"), await world.find("Communication")
    assert (flag["status"], flag["subject"]["reference"]) == ("active", "Patient/p")
    assert flag["code"]["coding"][0]["code"] == "weight-rise"
    assert flag["meta"]["versionId"] == "1"
    assert flag["contained"][0]["version"] == [{"value": "1"}]
    assert message["recipient"] == [{"reference": "CareTeam/c"}]
    assert message["about"] == [{"reference": f"Flag/{flag['id']}"}]
    assert "+3 kg" in message["payload"][0]["contentString"]
    for model, resource in ((Flag, flag), (Communication, message)):
        model.model_validate(resource)
    await world.put(observation("29463-7", 70.5, 0))
    for _ in range(2):
        await world.evaluate()
    (flag,) = await world.find("Flag")
    assert (flag["status"], flag["meta"]["versionId"]) == ("inactive", "2")
    assert "end" in flag["period"]
    assert len(await world.find("Communication")) == 1


async def test_time_alone_raises_and_a_completed_task_resolves(world: RuleWorld) -> None:
    await world.put(planned("Task", 0.5, "accepted"))
    await world.evaluate()
    assert await world.find("Flag") == []
    world.clock.advance(1801)
    await evaluate_due(world.replicas[0][1])
    (flag,) = await world.find("Flag")
    assert flag["status"] == "active"
    done = planned("Task", 0.5, "completed")
    await world.put(done)
    await world.evaluate()
    assert [each["status"] for each in await world.find("Flag")] == ["inactive"]


async def test_what_is_written_together_is_judged_together(world: RuleWorld) -> None:
    rules = world.replicas[0][1]
    await world.put(*HEAVY)
    await world.receive()
    assert await evaluate_due(rules) == 0
    await world.put(observation("29463-7", 70.5, 0))
    await world.evaluate()
    assert await world.find("Flag") == []
    # Who changes all the time is not forgotten.
    evaluated = 0
    for step in range(4):
        assert evaluated == 0, step
        await world.put(observation("29463-7", 75 + step, 0))
        await world.receive()
        world.clock.advance(LONGEST_DEBOUNCE.total_seconds() / 4)
        evaluated += await evaluate_due(rules)
    assert evaluated == 1
    assert len(await world.find("Flag")) == 1


async def test_what_changes_while_it_is_judged_stays_due(world: RuleWorld) -> None:
    store, now = world.replicas[0][1].store, world.clock.now
    await world.put(observation("29463-7", 70, 2))
    await world.receive()
    world.clock.advance(DEBOUNCE.total_seconds())
    (before,) = await store.list_due(now(), 10)
    await world.receive()
    world.clock.advance(DEBOUNCE.total_seconds())
    later = now() + timedelta(hours=1)
    assert await store.postpone({before: later}) == 0
    (after,) = await store.list_due(now(), 10)
    assert await store.postpone({after: later}) == 1
    assert await store.list_due(now(), 10) == []


async def test_a_record_that_is_loading_raises_no_absence(world: RuleWorld) -> None:
    past = [observation("55423-8", 10, 2 + each / 10, "{steps}") for each in range(8)]
    await world.put(*past)
    await world.evaluate()
    assert await world.find("Flag") == []
    await world.put(observation("55423-8", 10, 0, "{steps}"))
    await world.evaluate()
    world.clock.advance(2 * LOADING_GRACE.total_seconds())
    await world.evaluate()
    assert await world.find("Flag") == []
    await world.fhir.send("DELETE", "/Observation/o0")
    await world.evaluate()
    # The others were received again, like each change that comes twice.
    assert await world.find("Flag") == []
    world.clock.advance(LOADING_GRACE.total_seconds())
    assert await evaluate_due(world.replicas[0][1]) == 1
    assert len(await world.find("Flag")) == 1


async def test_alerts_do_not_storm(world: RuleWorld) -> None:
    light = observation("29463-7", 70.5, 0)
    await world.put(*HEAVY)
    await world.evaluate()
    # It flickers: the Flag follows, and the circle is left in peace for a day.
    for _ in range(3):
        await world.put(light)
        await world.evaluate()
        await world.fhir.send("DELETE", f"/Observation/{light['id']}")
        await world.evaluate()
    (flag,) = await world.find("Flag")
    assert (flag["status"], flag["meta"]["versionId"]) == ("active", "7")
    assert len(await world.find("Communication")) == 1


async def test_a_flag_that_somebody_deleted_stays_deleted(world: RuleWorld) -> None:
    await world.put(*HEAVY)
    await world.evaluate()
    (flag,) = await world.find("Flag")
    await world.fhir.send("DELETE", f"/Flag/{flag['id']}")
    await world.put(observation("29463-7", 75, 0))
    world.clock.advance(7200)
    await world.evaluate()
    assert await world.find("Flag") == []


async def test_a_thousand_wrong_clocks_are_one_message(world: RuleWorld) -> None:
    # Years ahead, and years behind: those are like the import of an old record.
    years = [365 * (each + 1) * side for each in range(5) for side in (-1, 1)]
    wrong = [observation("29463-7", 70, years[each % 10], name=f"d{each}") for each in range(1000)]
    for each in wrong:
        each["device"] = {"identifier": {"value": each["id"]}}
    entries = [entry("PUT", f"Observation/{each['id']}", each) for each in wrong]
    assert (await world.fhir.send("POST", "", bundle(*entries))).status == 200
    for _ in range(2):
        await world.evaluate()
    (message,) = await world.find("Communication")
    assert "500 mesures sont écartées" in message["payload"][0]["contentString"]
    assert "about" not in message
    assert await world.find("Flag") == []


async def test_a_rule_that_cannot_be_calculated_has_a_message_and_stops_no_other(
    world: RuleWorld,
) -> None:
    rules = world.replicas[0][1].rules
    # Its last value is valid beyond the last date there is.
    endless = [
        replace(each, window=timedelta(days=10**6)) if each.id == "carer-overloaded" else each
        for each in rules.rules
    ]
    failing = replace(world.replicas[0][1], rules=replace(rules, rules=tuple(endless)))
    await world.put(score("zarit", 60), given(3, "not-done"), given(20, "not-done"))
    await world.receive()
    world.clock.advance(DEBOUNCE.total_seconds())
    assert await evaluate_due(failing) == 1
    (flag,) = await world.find("Flag")
    assert flag["code"]["coding"][0]["code"] == "treatment-not-taken"
    texts = [each["payload"][0]["contentString"] for each in await world.find("Communication")]
    assert len(texts) == 2
    assert any("« Aidant en difficulté » ne peut pas être évaluée" in each for each in texts)
    # The next evaluation, with a rule that can be calculated, raises.
    await world.evaluate()
    assert len(await world.find("Flag")) == 2


async def test_nothing_is_lost_or_doubled_by_a_failure(world: RuleWorld) -> None:
    await world.put(*HEAVY, given(3, "not-done"), given(20, "not-done"))
    await world.receive()
    world.clock.advance(DEBOUNCE.total_seconds())
    # The database ends the transaction after both alerts are written.
    await world.fhir.pool.execute(
        "ALTER TABLE home_care_patient ADD CONSTRAINT ends CHECK (notified = 0)"
    )
    with pytest.raises(Exception, match="ends"):
        await evaluate_due(world.replicas[0][1])
    assert await world.find("Flag") == []
    assert await world.find("Communication") == []
    await world.fhir.pool.execute("ALTER TABLE home_care_patient DROP CONSTRAINT ends")
    await world.evaluate()
    await world.evaluate()
    assert len(await world.find("Flag")) == 2
    assert len(await world.find("Communication")) == 2
