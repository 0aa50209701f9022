"""The indicators role: observes passages in the live state, archives them and computes figures."""

from fastapi import FastAPI

from mobilite.gtfs.domain.ids import FeedId
from mobilite.indicators.adapters.daily_tables import StoredTables
from mobilite.indicators.adapters.punctuality_metrics import set_punctuality
from mobilite.indicators.api.punctuality import punctuality_router
from mobilite.indicators.api.waits import waits_router
from mobilite.indicators.domain.punctuality import OnTime
from mobilite.indicators.flows.list_accuracy import ACCURACY
from mobilite.indicators.flows.list_punctuality import PUNCTUALITY, PUNCTUALITY_BY_STOP
from mobilite.indicators.flows.list_regularity import REGULARITY
from mobilite.indicators.flows.report_punctuality import PunctualityReporter
from mobilite.live.flows import Live
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.passages.adapters.passage_archive import PassageArchive
from mobilite.passages.adapters.passage_checksums import stored_checksum
from mobilite.passages.adapters.passage_metrics import count_failure, count_passage
from mobilite.passages.api.passages import passages_router
from mobilite.passages.flows.record_passages import PassageRecorder
from mobilite.settings import MobiliteSettings
from mobilite.wiring.feed_quality import wire_feed_quality
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.shared import Start
from mobilite.wiring.supply import wire_supply
from socle.bus import Bus
from socle.service import RunningRole, combine

FIGURES = (PUNCTUALITY, PUNCTUALITY_BY_STOP, REGULARITY, ACCURACY)
"""The figures that are stored for each service date, which `--recompute` writes again."""
_PATIENCE = 10.0
"""Seconds that a request for figures waits for those before."""


async def wire_figures(given: Start, bus: Bus, live: Live, app: FastAPI) -> RunningRole:
    """Add the endpoints under `/indicators` to `app`, with the tasks that they need. `bus`: for
    tables that are not in `live`."""
    settings = given.settings
    # Not by the number of processors, which is the host's: the memory is this role's. Those that
    # read little do not wait for long periods.
    figures, lists = SearchLimiter(1, patience=_PATIENCE), SearchLimiter(1)
    archive, tables = open_tables(settings)
    rule = on_time(settings)

    def licence_of(feed_id: FeedId) -> str | None:
        announced = live.state.timetables.get(feed_id)
        return None if announced is None else announced.licence

    for router in (
        punctuality_router(tables, rule, given.clock, figures),
        waits_router(tables, given.clock, figures),
        passages_router(archive, licence_of, stored_checksum, lists),
    ):
        router.add_to(app, prefix=PREFIX)
    recorder = PassageRecorder(lambda: live.state, given.clock, archive, count_passage)
    reporter = PunctualityReporter(tables, rule, given.clock, set_punctuality)
    return combine(
        RunningRole(
            tasks={"passages": recorder.run, "punctuality": reporter.run},
            audiences=frozenset({"mobilite_indicators"}),
        ),
        wire_supply(given, live, app, lists),
        wire_feed_quality(given, bus, live, app, lists),
    )


def open_tables(settings: MobiliteSettings) -> tuple[PassageArchive, StoredTables]:
    """The archive of passages, and the tables of the figures computed from it."""
    archive = PassageArchive(settings.data / "passages", settings.passages_days, count_failure)
    return archive, StoredTables(archive, settings.data / "figures", count_failure)


def on_time(settings: MobiliteSettings) -> OnTime:
    """What counts as on time."""
    return OnTime(
        settings.on_time_early_seconds,
        settings.on_time_late_seconds,
        settings.on_time_rail_late_seconds,
    )
