"""Makes AuditEvents of traces: those that a search needs before it is answered, the others in the
background, for a tenth of a core, and more while many wait or few requests come (`share_of_core`).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import orjson

from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.resource import format_instant
from esante.store.domain.instants import next_instant
from esante.store.ports import Change, WriteConflict
from esante.traces.domain.audit_event import audit_events, user_reference
from esante.traces.domain.audit_event_index import AuditEventIndex
from esante.traces.ports import RenderingBatch, StoredTrace, UnrenderedTraces
from socle.clock import Clock
from socle.errors import Retry
from socle.http import CpuTime

_INTERVAL: Final = 1.0
"""Seconds between two batches, at least."""
_BACKGROUND: Final = 1000
"""Traces of one batch: a row of many is cheaper. As many make the next one due at once."""
_SHARE: Final = 0.1
"""Of the time of a core, how much the background takes while few wait."""
_MOST: Final = 0.5
"""The same, however many wait, or if there is nothing else to do."""
_PER_SHARE: Final = 10_000
"""Traces that wait for each further `_SHARE`."""
_WITH_DATABASE: Final = 2.0
"""CPU time of the service and PostgreSQL together, which take as much, by that of the service."""
_SHORTEST: Final = 0.001
"""Seconds. In less, the CPU time of other work says nothing."""
_ON_DEMAND: Final = 1000
"""Traces of one search: the newest of its patients, else the oldest."""
_CHUNK: Final = 500
"""AuditEvents that are written at once."""
_AT_ONCE: Final = 50
"""AuditEvents that are made before requests have their turn."""

log = logging.getLogger("esante.traces")


def share_of_core(waiting: int, busy: float) -> float:
    """Of the time of a core, how much a process makes AuditEvents.

    `waiting`: traces that are none. What comes faster than a tenth makes for hours would wait ever
    longer, and be stored beyond its term: so the share grows with what waits, and requests slow
    down until as many are made as come.
    `busy`: how much of a core the process used for other work since the batch before. What is made
    while few requests come does not wait when many do.
    """
    return min(_MOST, max(_SHARE * (1 + waiting / _PER_SHARE), _MOST - busy))


class AuditEventRenderer:
    """Writes the AuditEvents of traces, each once. `base`: the FHIR base as callers see it.
    `report`: gets how many traces are not AuditEvents yet."""

    def __init__(
        self, traces: UnrenderedTraces, clock: Clock, report: Callable[[int], None], *, base: str
    ) -> None:
        self._traces, self._clock, self._base = traces, clock, base
        self._report, self._index = report, AuditEventIndex(base)
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Render traces in the background until cancelled."""
        busy, used = 1.0, time.process_time()
        while True:
            started, waiting, cpu_time = self._clock.monotonic(), 0, CpuTime()
            try:
                await cpu_time.of(self.advance(_BACKGROUND))
                waiting = await self._traces.count()
                self._report(waiting)
            except (Retry, WriteConflict) as error:
                log.warning("AuditEvents wait for the database: %r", error)
            # Not the time by the clock: most of it is a wait for requests when there are many.
            own = cpu_time.nanoseconds / 1e9
            pause = own * _WITH_DATABASE / share_of_core(waiting, busy)
            least = 0.0 if waiting >= _BACKGROUND else _INTERVAL
            await self._clock.sleep(max(least, pause - (self._clock.monotonic() - started)))
            before, used = used, time.process_time()
            busy = (used - before - own) / max(self._clock.monotonic() - started, _SHORTEST)

    async def render_for(self, patients: Sequence[str]) -> None:
        """Render what a search of AuditEvents can find. `patients`: those that it names.

        Raises Retry.
        """
        if not patients:
            await self.advance(_ON_DEMAND)
            return
        async with self._lock, self._traces.batch() as batch:
            await self._write(await batch.list_of_patients(patients, _ON_DEMAND), batch)

    async def advance(self, count: int) -> None:
        """Render the next traces of the chain. Raises Retry."""
        async with self._lock, self._traces.batch() as batch:
            if found := await batch.list_next(count):
                await self._write(found, batch)
                await batch.set_rendered(found[-1].number)

    async def _write(self, traces: Sequence[StoredTrace], batch: RenderingBatch) -> None:
        names = await _names(traces, batch)
        # Made as they are written: a trace of a search can concern a thousand patients.
        events = (
            event
            for each in traces
            for event in audit_events(each.record, each.patients, base=self._base, names=names)
        )
        while some := list(islice(events, _CHUNK)):
            existing = await batch.find_existing([each["id"] for each in some])
            if changes := await self._changes(e for e in some if e["id"] not in existing):
                await batch.write(changes)

    async def _changes(self, events: Iterable[dict[str, Any]]) -> Sequence[Change]:
        found: dict[str, Change] = {}
        for each in events:
            found[each["id"]] = self._change(each)
            if len(found) % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return list(found.values())

    def _change(self, event: dict[str, Any]) -> Change:
        updated = next_instant(None, self._clock.now())
        meta = {"versionId": "1", "lastUpdated": format_instant(updated)}
        stamped = {"resourceType": APPEND_ONLY, "id": event["id"], "meta": meta} | event
        text, indexed = orjson.dumps(stamped), self._index.of(event)
        return Change(APPEND_ONLY, event["id"], 1, updated, "create", text, indexed, replaces=0)


async def _names(traces: Sequence[StoredTrace], batch: RenderingBatch) -> Mapping[str, str]:
    """The display of the people and organisations of those traces, by reference."""
    references = {user_reference(each.record) for each in traces}
    references |= {
        f"Organization/{each.record['organisation']}"
        for each in traces
        if "organisation" in each.record
    }
    found: dict[str, str] = {}
    texts = await batch.find_texts([each for each in references if each])
    for reference, text in texts.items():
        with suppress(KeyError, IndexError, TypeError, AttributeError):
            found[reference] = _display(orjson.loads(text)["name"])
    return found


def _display(name: Any) -> str:
    """The text of a HumanName, or the name of an organisation."""
    if isinstance(name, str):
        return name
    first = name[0]
    if "text" in first:
        return str(first["text"])
    parts = (*first.get("prefix", ()), *first.get("given", ())[:1], first["family"])
    return " ".join(parts)
