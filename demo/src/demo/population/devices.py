"""Simulated devices of connected homes: they post Observations in batches, as integrators do.

Now and then one patient begins to drift: the weight rises, measure by measure. That is logged as
one JSON line, so that an alarm can be compared with its cause.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any, Final

from demo.population.loading import FhirClient
from demo.population.measures import base_value, observation_elements
from demo.population.population import Population
from demo.population.resource import PARIS, Resource, resource
from demo.population.situations import Situation
from socle.clock import Clock

log = logging.getLogger(__name__)

_DRIFT_SHARE: Final = 0.002
"""Of the measures, those with which a drift begins."""
_DRIFT_STEP: Final = 1.1
"""Kilograms that each measure adds to the former one."""
_DRIFT_LENGTH: Final = 4


class Devices:
    """The devices of a population. `chance`: the random generator."""

    def __init__(self, population: Population, chance: Random, clock: Clock) -> None:
        self._chance, self._clock = chance, clock
        self._homes = [each for each in population.situations() if each.is_connected]
        self._drifting: dict[str, int] = {}

    def measures(self) -> Iterator[Resource]:
        """The next measures, without an end: one home after the other."""
        while True:
            self._chance.shuffle(self._homes)
            for home in self._homes:
                for name in (*home.measures, "steps"):
                    yield self._measure(home, name)

    def _measure(self, home: Situation, name: str) -> Resource:
        value = base_value(home, name) + self._chance.gauss(0, 0.3) + self._drift(home, name)
        at = self._clock.now().astimezone(PARIS)
        elements = observation_elements(home, name, value, _second(at), self._chance)
        return resource("Observation", "new", **elements)

    def _drift(self, home: Situation, name: str) -> float:
        if name != "weight":
            return 0.0
        steps = self._drifting.get(home.person.id, 0)
        if steps or self._chance.random() < _DRIFT_SHARE:
            if not steps:
                log.info(json.dumps({"drift": "weight-gain", "patient": home.person.id}))
            self._drifting[home.person.id] = min(steps + 1, _DRIFT_LENGTH)
        return self._drifting.get(home.person.id, 0) * _DRIFT_STEP


def batch(measures: list[Resource]) -> bytes:
    """A batch Bundle that creates the measures; the server chooses their ids."""
    entries: list[dict[str, Any]] = []
    for each in measures:
        content = json.loads(each.text)
        del content["id"]
        entries.append({"resource": content, "request": {"method": "POST", "url": "Observation"}})
    return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()


async def post_measures(
    devices: Devices, client: FhirClient, *, size: int, pause_seconds: float
) -> None:
    """Post a batch of `size` measures, then wait, until cancelled. Raises LoadError."""
    measures = devices.measures()
    while True:
        await client.send(batch([next(measures) for _ in range(size)]))
        await asyncio.sleep(pause_seconds)


def _second(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()
