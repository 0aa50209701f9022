"""Usage, published once a second without delaying any request.

An exchange is added to an aggregate in memory. Each second the aggregate is closed and published,
and a new one is started; while the broker is unreachable the open one grows by keys and not by
exchanges, so memory is bounded. Only a killed process loses usage: what it answered since its last
record, which is a second old, or as old as an outage of the broker.
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
    PilotPart,
    PilotUsageKey,
    UsageAggregate,
    UsageKey,
    UsageTotals,
)
from gateway.metering.ports import UsageLedger, UsageRecorder
from gateway.quotas.domain.quota_subject import public_account
from gateway.routes.domain.request_context import PUBLIC, RequestContext
from socle.clock import Clock
from socle.errors import Retry

log = logging.getLogger("gateway.meter")

MAX_KEYS: Final = 20_000
_INTERVAL_SECONDS: Final = 1.0
_LINES_PER_RECORD: Final = 500
_RETRY_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 5.0


def parts_without_pseudonyms(context: RequestContext) -> Sequence[PilotPart]:
    """The pilots of a request, without pseudonyms."""
    return [(pilot, arm, None) for pilot, arm in context.arms.items()]


class UsageMeter:
    """Counts the exchanges of one replica and publishes them each second.

    `replica`: the random id of this process.
    `parts`: the pilots of an exchange, with pseudonyms.
    `max_keys`: see `UsageAggregate`.
    `chance`: makes random numbers from 0 to 1.
    """

    def __init__(
        self,
        ledger: UsageLedger,
        recorder: UsageRecorder,
        *,
        replica: str,
        clock: Clock,
        parts: Callable[[RequestContext], Sequence[PilotPart]] = parts_without_pseudonyms,
        max_keys: int = MAX_KEYS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ledger, self._recorder, self._clock = ledger, recorder, clock
        self._replica, self._parts, self._max_keys = replica, parts, max_keys
        self._aggregate, self._chance = UsageAggregate(max_keys), chance
        self._sequence = 0
        self._publishing: asyncio.Task[None] | None = None

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
        """Add one exchange.

        `status`: 0 if there was no response.
        `context`: None if the request matched no route.
        `size`: bytes of the response body.
        `seconds`: to the last byte.
        `answered`: seconds to the head of the response, used for streams only: for others the time
        to the last byte counts.
        `cpu_seconds`: CPU time, if known.
        """
        plan, account = PUBLIC, None
        parts: Sequence[PilotPart] = ()
        fact = None
        if context is not None:
            plan, account, fact = context.plan, public_account(context.account), context.fact
            if context.arms:
                parts = self._parts(context)
        method_label = method if method in METHODS else OTHER
        key = UsageKey(route, method_label, status or CLIENT_CLOSED_REQUEST, plan, account)
        at = self._clock.now()
        streams = context is not None and context.route.streaming
        answered = answered if streams and status else seconds
        measured = cpu_seconds is not None
        for line in self._aggregate.lines_of(key, parts, at, fact, measured=measured):
            line.add(size=size, seconds=seconds, answered=answered, at=at, cpu_seconds=cpu_seconds)

    async def run(self) -> None:
        """Publish each second. Runs until cancelled."""
        while True:
            await self._clock.sleep(_INTERVAL_SECONDS)
            if len(self._aggregate):
                self._publishing = asyncio.create_task(self._publish(self._seal()), name="metering")
                await asyncio.shield(self._publishing)

    async def close(self) -> None:
        """Publish the rest when the process stops; what is late is lost and logged."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                if self._publishing is not None:
                    await self._publishing
                await self._publish(self._seal(stopped=True))
        except TimeoutError:
            log.error("The last usage could not be published: the broker is unreachable")

    def _seal(self, *, stopped: bool = False) -> list[RequestServedV2]:
        """The records of the open aggregate; starts a new one."""
        aggregate, self._aggregate = self._aggregate, UsageAggregate(self._max_keys)
        self._recorder.add(aggregate, self._clock.now())
        lines = iter(aggregate.lines.items())
        # Sorted, so that the order does not link lines to exchanges.
        in_pilots = iter(sorted(aggregate.in_pilots.items(), key=lambda each: repr(each[0])))
        records = []
        while batch := [_line(key, line) for key, line in islice(lines, _LINES_PER_RECORD)]:
            records.append(self._record(lines=tuple(batch)))
        while in_pilots_batch := self._in_pilots(islice(in_pilots, _LINES_PER_RECORD)):
            records.append(self._record(in_pilots=tuple(in_pilots_batch)))
        if stopped:
            records.append(self._record(stopped=True))
        return records

    def _in_pilots(self, lines: Iterable[tuple[PilotUsageKey, UsageTotals]]) -> list[ServedInPilot]:
        return [_in_pilot(key, line, self._chance()) for key, line in lines]

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

    async def _publish(self, records: Sequence[RequestServedV2]) -> None:
        for record in records:
            while True:
                try:
                    await self._ledger.publish(record)
                    break
                except Retry as retry:
                    log.warning("Usage is published later: %s", retry.message)
                    await self._clock.sleep(_RETRY_SECONDS)


def _line(key: UsageKey, line: UsageTotals) -> ServedLine:
    return ServedLine(
        route=key.route,
        method=key.method,
        status=key.status,
        plan=key.plan,
        account=key.account,
        count=line.count,
        bytes=line.bytes,
        seconds=round(line.seconds, 6),
        first=line.first,
        last=line.last,
    )


def _in_pilot(key: PilotUsageKey, line: UsageTotals, chance: float) -> ServedInPilot:
    pilot, arm, pseudonym = key.part
    return ServedInPilot(
        route=key.route,
        method=key.method,
        status=key.status,
        pilot_id=pilot,
        arm=arm,
        pseudonym=pseudonym,
        fact=key.fact,
        count=line.count,
        bytes=line.bytes,
        seconds=round(line.seconds, 3),
        cpu_seconds=line.rounded_cpu_seconds(chance),
        first=line.first.replace(microsecond=0),
        last=line.last.replace(microsecond=0),
    )
