"""Search of places, in this process: completions as one types, with and without typos.

On the stops of the demo region at its greatest scale, repeated to 20,000 under other names, with
as many departures; hubs are found among them. The target is p95 under 10 ms.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from time import perf_counter

from bench.measuring.completions import completion_row
from bench.measuring.options import Options
from bench.measuring.report import Report
from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report as ImportReport
from mobilite.places.domain.feed_stops import FeedStops, ListedStop
from mobilite.places.domain.region_places import Gazetteer, region_places
from mobilite.text_search.domain.search_words import search_words
from mobilite.timetable.domain.feed_schedule import FeedSchedule

STOPS = 20_000
_SCALE = 16
_QUERIES = 600
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def main(options: Options) -> None:
    """Measure; print and save the table."""
    feeds, seconds = _feeds()
    started = perf_counter()
    places = region_places(feeds, Gazetteer())
    derived = perf_counter() - started
    stops = [stop for feed in feeds.values() for stop in feed.stops]
    random = Random(1)
    names = [random.choice(stops).name for _ in range(_QUERIES)]

    def search(text: str) -> Sequence[object]:
        return places.search.search(text).places

    rows = [
        completion_row("names", names, search),
        completion_row("beginnings", [name[: random.randint(1, 8)] for name in names], search),
        completion_row("one typo", [_typo(name, random) for name in names], search),
        completion_row("nothing", ["xq" + name[::-1] for name in names], search),
    ]
    several = sum(len({stop.feed_id for stop in hub.stops}) > 1 for hub in places.hubs.hubs)
    notes = (
        f"{len(stops):,} stops in {len(feeds)} feeds: {len(places.hubs.hubs):,} hubs, {several} of "
        "several networks",
        f"stops derived in {seconds * 1000:.0f} ms; hubs and index in {derived * 1000:.0f} ms",
    )
    Report("places", "A completion of the search, in process", rows, notes).show()


def _feeds() -> tuple[dict[FeedId, FeedStops], float]:
    """The stops of the region, repeated up to `STOPS`, and the seconds to derive them."""
    feeds, seconds = dict[FeedId, FeedStops](), 0.0
    with tempfile.TemporaryDirectory() as folder:
        for operator in region(_SCALE):
            archive = Path(folder) / f"{operator.id}.zip"
            archive.write_bytes(gtfs_zip(operator, date.today()))  # noqa: DTZ011  # any day
            timetable = read_timetable(
                archive, FeedId(operator.id), ImportReport(), ArchiveLimits()
            )
            started = perf_counter()
            feeds[timetable.feed_id] = FeedStops.of(FeedSchedule(timetable))
            seconds += perf_counter() - started
    copies = _copies([stop for feed in feeds.values() for stop in feed.stops])
    count = sum(len(feed.stops) for feed in feeds.values())
    more = tuple(next(copies) for _ in range(max(0, STOPS - count)))
    return {**feeds, FeedId("more"): FeedStops(more, frozenset())}, seconds


def _copies(stops: list[ListedStop]) -> Iterator[ListedStop]:
    """Stops under names of two others, elsewhere, without end."""
    random = Random(2)
    while True:
        for number, stop in enumerate(random.sample(stops, len(stops))):
            name = f"{stop.name} {random.choice(stops).name.split()[-1]}"
            yield replace(
                stop,
                id=GlobalId(f"more:{random.getrandbits(48)}-{number}"),
                feed_id=FeedId("more"),
                name=name,
                words=search_words(name),
                lat=stop.lat + random.uniform(-0.5, 0.5),
                lon=stop.lon + random.uniform(-0.5, 0.5),
            )


def _typo(name: str, random: Random) -> str:
    at = random.randrange(len(name))
    return name[:at] + random.choice(_LETTERS) + name[at + 1 :]


if __name__ == "__main__":
    main(Options())
