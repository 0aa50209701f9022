"""What was answered, told to the house once a second, without slowing anyone.

An exchange adds to a fold in memory. Each second the fold is closed, told, and a new one begun;
while the broker is away the open one goes on growing, by kinds and not by exchanges, so memory is
bounded and nothing is lost but by a process that is killed: at most what it answered since its last
record, a second or the broker's absence.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from gateway.events import RequestServedV2, ServedInPilot, ServedLine
from gateway.metering.domain.usage import (
    CLIENT_CLOSED_REQUEST,
    METHODS,
    OTHER,
    Kind,
    Line,
    Part,
    PilotUsageKey,
    UsageAggregate,
)
from gateway.metering.ports import UsageLedger, UsageRecorder
from gateway.quotas.domain.quota_subject import public_account
from gateway.routes.domain.request_context import PUBLIC, RequestContext
from socle.clock import Clock
from socle.errors import Retry

log = logging.getLogger("gateway.meter")

MOST_KINDS: Final = 20_000
_EVERY: Final = 1.0
_LINES: Final = 500
_AGAIN: Final = 1.0
_CLOSE_SECONDS: Final = 5.0


def parts_without_pseudonyms(context: RequestContext) -> Sequence[Part]:
    """Of no pilot."""
    return [(pilot, arm, None) for pilot, arm in context.arms.items()]


class UsageMeter:
    """One replica's count. `parts`: the pilots an exchange is a part of, with the pseudonyms;
    `chance`: numbers from 0 to 1, drawn evenly."""

    def __init__(
        self,
        ledger: UsageLedger,
        figures: UsageRecorder,
        *,
        replica: str,
        clock: Clock,
        parts: Callable[[RequestContext], Sequence[Part]] = parts_without_pseudonyms,
        most: int = MOST_KINDS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ledger, self._figures, self._clock = ledger, figures, clock
        self._replica, self._parts, self._most = replica, parts, most
        self._fold, self._chance = UsageAggregate(most), chance
        self._sequence = 0
        self._telling: asyncio.Task[None] | None = None

    def count(
        self,
        route: str,
        method: str,
        status: int,
        *,
        context: RequestContext | None,
        size: int,
        seconds: float,
        answered: float,
        cpu_seconds: float | None = None,
    ) -> None:
        """One exchange that ended. `status` 0: nobody was answered; `context`: where it was judged;
        `size`: bytes of body sent; `answered`: seconds to the first byte; `cpu_seconds`: of the
        processor, where that is known."""
        plan, account = PUBLIC, None
        parts: Sequence[Part] = ()
        fact = None
        if context is not None:
            plan, account, fact = context.plan, public_account(context.account), context.fact
            if context.arms:
                parts = self._parts(context)
        known = method if method in METHODS else OTHER
        kind = Kind(route, known, status or CLIENT_CLOSED_REQUEST, plan, account)
        at = self._clock.now()
        streams = context is not None and context.route.streaming
        answered = answered if streams and status else seconds
        measured = cpu_seconds is not None
        for line in self._fold.lines_of(kind, parts, at, fact, measured=measured):
            line.add(size=size, seconds=seconds, answered=answered, at=at, cpu_seconds=cpu_seconds)

    async def run(self) -> None:
        """Tell, each second. Runs until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            if len(self._fold):
                self._telling = asyncio.create_task(self._tell(self._close()), name="metering")
                await asyncio.shield(self._telling)

    async def close(self) -> None:
        """Tell the rest: the process stops. What cannot be told in time is lost, and said."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                if self._telling is not None:
                    await self._telling
                await self._tell(self._close(stopped=True))
        except TimeoutError:
            log.error("What was answered last could not be told: the broker is away")

    def _close(self, *, stopped: bool = False) -> list[RequestServedV2]:
        """The records of the fold, and a new one begun."""
        fold, self._fold = self._fold, UsageAggregate(self._most)
        self._figures.add(fold, self._clock.now())
        lines = iter(fold.lines.items())
        # In an order that says nothing of which exchange made which line.
        in_pilots = iter(sorted(fold.in_pilots.items(), key=lambda each: repr(each[0])))
        records = []
        while some := [_line(kind, line) for kind, line in islice(lines, _LINES)]:
            records.append(self._record(lines=tuple(some)))
        while told := self._in_pilots(islice(in_pilots, _LINES)):
            records.append(self._record(in_pilots=tuple(told)))
        if stopped:
            records.append(self._record(stopped=True))
        return records

    def _in_pilots(self, lines: Iterable[tuple[PilotUsageKey, Line]]) -> list[ServedInPilot]:
        return [_in_pilot(kind, line, self._chance()) for kind, line in lines]

    def _record(
        self,
        *,
        lines: tuple[ServedLine, ...] = (),
        in_pilots: tuple[ServedInPilot, ...] = (),
        stopped: bool = False,
    ) -> RequestServedV2:
        sequence, self._sequence = self._sequence, self._sequence + 1
        return RequestServedV2(
            replica=self._replica,
            sequence=sequence,
            lines=lines,
            in_pilots=in_pilots,
            stopped=stopped,
        )

    async def _tell(self, records: Sequence[RequestServedV2]) -> None:
        for record in records:
            while True:
                try:
                    await self._ledger.tell(record)
                    break
                except Retry as retry:
                    log.warning("What was answered is told later: %s", retry.message)
                    await self._clock.sleep(_AGAIN)


def _line(kind: Kind, line: Line) -> ServedLine:
    return ServedLine(
        route=kind.route,
        method=kind.method,
        status=kind.status,
        plan=kind.plan,
        account=kind.account,
        count=line.count,
        bytes=line.bytes,
        seconds=round(line.seconds, 6),
        first=line.first,
        last=line.last,
    )


def _in_pilot(kind: PilotUsageKey, line: Line, chance: float) -> ServedInPilot:
    pilot, arm, pseudonym = kind.part
    return ServedInPilot(
        route=kind.route,
        method=kind.method,
        status=kind.status,
        pilot_id=pilot,
        arm=arm,
        pseudonym=pseudonym,
        fact=kind.fact,
        count=line.count,
        bytes=line.bytes,
        seconds=round(line.seconds, 3),
        cpu_seconds=line.rounded_cpu_seconds(chance),
        first=line.first.replace(microsecond=0),
        last=line.last.replace(microsecond=0),
    )
