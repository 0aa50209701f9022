"""How soon who follows a journey learns that its tram is cancelled.

An operator of the demo region writes its GTFS-Realtime message in a file, at random instants; the
platform reads it, with default settings, within a second of its change. Each message cancels the
tram of one more journey, which is followed through the gateway (`POST /journeys/{id}/watch`).
Measured: from the file's write to the event that says so, with other plans. Target: two seconds.
"""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from google.transit import gtfs_realtime_pb2

from bench.measuring.house_key import house_key
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.running import demo
from bench.mobilite.messages import demo_archive, noon
from mobilite.settings import MobiliteSettings

FEED: Final = "tao"
FROM, TO = f"{FEED}:gare-d-orleans", f"{FEED}:hopital-de-la-source"
JOURNEYS: Final = 20
_EVERY = timedelta(minutes=15)
"""Between the departures of two followed journeys, so that each has a tram of its own."""
_TIMEOUT_SECONDS = 30.0


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows = [measured("journey_watch", _measure(scale)) for scale in options.scales]
    notes = [f"{JOURNEYS} cancellations a row, in a file, which is read soon after its change"]
    title = "From an operator's file to the event of a followed journey"
    Report("journey_watch", title, rows, notes).show()


def _measure(scale: int) -> dict[str, Cell]:
    at, random = noon(datetime.now(UTC).date()), Random(1)
    with TemporaryDirectory() as folder:
        operator = _Operator(Path(folder), scale, at)
        words = ("--feeds", str(operator.feeds), "--at", at.isoformat())
        settings = {"MOBILITE_POLL_SECONDS": f"{_interval():g}"}
        with demo(Path(folder) / "platform", *words, settings=settings) as platform:
            api = _Api(platform.address)
            seconds, plans = [], 0
            for number in range(1, JOURNEYS + 1):
                journey = api.journey(at + number * _EVERY)
                with closing(api.watch(journey["id"])) as connection:
                    events = _events(connection)
                    assert next(events)["possible"]
                    time.sleep(random.random())
                    written = operator.cancel(journey)
                    event = next(each for each in events if not each["possible"])
                    seconds.append(time.perf_counter() - written)
                    plans += len(event["alternatives"]["journeys"]) > 0
    return {
        "size": f"{scale}×",
        "p50 s": percentile(seconds, 0.5),
        "longest s": max(seconds),
        "with other plans": plans,
    }


def _interval() -> float:
    """The default interval of polls, in seconds."""
    return float(MobiliteSettings.model_fields["poll_seconds"].default)


class _Operator:
    """An operator whose timetable and message are files."""

    def __init__(self, folder: Path, scale: int, at: datetime) -> None:
        """`at`: the instant of its messages."""
        self.feeds, self._real_time = folder / "feeds.toml", folder / "rt.pb"
        (folder / "gtfs.zip").write_bytes(demo_archive(FEED, scale, at.date()))
        self.feeds.write_text(
            f'[[feed]]\nid = "{FEED}"\nname = "{FEED}"\ngtfs = "gtfs.zip"\ngtfs_rt = ["rt.pb"]\n'
        )
        self._at, self._message = at, gtfs_realtime_pb2.FeedMessage()
        self._message.header.gtfs_realtime_version = "2.0"
        self._write()

    def cancel(self, journey: Any) -> float:
        """Cancel the first ride of a journey too. Returns when, by the performance counter."""
        ride = next(leg for leg in journey["legs"] if leg["trip_id"])
        trip = self._message.entity.add(id=ride["trip_id"]).trip_update.trip
        trip.trip_id, trip.start_date = ride["trip_id"], ride["start_date"]
        trip.schedule_relationship = gtfs_realtime_pb2.TripDescriptor.CANCELED
        return self._write()

    def _write(self) -> float:
        self._message.header.timestamp = int(self._at.timestamp()) + len(self._message.entity)
        draft = self._real_time.with_suffix(".draft")
        draft.write_bytes(self._message.SerializeToString())
        draft.replace(self._real_time)
        return time.perf_counter()


class _Api:
    """The public API, through the gateway."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address).netloc

    def journey(self, at: datetime) -> Any:
        """The first journey from then on. Waits until the platform has the timetable."""
        query = urlencode({"from": FROM, "to": TO, "at": at.isoformat(), "modes": "tram"})
        while True:
            with closing(self._send("GET", f"/mobilite/v1/journeys?{query}")) as connection:
                answer = json.load(connection.getresponse())
            if answer.get("journeys"):
                return answer["journeys"][0]
            time.sleep(0.5)

    def watch(self, journey_id: str) -> http.client.HTTPConnection:
        """A connection that follows a journey."""
        return self._send("POST", f"/mobilite/v1/journeys/{quote(journey_id)}/watch")

    def _send(self, method: str, target: str) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
        connection.request(method, target, headers=house_key())
        return connection


def _events(connection: http.client.HTTPConnection) -> Iterator[Any]:
    """The contents of the events of a stream."""
    for line in connection.getresponse():
        if line.startswith(b"data:"):
            yield json.loads(line.removeprefix(b"data:"))
