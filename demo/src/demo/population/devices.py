"""Simulated devices of connected homes: they post Observations in batches, as integrators do.

Each day, a pill dispenser sends the first treatment, and the visits of nurses are recorded: else
the rules of home care would say, rightly, that nobody came. Planted alarms go on. Visits to come
are planned each day, so that agendas are never empty, however long ago the population was loaded.
Now and then one patient begins to drift: the weight rises, measure by measure. That is logged as
one JSON line, so that an alarm can be compared with its cause.
"""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from demo.population.care import (
    coming_days,
    completed_round,
    consultation,
    doctor_day,
    doctor_round,
    doctor_slot,
    doctor_time,
    nurse_hour,
    planned_round,
    task_days,
)
from demo.population.clinical import DOSE_TIME, administration
from demo.population.loading import FhirClient
from demo.population.measures import MEASURES, base_value, drift, observation_elements
from demo.population.notes import note
from demo.population.population import Population
from demo.population.resource import PARIS, Resource, resource
from demo.population.situations import Situation
from socle.clock import Clock

log = logging.getLogger(__name__)

_NOISE_SHARE: Final = 0.3
"""Of the noise of the history: live measures are so many that their extremes would be alarms."""
_DRIFT_SHARE: Final = 0.002
"""Of the measures, those with which a drift begins."""
_DRIFT_STEP: Final = 1.1
"""Kilograms that each measure adds to the former one."""
_DRIFT_LENGTH: Final = 4


class Devices:
    """The devices of a population. `chance`: the random generator."""

    def __init__(self, population: Population, chance: Random, clock: Clock) -> None:
        self._chance, self._clock = chance, clock
        self._everyone = list(population.situations())
        self._homes = [each for each in self._everyone if each.is_connected]
        self._consultations = {each.person.id: doctor_slot(each)[1:] for each in self._everyone}
        self._recorded: set[tuple[str, date]] = set()
        self._drifting: dict[str, int] = {}

    def measures(self) -> Iterator[Resource]:
        """The next measures, without an end: one home after the other."""
        while True:
            self._chance.shuffle(self._homes)
            for home in self._homes:
                for name in home.measures:
                    yield self._measure(home, name)
                if home.alarm != "no-activity":
                    yield self._measure(home, "steps")

    def events(self, most: int = 20) -> list[Resource]:
        """Treatments and visits that are due now and were not returned yet, about `most` of them.
        Each has its own id, so it can be written again."""
        now, found = self._clock.now().astimezone(PARIS), list[Resource]()
        for home in self._everyone:
            if len(found) >= most:
                break
            dose_due = home.is_connected and _is_past(now.date(), DOSE_TIME, now)
            if dose_due and self._is_first(home, "dose", now.date()):
                found.append(administration(home, now.date()))
            day, at = self._consultations[home.person.id]
            if _is_past(day, at, now) and self._is_first(home, "consultation", day):
                found.append(consultation(home, done=True))
            found += self._nurse_rounds(home, now)
            found += self._doctor_rounds(home, now)
        return found

    def _nurse_rounds(self, home: Situation, now: datetime) -> Iterator[Resource]:
        coming = coming_days(home, now.date())
        for day in (*task_days(home), *coming):
            end = (nurse_hour(home, day), 30)
            if _is_past(day, end, now):
                if day >= home.today and self._is_first(home, "visit", day):
                    yield from (*completed_round(home, day), note(home, day))
            elif day in coming and self._is_first(home, "round", day):
                yield from planned_round(home, day)

    def _doctor_rounds(self, home: Situation, now: datetime) -> Iterator[Resource]:
        day, (hour, minute) = doctor_day(home, now.date()), doctor_time(home)
        done = _is_past(day, (hour + 1, minute), now)
        if self._is_first(home, f"doctor {done}", day):
            yield doctor_round(home, day, done=done)

    def _is_first(self, home: Situation, what: str, day: date) -> bool:
        """Whether the event was not sent before; it counts as sent from now on."""
        event = (f"{home.person.id} {what}", day)
        if event in self._recorded:
            return False
        self._recorded.add(event)
        return True

    def _measure(self, home: Situation, name: str) -> Resource:
        noise = self._chance.gauss(0, MEASURES[name].noise * _NOISE_SHARE)
        planted = drift(home, name, home.today - timedelta(days=1))
        value = base_value(home, name) + noise + planted + self._drift(home, name)
        at = self._clock.now().astimezone(PARIS)
        elements = observation_elements(home, name, value, _second(at), self._chance)
        return resource("Observation", "new", **elements)

    def _drift(self, home: Situation, name: str) -> float:
        if name != "weight":
            return 0.0
        steps = self._drifting.get(home.person.id, 0)
        if steps or self._chance.random() < _DRIFT_SHARE:
            if not steps:
                log.info(json.dumps({"drift": "weight-rise", "patient": home.person.id}))
            self._drifting[home.person.id] = min(steps + 1, _DRIFT_LENGTH)
        return self._drifting.get(home.person.id, 0) * _DRIFT_STEP


def _is_past(day: date, at: tuple[int, int], now: datetime) -> bool:
    """Whether it is past that time of that day."""
    return datetime.combine(day, time(*at), PARIS) <= now


def batch(measures: list[Resource], events: Sequence[Resource] = ()) -> bytes:
    """A batch Bundle that creates the measures, whose ids the server chooses, and the events."""
    entries: list[dict[str, Any]] = []
    for each in measures:
        content = json.loads(each.text)
        del content["id"]
        entries.append({"resource": content, "request": {"method": "POST", "url": "Observation"}})
    for each in events:
        request = {"method": "PUT", "url": f"{each.type}/{each.id}"}
        entries.append({"resource": json.loads(each.text), "request": request})
    return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()


async def post_measures(
    devices: Devices, client: FhirClient, *, size: int, pause_seconds: float
) -> None:
    """Post a batch of `size` measures, then wait, until cancelled. Raises LoadError."""
    measures = devices.measures()
    while True:
        await client.send(batch([next(measures) for _ in range(size)], devices.events()))
        await asyncio.sleep(pause_seconds)


def _second(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()
