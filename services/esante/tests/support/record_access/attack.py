"""An attack on closed records: what callers learn of a record that is not open to them.

Each request is sent twice, about a record that exists and about one that never did: any difference
is a finding, so is a word of the record in an answer. What names no record is sent before and
after the record is written. A difference counts if it comes again: other programs write meanwhile.
Where a person reads of their own requests, or of their own record, the rest alone is compared.
"""

import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from record_access.attempts import Answered, Attempt, Names, anonymised
from record_access.own_record import OwnRecord
from record_access.own_requests import OwnRequests
from record_access.planted_records import identifier, planted
from record_access.planting import PROGRAM, Planting
from record_access.reading_attempts import parameter_searches, reads
from record_access.writing_attempts import subscription, takeovers, writes

_T = TypeVar("_T")
_REPEATS: Final = 2
"""Comparisons of complete answers; one without what is the person's own follows them."""
_TIMED: Final[Mapping[str, Callable[[Names], str]]] = {
    "read": lambda names: f"/Patient/{names.record}",
    "search by patient": lambda names: f"/Observation?patient={names.record}",
    "search by identifier": lambda names: f"/Patient?identifier={identifier(names)}",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a caller learnt or did."""

    caller: str
    attempt: str
    what: str

    def __str__(self) -> str:
        return f"{self.caller}: {self.what}: {self.attempt}"


@dataclass(slots=True)
class Report:
    """What an attack tried and found."""

    tried: Counter[str] = field(default_factory=Counter)
    """Requests by caller."""
    findings: list[Finding] = field(default_factory=list)
    milliseconds: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """(caller, request) → medians for the record that exists and for the one that never did."""


@dataclass(slots=True)
class Attack:
    """One attack. `callers`: the reference of the person, by name."""

    planting: Planting
    callers: Mapping[str, str]
    share: float = 1.0
    """Of the requests; other ones for each caller."""
    repeats: int = 0
    """Measurements of the time of each timed request; 0: none."""
    report: Report = field(default_factory=Report)
    allowed: dict[str, set[str]] = field(default_factory=dict)
    """The markers of the records that are open to a person, by their reference."""
    own: dict[str, OwnRequests] = field(default_factory=dict)
    """What each person has sent, by their reference."""

    async def run(self) -> Report:
        """Write the records, attack them, and remove them."""
        planting = self.planting
        await planting.prepare()
        parameters = await planting.search_parameters()
        both = ([*reads(each), *parameter_searches(each, parameters)] for each in self._names)
        pairs = list(zip(*both, strict=True))
        named = [each for each in pairs if each[0] != each[1]]
        unnamed = [one for one, other in pairs if one == other]
        before = {
            caller: [
                (each, await self._answer(each, caller)) for each in self._sample(unnamed, place)
            ]
            for place, caller in enumerate(self.callers)
        }
        streams = {caller: await self._subscribe(caller) for caller in self.callers}
        try:
            await planting.plant(planting.victim)
            await planting.mark()
            await self._find_open_records()
            for place, caller in enumerate(self.callers):
                await self._read(caller, self._sample(named, place), before[caller])
            for place, caller in enumerate(self.callers):
                await self._write(caller, place)
                await self._read_events(caller, streams[caller])
                await self._time(caller)
            await self._check_untouched()
        finally:
            await planting.remove()
        return self.report

    @property
    def _names(self) -> tuple[Names, Names]:
        return self.planting.victim, self.planting.absent

    def _sample(self, attempts: Sequence[_T], place: int) -> Iterator[_T]:
        for number, each in enumerate(attempts, start=place):
            if math.floor((number + 1) * self.share) > math.floor(number * self.share):
                yield each

    async def _read(
        self,
        caller: str,
        pairs: Iterable[tuple[Attempt, Attempt]],
        before: Iterable[tuple[Attempt, tuple[int, str]]],
    ) -> None:
        for one, other in pairs:
            await self._compare(caller, one, other)
        for attempt, known in before:
            if await self._changes(caller, attempt, known):
                self._find(caller, attempt, "reveals that a record was written")

    async def _compare(self, caller: str, one: Attempt, other: Attempt) -> None:
        """Send both requests, until their answers are alike."""
        for _ in range(_REPEATS):
            found = await self._answer(one, caller)
            never = await self._answer(other, caller, self.planting.absent)
            if found == never:
                return
        record = self._own_record(caller)
        beyond = [
            await record.beyond_requests(each, names)
            for each, names in zip((one, other), self._names, strict=True)
        ]
        if beyond[0] != beyond[1]:
            self._find(caller, one, f"differs ({found[0]}, of what is absent {never[0]})")

    async def _changes(self, caller: str, attempt: Attempt, known: tuple[int, str]) -> bool:
        """Whether the answer changes with each record that is written."""
        for left in reversed(range(_REPEATS)):
            now = await self._answer(attempt, caller)
            if now == known:
                return False
            if left:
                known = await self._answer(attempt, caller)
                await self._plant_another()
        record, names = self._own_record(caller), self.planting.victim
        before = await record.beyond_record(attempt, names)
        await self._plant_another()
        after = await record.beyond_record(attempt, names)
        return before is None or after is None or after.has_more_than(before)

    async def _plant_another(self) -> None:
        victim, number = self.planting.victim, len(self.planting.records)
        await self.planting.plant(Names(f"{victim.record}{number}", victim.secret))

    def _own_record(self, caller: str) -> OwnRecord:
        send = partial(self._send, caller=caller)
        by_program = partial(self.planting.target.send, caller=PROGRAM)
        return OwnRecord(self._own_requests(caller), send, by_program)

    def _own_requests(self, caller: str) -> OwnRequests:
        person = self.callers[caller]
        return self.own.setdefault(person, OwnRequests(person))

    async def _answer(
        self, attempt: Attempt, caller: str, names: Names | None = None
    ) -> tuple[int, str]:
        """The anonymised answer of `_send`."""
        return anonymised(await self._send(attempt, caller), names or self.planting.victim)

    async def _send(self, attempt: Attempt, caller: str) -> Answered:
        """Send a request. A marker in the answer is a finding, unless its record is open."""
        self.report.tried[caller] += 1
        answer = await self.planting.target.send(attempt, caller)
        self._own_requests(caller).note(attempt, answer)
        self.planting.note_creation(answer)
        text = f"{dict(answer.headers)} {answer.body.decode(errors='replace')}"
        allowed = self.allowed.get(self.callers[caller], set())
        if any(each in text and each not in allowed for each in self.planting.markers):
            self._find(caller, attempt, f"reads a closed record ({answer.status})")
        return answer

    async def _write(self, caller: str, place: int) -> None:
        """Writes, each of which must be refused alike, or have the same effect elsewhere."""
        for attempt in self._sample(list(takeovers(self.planting.victim)), place):
            status, _ = await self._answer(attempt, caller)
            if status < 400:
                self._find(caller, attempt, f"replaces a resource of a closed record ({status})")
        both = (writes(each, self.callers[caller]) for each in self._names)
        for one, other in self._sample(list(zip(*both, strict=True)), place):
            await self._compare(caller, one, other)

    async def _subscribe(self, caller: str) -> str | None:
        """The id of a subscription to every Observation; None if it is refused."""
        attempt = Attempt("POST", "/Subscription", subscription("Observation?"))
        answer = await self._send(attempt, caller)
        place = answer.headers.get("location", "").partition("/Subscription/")[2]
        return place.partition("/")[0] or None

    async def _read_events(self, caller: str, subscription_id: str | None) -> None:
        if subscription_id is not None:
            path = f"/Subscription/{subscription_id}/$events?content=full-resource"
            await self._answer(Attempt("GET", path), caller)

    async def _time(self, caller: str) -> None:
        """Measure requests about both records, in turn."""
        for title, path in _TIMED.items() if self.repeats else ():
            measured: dict[Names, list[float]] = {each: [] for each in self._names}
            for _ in range(self.repeats):
                for names, times in measured.items():
                    started = time.perf_counter()
                    await self.planting.target.send(Attempt("GET", path(names)), caller)
                    times.append((time.perf_counter() - started) * 1000)
            found, never = (statistics.median(each) for each in measured.values())
            self.report.milliseconds[caller, title] = found, never

    async def _check_untouched(self) -> None:
        """That no resource of the record was changed, and none was opened."""
        victim = self.planting.victim
        for resource in planted(victim, ""):
            attempt = Attempt("GET", f"/{resource['resourceType']}/{victim.record}")
            current = await self.planting.target.send(attempt, PROGRAM)
            if (current.status, current.headers.get("etag")) != (200, 'W/"1"'):
                self._find(PROGRAM, attempt, f"was changed ({current.status})")
            for caller in self.callers:
                status, _ = await self._answer(attempt, caller)
                if status not in (401, 403, 404):
                    self._find(caller, attempt, f"is open now ({status})")

    async def _find_open_records(self) -> None:
        """A record is open to a person if one of their tokens reads the Patient."""
        for caller, person in self.callers.items():
            for each in self.planting.existing:
                attempt = Attempt("GET", f"/Patient/{each}")
                if (await self._send(attempt, caller)).status == 200:
                    self.allowed.setdefault(person, set()).add(self.planting.marker_of(each))

    def _find(self, caller: str, attempt: Attempt, what: str) -> None:
        self.report.findings.append(Finding(caller, str(attempt), what))
