"""Alerts in the record: a Flag and a message to the circle, once for each cause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.flag import Flag
from fhir_world import BASE, FhirWorld, open_world
from home_care_data.home_resources import NOW, given, observation, planned
from subscription_world import record

from esante.home_care.adapters.rule_file import shipped_rules
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

    async def put(self, *resources: Any) -> None:
        for each in resources:
            path = f"/{each['resourceType']}/{each['id']}"
            answer = await self.fhir.send("PUT", path, each)
            assert answer.status in (200, 201), answer.body

    async def evaluate(self) -> None:
        """Both replicas receive every change, again and again, and evaluate at the same time."""
        rows = await self.fhir.pool.fetch("SELECT value FROM outbox ORDER BY id")
        for reader, _ in self.replicas:
            await reader.handle([record(row["value"]) for row in rows])
        await asyncio.gather(*(evaluate_due(each._of) for _, each in self.replicas))

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
    await evaluate_due(world.replicas[0][1]._of)
    (flag,) = await world.find("Flag")
    assert flag["status"] == "active"
    done = planned("Task", 0.5, "completed")
    await world.put(done)
    await world.evaluate()
    assert [each["status"] for each in await world.find("Flag")] == ["inactive"]


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
    wrong = [observation("29463-7", 70, -each) for each in range(1, 6)]
    await world.put(*wrong)
    for _ in range(2):
        await world.evaluate()
    (message,) = await world.find("Communication")
    assert "5 mesures sont écartées" in message["payload"][0]["contentString"]
    assert "about" not in message
    assert await world.find("Flag") == []


async def test_nothing_is_lost_or_doubled_by_a_failure(world: RuleWorld) -> None:
    await world.put(*HEAVY, given(3, "not-done"), given(20, "not-done"))
    rows = await world.fhir.pool.fetch("SELECT value FROM outbox ORDER BY id")
    reader, evaluator = world.replicas[0]
    await reader.handle([record(row["value"]) for row in rows])
    # The database ends the transaction after both alerts are written.
    await world.fhir.pool.execute(
        "ALTER TABLE home_care_patient ADD CONSTRAINT ends CHECK (notified = 0)"
    )
    with pytest.raises(Exception, match="ends"):
        await evaluate_due(evaluator._of)
    assert await world.find("Flag") == []
    assert await world.find("Communication") == []
    await world.fhir.pool.execute("ALTER TABLE home_care_patient DROP CONSTRAINT ends")
    await world.evaluate()
    await world.evaluate()
    assert len(await world.find("Flag")) == 2
    assert len(await world.find("Communication")) == 2
