"""A city of one bus whose passages are observed and archived."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from boards import TODAY, City, city_of_one_bus, paris, update

from mobilite.gtfs.domain.ids import FeedId
from mobilite.passages.adapters.passage_archive import PassageArchive
from mobilite.passages.flows.record_passages import PassageRecorder
from socle.clock import ManualClock

FEED: Final = FeedId("f")


class Observed:
    """What is observed of the bus, which leaves s1 at 08:00 and ends at s4 at 08:30."""

    def __init__(self, archive: Path | PassageArchive, city: City | None = None) -> None:
        """`archive`: or its folder."""
        self.city = city_of_one_bus() if city is None else city
        self.clock = ManualClock(self.city.now)
        self.archive = archive if isinstance(archive, PassageArchive) else PassageArchive(archive)
        self.recorder = PassageRecorder(lambda: self.city.live.state, self.clock, self.archive)

    def at(self, time: str, message: str | None = None, day: str = "2026-03-02") -> None:
        """Observe at a local time, after a message then; None: the address is silent."""
        self.city.now = paris(time, day)
        self.clock.advance((self.city.now - self.clock.now()).total_seconds())
        if message is not None:
            self.city.publish(message)
        self.recorder.observe()

    def rows(self, source: str = "predictions") -> list[dict[str, Any]]:
        """The rows of the service date, of one source, by call. What was observed is stored."""
        self.recorder.store()
        now = int(self.clock.now().timestamp()) + 86_400
        table, _ = self.archive.read_day(self.city.now.date(), FEED, now)
        return [row for row in table.to_pylist() if row["source"] == source]

    def delays(self, source: str = "predictions") -> list[int | None]:
        """The delay of each departure in seconds; None where it was not observed."""
        return [
            None
            if row["observed_departure"] is None
            else int((row["observed_departure"] - row["scheduled_departure"]).total_seconds())
            for row in self.rows(source)
        ]

    def states(self, source: str = "predictions") -> list[str]:
        """The state of each call."""
        return [row["state"] for row in self.rows(source)]


def bus(*, trip: str = TODAY, **delays: int) -> str:
    """The bus with the delays (seconds) of some stops, by stop_sequence: `s1=60`."""
    stops = "".join(
        f"stop_time_update {{ stop_sequence: {name[1:]} "
        f"arrival {{ delay: {delay} }} departure {{ delay: {delay} }} }}"
        for name, delay in delays.items()
    )
    return update(trip, stops)


def skipping(*sequences: int, first: int = 1) -> str:
    """The bus on time from a stop on, that skips these."""
    stops: Sequence[str] = [
        f"stop_time_update {{ stop_sequence: {each} schedule_relationship: SKIPPED }}"
        if each in sequences
        else f"stop_time_update {{ stop_sequence: {each} arrival {{ delay: 0 }} }}"
        for each in range(first, 5)
    ]
    return update(TODAY, "".join(stops))
