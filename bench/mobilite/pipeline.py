"""The pipeline from an operator's message to a board, in this process, step by step.

The message has 60,000 stop updates of the largest network of the demo region, or all of them if it
has fewer: all new, 5 % changed, or none changed. The steps:

decode   the bytes into entities, without the unchanged ones
diff     the entities that changed since the last message
walk     the changed entities into events
seal     the events into records of the broker
open     the records into events, in the api role
live     the events into the state boards are made from
board    one board

`× parse` compares the total with protobuf's parse of the same bytes, which is the minimum; the
target is at most 10. It is parsed once, as each step runs once per message; `again` is the best of
five more parses, with warm caches. The broker, between `seal` and `open`, is measured by `streams`.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from google.transit import gtfs_realtime_pb2

from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.mobilite.messages import demo_timetable, noon, trip_updates
from mobilite.boards.api.departures import BoardRenderer
from mobilite.boards.flows.show_departures import get_board
from mobilite.events import TripUpdateV1
from mobilite.live.flows import Live, ServingSchedule
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.domain.entity_state import EntityState
from mobilite.polling.domain.feed_message import DecodedUpdate, FeedMessage
from mobilite.polling.flows.publish_entities import PublishedChange, PublishedState, in_batches
from mobilite.timetable.domain.timetable import Timetable
from socle.bus.envelope import Envelope, open_envelope
from socle.bus.limits import Limits
from socle.bus.table import split_by_size
from socle.clock import ManualClock
from socle.events import Event, Position, Received
from socle.kafka import Outgoing, Record
from socle.service.program import GC_THRESHOLDS

STOP_UPDATES = 60_000
FEED = "tao"
_RUNS = 3
_STEPS = ("decode", "diff", "walk", "seal", "open", "live", "board")

R = TypeVar("R")


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    gc.set_threshold(*GC_THRESHOLDS)
    rows: list[dict[str, Cell]] = []
    notes: list[str] = []
    for scale in options.scales:
        rows += _measure_scale(scale, notes)
    notes += [
        f"the median of {_RUNS} runs; CPU time, garbage collection as in the services",
        "poll role: decode, diff, walk, seal; api role: open, live, board (the first one after it)",
    ]
    title = f"{STOP_UPDATES:,} stop updates, from the poll to a board"
    Report("pipeline", title, rows, notes).show()


def _measure_scale(scale: int, notes: list[str]) -> list[dict[str, Cell]]:
    """One row for each case. Appends the size of the message to `notes`."""
    day = date.today()  # noqa: DTZ011  # any day the region runs
    timetable, now = demo_timetable(FEED, scale, day), noon(day)
    message = trip_updates(timetable, now, most=STOP_UPDATES)
    some = trip_updates(timetable, now, most=STOP_UPDATES, late=120, of=0.05)
    rest = trip_updates(timetable, now, most=STOP_UPDATES, late=0)
    cases = (
        ("all new", None, message.body),
        ("5 % changed", rest.body, some.body),
        ("none changed", message.body, message.body),
    )
    rows: list[dict[str, Cell]] = []
    for name, before, after in cases:
        runs = [_Pipeline(timetable, before).process_message(after) for _ in range(_RUNS)]
        row: dict[str, Cell] = {"size": f"{scale}×", "case": name, **_median(runs)}
        rows.append(measured("pipeline", row))
    notes.append(
        f"{scale}×: {message.stop_updates:,} stop updates of {message.runs:,} runs, "
        f"{len(message.body) / 1e6:.1f} MB"
    )
    return rows


def _median(runs: Sequence[dict[str, Cell]]) -> dict[str, Cell]:
    """The run with the median total."""
    return sorted(runs, key=lambda row: float(row["total ms"]))[len(runs) // 2]


class _Pipeline:
    """The pipeline of one feed that has already received `before`."""

    def __init__(self, timetable: Timetable, before: bytes | None) -> None:
        self._clock = ManualClock(noon(date.today()))  # noqa: DTZ011
        self._envelope = Envelope("bench", self._clock)
        self._live = Live()
        self._state: PublishedState = EntityState()
        self._read: Mapping[bytes, DecodedUpdate] = {}
        self._live.install(ServingSchedule(timetable))
        self._render = BoardRenderer()
        self._stop = f"{FEED}:{timetable.stop_ids[int(timetable.call_stop[0])]}"
        self._seconds: dict[str, float] = {}
        if before is not None:
            self.process_message(before)

    def process_message(self, body: bytes) -> dict[str, Cell]:
        """Take one message through all steps; returns its row, in milliseconds of CPU time."""
        self._clock.advance(timedelta(seconds=15).total_seconds())
        gc.collect()
        self._seconds = {}
        parse, again = _parse_seconds(body)
        gc.collect()
        message = self._step("decode", partial(self._decode, body))
        self._read = message.decoded
        after, changes = self._step("diff", lambda: self._diff(message.statements))
        # In the batches of the roles: by number of entities, then by bytes of records.
        for some in in_batches(changes):
            self._publish(some)
        self._step("board", self._board)
        self._state = after
        total = sum(self._seconds.values())
        steps = {f"{step} ms": self._seconds.get(step, 0.0) * 1000 for step in _STEPS}
        return {
            "changed": len(changes),
            "parse ms": parse * 1000,
            "again ms": again * 1000,
            **steps,
            "total ms": total * 1000,
            "× parse": total / parse,
            "× again": total / again,
        }

    def _publish(self, changes: Sequence[PublishedChange]) -> None:
        events = self._step("walk", partial(_decoded_entities, changes))
        sealed = self._step("seal", lambda: [self._envelope.seal(event) for event in events])
        events.clear()
        records = [_as_read(each, number) for number, each in enumerate(sealed)]
        for some in split_by_size(records, Limits().batch_bytes):
            opened = self._step("open", partial(_opened, some))
            self._step("live", partial(self._live.follow_trip_updates, opened))

    def _step(self, name: str, work: Callable[[], R]) -> R:
        started = time.process_time()
        result = work()
        self._seconds[name] = self._seconds.get(name, 0.0) + time.process_time() - started
        return result

    def _decode(self, body: bytes) -> FeedMessage:
        return decode_message(body, feed_id=FEED, source=0, known=self._read)

    def _diff(self, statements: object) -> tuple[PublishedState, list[PublishedChange]]:
        after = self._state.with_source(0, statements)  # type: ignore[arg-type]
        return after, after.changes(self._state)

    def _board(self) -> None:
        state = self._live.state
        self._render(state, get_board(state, self._stop, now=self._clock.now(), limit=20))


def _parse_seconds(body: bytes) -> tuple[float, float]:
    """CPU seconds of protobuf's parse of these bytes: the first time, and the best of six."""
    cpu_times = []
    for _ in range(6):
        started = time.process_time()
        gtfs_realtime_pb2.FeedMessage.FromString(body)
        cpu_times.append(time.process_time() - started)
    return cpu_times[0], min(cpu_times)


def _decoded_entities(changes: Sequence[PublishedChange]) -> list[Event]:
    events: list[Event] = []
    for change in changes:
        assert change.after is not None
        assert isinstance(change.after.content, bytes)
        events.append(decode_entity(change.key, change.after.content, feed_id=FEED, source=0)[0])
    return events


def _opened(records: Sequence[Record]) -> list[Received[TripUpdateV1]]:
    return [open_envelope(record, TripUpdateV1) for record in records]


def _as_read(sealed: Outgoing, number: int) -> Record:
    at = Position(sealed.topic, 0, number)
    return Record(at, sealed.key, sealed.value, sealed.headers, 0)


if __name__ == "__main__":
    main(Options())
