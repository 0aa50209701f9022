"""Snapshots: the state does not depend on the order and the batches of records."""

from itertools import pairwise

from boards import paris
from cities import LINE, STATION_STOPS, timetable_from_text
from hypothesis import given
from hypothesis import strategies as st

from mobilite.feed_status.domain.match_counts import MatchCounts, count_matches
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.snapshot import Snapshot
from mobilite.realtime.domain.source import Source
from mobilite.realtime.domain.trip_update import (
    StopProperties,
    StopTimeEvent,
    StopTimeUpdate,
    TripProperties,
    TripUpdate,
)
from mobilite.timetable.domain.feed_schedule import FeedSchedule

F = FeedId("f")
SEEN = int(paris("07:30:00").timestamp())
CITY = {
    **LINE,
    "stops.txt": STATION_STOPS,
    "trips.txt": """\
    route_id,service_id,trip_id
    r,daily,t
    r,daily,u
    """,
    "stop_times.txt": """\
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    t,08:00:00,08:00:00,s1,1
    t,08:10:00,08:11:00,s2,2
    t,08:20:00,08:20:00,s3,3
    u,08:30:00,08:30:00,s3,1
    u,08:40:00,08:40:00,s2,2
    u,08:50:00,08:50:00,s1,3
    """,
}
SCHEDULE = FeedSchedule(timetable_from_text(CITY))
FORMER = FeedSchedule(timetable_from_text(LINE))
EMPTY = FeedSnapshot(F, SCHEDULE)

times = st.integers(SEEN, SEEN + 7200)
NOTHING = st.none()
"""Absent fields: for a tuple, Hypothesis would generate the fields left out."""
delayed_stops = st.builds(
    StopTimeUpdate,
    arrival=NOTHING,
    stop_sequence=st.one_of(st.none(), st.integers(1, 4)),
    stop_id=st.one_of(st.none(), st.sampled_from(["s1", "s1b", "s2", "s3", "s9"])),
    departure=st.one_of(
        st.builds(StopTimeEvent, time=NOTHING, delay=st.integers(-120, 600), scheduled=NOTHING),
        st.builds(StopTimeEvent, time=times, delay=NOTHING, scheduled=st.one_of(NOTHING, times)),
    ),
    relationship=st.sampled_from(["SCHEDULED", "SCHEDULED", "SKIPPED", "NO_DATA"]),
    properties=st.one_of(
        st.none(),
        st.builds(
            StopProperties,
            assigned_stop_id=st.sampled_from(["s1", "s1b", "s2"]),
            pickup=st.sampled_from([None, 0, 1]),
        ),
    ),
)
VARIANTS = ("SCHEDULED", "SCHEDULED", "CANCELED", "DELETED", "UNSCHEDULED")
MAKING = ("ADDED", "NEW", "REPLACEMENT", "DUPLICATED")
days = st.sampled_from([None, ServiceDate.parse("20260302"), ServiceDate.parse("20260303")])
starts = st.sampled_from([None, None, 8 * 3600, 9 * 3600])
trip_updates = st.builds(
    TripUpdate,
    key=st.sampled_from(["k1", "k2", "k3", "k4"]),
    source=st.integers(0, 1),
    seen_at=st.integers(SEEN, SEEN + 3),
    trip_id=st.sampled_from(["t", "u", "elsewhere", "extra"]),
    start_date=days,
    start_time=starts,
    relationship=st.sampled_from(VARIANTS + MAKING),
    delay=st.one_of(st.none(), st.integers(-60, 300)),
    stop_updates=st.lists(delayed_stops, max_size=3).map(tuple),
    trip_properties=st.one_of(
        st.none(),
        st.builds(
            TripProperties,
            trip_id=st.sampled_from([None, "extra"]),
            start_date=days,
            start_time=starts,
        ),
    ),
)
records = st.one_of(
    trip_updates.map(lambda update: (update.key, update)),
    st.sampled_from([("k1", None), ("k2", None), ("k3", None), ("k4", None)]),
)


def same(one: FeedSnapshot, other: FeedSnapshot) -> bool:
    """Whether two snapshots are equal in every field."""
    claims = [{run: sorted(keys) for run, keys in each.claims.items()} for each in (one, other)]
    calls = [{key: run.calls for key, run in each.runs.items()} for each in (one, other)]
    return (
        (claims[0], calls[0]) == (claims[1], calls[1])
        and all(
            getattr(one, name) == getattr(other, name)
            for name in (
                "updates",
                "outcomes",
                "added_claims",
                "runs",
                "added_runs",
                "by_stop",
                "update_counts",
            )
        )
        and (one.late, one.early) == (other.late, other.early)
    )


@given(st.lists(records, max_size=12))
def test_one_by_one_and_all_at_once_are_the_same(
    content: list[tuple[str, TripUpdate | None]],
) -> None:
    step_by_step = EMPTY
    for key, update in content:
        step_by_step = step_by_step.with_updates({key: update})
    assert same(step_by_step, EMPTY.with_updates(dict(content)))
    assert same(step_by_step, step_by_step.with_schedule(SCHEDULE))


@given(st.lists(trip_updates, max_size=4, unique_by=lambda update: update.key), st.randoms())
def test_the_order_of_updates_does_not_matter(content: list[TripUpdate], random: object) -> None:
    changes = {update.key: update for update in content}
    keys = list(changes)
    random.shuffle(keys)  # type: ignore[attr-defined]  # hypothesis types it as object
    one = EMPTY.with_updates(changes)
    other = EMPTY.with_updates({key: changes[key] for key in keys})
    assert same(one, other)


