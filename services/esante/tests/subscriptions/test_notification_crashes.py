"""Crashes of the service and of a subscriber while resources change.

No acknowledged change is lost, and a subscriber receives those of each resource in their order.
"""

import asyncio
import signal
from collections import defaultdict
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp
import pytest
from fhir_world import FhirWorld
from service_program import Program, settings
from subscription_world import TestSubscriber, subscription

from esante.events import ResourceChangedV1
from socle.bus import TopicSpec, ensure_topics
from socle.testing import ServeApp, free_port, sized, until

pytestmark = [pytest.mark.e2e, pytest.mark.deep_only]
ENOUGH = 10


class Writers:
    """Three writers, each of one resource; `versions`: those that were acknowledged, by id."""

    def __init__(self, fhir: FhirWorld) -> None:
        self.fhir, self.over = fhir, False
        self.versions: dict[str, set[int]] = defaultdict(set)

    @property
    def number(self) -> int:
        return sum(map(len, self.versions.values()))

    async def run(self, name: str) -> None:
        number = 0
        while not self.over:
            number += 1
            patient = {"resourceType": "Patient", "id": name, "multipleBirthInteger": number}
            with suppress(aiohttp.ClientError, TimeoutError):
                answer = await self.fhir.send("PUT", f"/Patient/{name}", patient)
                if answer.status in (200, 201):
                    self.versions[name].add(int(answer.json["meta"]["versionId"]))
            await asyncio.sleep(0.02)


def received_versions(subscriber: TestSubscriber) -> dict[str, list[int]]:
    """The versions of each resource that were accepted, in the order of the first time."""
    found: dict[str, list[int]] = defaultdict(list)
    for each in subscriber.requests:
        if each.status != 200:
            continue
        version = int(each.json["meta"]["versionId"])
        if version not in found[each.json["id"]]:
            found[each.json["id"]].append(version)
    return found


async def test_nothing_is_lost_and_the_order_of_a_resource_holds(
    postgres_url: str, kafka_address: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    with suppress(Exception):
        await ensure_topics(
            kafka_address, [TopicSpec(ResourceChangedV1.topic, partitions=4, kind="fact")]
        )
    subscriber = TestSubscriber()
    subscriber.address = await serve_app(subscriber)
    async with AsyncExitStack() as stack:
        port = free_port()
        environment = settings(port, postgres_url, kafka_address, tmp_path)
        environment["ESANTE_SUBSCRIPTION_ORIGINS"] = subscriber.address
        program = Program(environment, port, "all")
        program.start()
        stack.callback(lambda: program.end(signal.SIGTERM))
        timeout = aiohttp.ClientTimeout(total=20)
        client = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        await until(lambda: program.ready(client), seconds=60)
        fhir = FhirWorld(program.address, None, client)  # type: ignore[arg-type]
        payload = {"payload": "application/fhir+json"}
        await fhir.create(subscription(subscriber.address, "Patient?", **payload))
        writers = Writers(fhir)
        tasks = [asyncio.create_task(writers.run(f"crash-{each}")) for each in range(3)]
        for _ in range(sized(1, deep=5)):
            enough = writers.number + ENOUGH
            await until(lambda enough=enough: writers.number > enough, seconds=60)
            subscriber.status = 503  # the subscriber is away, then the service is killed
            program.end(signal.SIGKILL)
            program.start()
            await until(lambda enough=enough: writers.number > enough + ENOUGH, seconds=60)
            subscriber.status = 200
        writers.over = True
        await asyncio.gather(*tasks)
        await until(lambda: _has_all(subscriber, writers), seconds=90)
    for versions in received_versions(subscriber).values():
        assert versions == sorted(versions)


def _has_all(subscriber: TestSubscriber, writers: Writers) -> bool:
    accepted = received_versions(subscriber)
    return all(versions <= set(accepted[name]) for name, versions in writers.versions.items())
