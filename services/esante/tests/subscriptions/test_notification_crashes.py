"""The relay, the service, the role that notifies and a subscriber are killed, each alone, while
resources change.

No acknowledged change is lost, and a subscriber receives those of each resource in their order.
"""

import asyncio
import signal
import subprocess
import sys
from collections import defaultdict
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp
import pytest
from fhir_world import FhirWorld
from service_program import Program, settings
from subscription_world import subscription

from esante.events import ResourceChangedV1
from socle.bus import TopicSpec, ensure_topics
from socle.testing import free_port, sized, until

pytestmark = [pytest.mark.e2e, pytest.mark.deep_only]
ENOUGH = 10
BETWEEN = 0.1
"""Seconds from one write to the next: it is not about how many there can be."""


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
            await asyncio.sleep(BETWEEN)


def received_versions(received: Path) -> dict[str, list[int]]:
    """The versions of each resource that were accepted, in the order of the first time."""
    found: dict[str, list[int]] = defaultdict(list)
    for line in received.read_text().splitlines():
        name, _, version = line.partition(" ")
        if int(version) not in found[name]:
            found[name].append(int(version))
    return found


class Subscriber(Program):
    """The subscriber as a process of its own; it writes what it accepts to a file."""

    received: Path

    def start(self) -> None:
        program = Path(__file__).parents[1] / "support" / "subscriber_program.py"
        command = (sys.executable, str(program), str(self.port), str(self.received))
        self.running.append(subprocess.Popen(command))


async def test_nothing_is_lost_and_the_order_of_a_resource_holds(
    postgres_url: str, kafka_address: str, tmp_path: Path
) -> None:
    with suppress(Exception):
        await ensure_topics(
            kafka_address, [TopicSpec(ResourceChangedV1.topic, partitions=4, kind="fact")]
        )
    subscriber = Subscriber({}, free_port())
    subscriber.received = tmp_path / "received"

    def program(role: str) -> Program:
        port = free_port()
        environment = settings(port, postgres_url, kafka_address, tmp_path)
        origins = {"ESANTE_SUBSCRIPTION_ORIGINS": subscriber.address}
        return Program(environment | origins, port, role)

    # The first one to start relays, and nobody calls it: it is the relay alone.
    relay, service, notifier = program("api"), program("api"), program("subscriptions")
    async with AsyncExitStack() as stack:
        timeout = aiohttp.ClientTimeout(total=60)
        client = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        for each in (subscriber, relay, service, notifier):
            each.start()
            stack.callback(each.end, signal.SIGTERM)
            if each is not subscriber:
                await until(lambda each=each: each.ready(client), seconds=180)
        fhir = FhirWorld(service.address, None, client)  # type: ignore[arg-type]
        payload = {"payload": "application/fhir+json"}
        await fhir.create(subscription(subscriber.address, "Patient?", **payload))
        writers = Writers(fhir)
        tasks = [asyncio.create_task(writers.run(f"crash-{each}")) for each in range(3)]
        for victim in (subscriber, relay, service, notifier) * sized(1, deep=3):
            enough = writers.number + ENOUGH
            await until(lambda enough=enough: writers.number > enough)
            victim.end(signal.SIGKILL)
            if victim is not service:
                await until(lambda enough=enough: writers.number > enough + ENOUGH)
            victim.start()
        writers.over = True
        await asyncio.gather(*tasks)
        await until(lambda: _has_all(subscriber.received, writers))
    for versions in received_versions(subscriber.received).values():
        assert versions == sorted(versions)


def _has_all(received: Path, writers: Writers) -> bool:
    accepted = received_versions(received)
    return all(versions <= set(accepted[name]) for name, versions in writers.versions.items())