@given(st.lists(records, max_size=8))
def test_reporting_it_twice_is_reporting_it_once(
    content: list[tuple[str, TripUpdate | None]],
) -> None:
    once = EMPTY.with_updates(dict(content))
    assert same(once, once.with_updates(dict(content)))


@given(st.lists(records, min_size=1, max_size=8))
def test_a_former_snapshot_never_changes(content: list[tuple[str, TripUpdate | None]]) -> None:
    states = [EMPTY]
    for key, update in content:
        states.append(states[-1].with_updates({key: update}))
    for before, after in pairwise(states):
        assert after.version > before.version
    assert same(EMPTY, FeedSnapshot(F, SCHEDULE))


@given(st.lists(records, max_size=8), st.lists(records, max_size=8))
def test_a_timetable_matched_in_a_thread_takes_in_what_was_received_meanwhile(
    before: list[tuple[str, TripUpdate | None]], meanwhile: list[tuple[str, TripUpdate | None]]
) -> None:
    # When address 0 is fresh again, address 1 is the silent one.
    base = FeedSnapshot(F, FORMER).with_source(1, Source(SEEN - 400)).with_updates(dict(before))
    offloaded = base.with_schedule(SCHEDULE)
    current = base.with_updates(dict(meanwhile)).with_source(0, Source(SEEN))
    swapped = offloaded.in_place_of(current)
    assert same(swapped, current.with_schedule(SCHEDULE))
    assert swapped.sources == current.sources
    assert swapped.version > current.version
    assert not swapped.news_since(current)


@given(st.lists(records, max_size=8))
def test_one_feed_never_touches_another(content: list[tuple[str, TripUpdate | None]]) -> None:
    other = FeedSnapshot(FeedId("g"), SCHEDULE).with_updates(dict(content))
    region = Snapshot().with_feed(other).with_feed(EMPTY.with_updates(dict(content)))
    region = region.with_feed(region.feed(F).with_updates({key: None for key, _ in content}))
    assert region.feed(FeedId("g")) is other
    assert not region.feed(F).runs


@given(st.lists(records, max_size=8))
def test_every_update_is_tallied_once(content: list[tuple[str, TripUpdate | None]]) -> None:
    feed = EMPTY.with_updates(dict(content))
    for source, counted in count_matches(feed).items():
        result = sum(update.source == source for update in feed.updates.values())
        others = sum(counted.unmatched.values()) + sum(counted.rejected.values())
        assert result == counted.matched + counted.added + others + counted.waiting


@given(st.lists(records, max_size=8))
def test_every_run_retains_to_its_own_order_and_bounds(
    content: list[tuple[str, TripUpdate | None]],
) -> None:
    """Times never go back, and what a board leaves out as too early or too late is so."""
    feed = EMPTY.with_updates(dict(content))
    for run in feed.runs.values():
        pairs = zip(run.calls.arrivals, run.calls.departures, strict=True)
        shuffled = [time for pair in pairs for time in pair]
        assert shuffled == sorted(shuffled)
        for result, planned in zip(run.calls.departures, run.departures, strict=True):
            assert -run.early <= result - planned <= run.late
            assert run.early <= feed.early
            assert run.late <= feed.late


@given(st.lists(records, max_size=8))
def test_the_index_holds_what_the_runs_show(content: list[tuple[str, TripUpdate | None]]) -> None:
    feed = EMPTY.with_updates(dict(content))
    displayed = {
        (stop, run.departures[position], key, position)
        for key, run in feed.runs.items()
        for stop, position in run.boardings()
    }
    indexed = [(stop, *call) for stop, calls in feed.by_stop.items() for call in calls]
    assert len(indexed) == len(displayed)
    assert set(indexed) == displayed
    for calls in feed.by_stop.values():
        assert list(calls) == sorted(calls)


def test_updates_wait_for_a_timetable_and_outlive_it() -> None:
    update = TripUpdate(key="k", source=0, seen_at=SEEN, trip_id="t", delay=60)
    waiting = FeedSnapshot(F).with_updates({"k": update})
    assert count_matches(waiting) == {0: MatchCounts(waiting=1)}
    served = waiting.with_schedule(SCHEDULE)
    assert count_matches(served) == {0: MatchCounts(matched=1)}
    assert count_matches(served.with_schedule(None)) == {0: MatchCounts(waiting=1)}


def test_of_two_updates_for_one_run_the_one_measured_last_is_believed() -> None:
    older = TripUpdate(key="a", source=0, seen_at=SEEN, trip_id="t", delay=60)
    newer = TripUpdate(key="b", source=1, seen_at=SEEN + 1, trip_id="t", delay=120)
    feed = EMPTY.with_updates({"b": newer}).with_updates({"a": older})
    assert [run.update.key for run in feed.runs.values()] == ["b"]
    feed = feed.with_updates({"b": None})
    assert [run.update.key for run in feed.runs.values()] == ["a"]


def test_an_address_gone_silent_yields_its_runs_to_one_that_speaks() -> None:
    """Unchanged updates are not published again, so the polls determine which address is silent."""
    quiet = TripUpdate(key="a", source=0, seen_at=SEEN + 1, trip_id="t", delay=60)
    steady = TripUpdate(key="b", source=1, seen_at=SEEN, trip_id="t", delay=120)
    feed = EMPTY.with_source(0, Source(SEEN)).with_source(1, Source(SEEN))
    feed = feed.with_updates({"a": quiet, "b": steady})
    assert [run.update.key for run in feed.runs.values()] == ["a"]
    feed = feed.with_source(1, Source(SEEN + 301))
    assert [run.update.key for run in feed.runs.values()] == ["b"]
    assert same(feed, feed.with_schedule(SCHEDULE))
    feed = feed.with_source(0, Source(SEEN + 302))
    assert [run.update.key for run in feed.runs.values()] == ["a"]
