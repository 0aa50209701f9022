"""Random TripModifications and updates of modified trips, for `test_boards_with_detours`."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from random_cities import STOPS, Case, cases, clock, events, properties, stop_updates

Rows = list[list[str]]
"""Rows of stop_times.txt."""


@st.composite
def selectors(draw: st.DrawFn, row: list[str]) -> str:
    """A StopSelector of a call, seldom a wrong one."""
    other = draw(st.sampled_from([*STOPS, "x"]))
    return draw(
        st.sampled_from(
            [
                *[f"stop_sequence: {row[4]}"] * 16,
                *[f'stop_sequence: {row[4]} stop_id: "{row[3]}"'] * 8,
                f'stop_id: "{row[3]}"',
                f'stop_sequence: {row[4]} stop_id: "{other}"',
            ]
        )
    )


@st.composite
def modifications(draw: st.DrawFn, rows: Rows, first: int, last: int) -> str:
    """A Modification of the calls from `first` to `last`, or of none before `first`."""
    stops = []
    travel = draw(st.sampled_from([0, 0, 60, -120]))
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 3]))):
        travel += draw(st.sampled_from([60, 300, 300, -60, 4000]))
        time = draw(st.sampled_from([f"travel_time_to_stop: {travel}", ""]))
        stop = draw(st.sampled_from([*STOPS, *STOPS, "gare", "x"]))
        stops.append(f'replacement_stops {{ stop_id: "{stop}" {time} }}')
    end = f"end_stop_selector {{ {draw(selectors(rows[last]))} }}"
    delay = draw(st.sampled_from([0, 0, 120, -90]))
    return (
        f"modifications {{ start_stop_selector {{ {draw(selectors(rows[first]))} }} "
        f"{draw(st.sampled_from([end, end, end, '']))} {' '.join(stops)} "
        f"propagated_modification_delay: {delay} }}"
    )


@st.composite
def detours(draw: st.DrawFn, all_rows: Rows, trip: str, now: datetime, number: int) -> str:
    """One entity: TripModifications of a trip and of another one, on some days around now."""
    rows = [row for row in all_rows if row[0] == trip]
    trips = {trip, draw(st.sampled_from([*(row[0] for row in all_rows), "elsewhere"]))}
    selected = " ".join(f'trip_ids: "{each}"' for each in sorted(trips))
    days = draw(st.sampled_from([(-1, 0, 1), (-1, 0, 1), (-2, -1, 0), (0,), (1, 2)]))
    dates = " ".join(f'service_dates: "{now + timedelta(days=n):%Y%m%d}"' for n in days)
    starts = draw(st.sampled_from(["", 'start_times: "08:20:00"']))
    parts: list[str] = []
    place = 0
    while place < len(rows) and len(parts) < 3:
        first = draw(st.integers(place, len(rows) - 1))
        last = draw(st.integers(first, min(first + 1, len(rows) - 1)))
        parts.append(draw(modifications(rows, first, last)))
        # Sometimes the next one overlaps.
        place = last + draw(st.sampled_from([1, 1, 2, 2, 1, 2, 1, 9, 9, 9, 9, 0]))
    shuffled = " ".join(draw(st.permutations(parts)))
    return (
        f'entity {{ id: "m{number}" trip_modifications {{ selected_trips {{ {selected} }} '
        f"{dates} {starts} {shuffled} }} }}"
    )


@st.composite
def modified_updates(draw: st.DrawFn, trip: str, now: datetime, number: int) -> str:
    """One entity: a TripUpdate of a modified trip, whose calls are numbered from 1."""
    seconds, stops = int(now.timestamp()), []
    for sequence in sorted(draw(st.sets(st.integers(1, 7), max_size=4))):
        variant = draw(st.sampled_from(["SCHEDULED"] * 5 + ["SKIPPED", "NO_DATA"]))
        content = f"{draw(events('arrival', seconds))} {draw(events('departure', seconds))}"
        stop = draw(st.sampled_from(["", "", *(f'stop_id: "{each}"' for each in STOPS)]))
        stops.append(
            f"stop_time_update {{ stop_sequence: {sequence} {stop} {content} "
            f"schedule_relationship: {variant} {draw(properties())} }}"
        )
    day = now + timedelta(days=draw(st.sampled_from([-1, 0, 0, 0, 1])))
    start = draw(st.sampled_from(["", "", f'start_time: "{clock(8 * 3600 + 1200)}"']))
    name = draw(st.sampled_from(["m0", "m0", "m0", "m1"]))
    variant = draw(st.sampled_from([*["SCHEDULED"] * 6, "CANCELED", "DELETED", "REPLACEMENT"]))
    return (
        f'entity {{ id: "v{number}" trip_update {{ trip {{ schedule_relationship: {variant} '
        f'modified_trip {{ modifications_id: "{name}" affected_trip_id: "{trip}" '
        f'start_date: "{day:%Y%m%d}" {start} }} }} {" ".join(stops)} '
        f"timestamp: {seconds - 20 + number} }} }}"
    )


@st.composite
def original_updates(draw: st.DrawFn, rows: Rows, trip: str, now: datetime) -> str:
    """One entity: a TripUpdate of the trip without its modifications, measured last."""
    seconds, day = int(now.timestamp()), now + timedelta(days=draw(st.sampled_from([-1, 0, 0])))
    own = [row for row in rows if row[0] == trip]
    stops = " ".join(draw(st.lists(stop_updates(own, seconds), min_size=1, max_size=4)))
    return (
        f'entity {{ id: "o" trip_update {{ trip {{ trip_id: "{trip}" start_time: "08:20:00" '
        f'start_date: "{day:%Y%m%d}" }} {stops} timestamp: {seconds} }} }}'
    )


@st.composite
def cases_with_detours(draw: st.DrawFn) -> Case:
    """A city, its trip updates, one or two detours, and updates of their trips."""
    case = draw(cases())
    rows = [line.split(",") for line in case.files["stop_times.txt"].split("\n")[1:-1]]
    trips = st.sampled_from([row[0] for row in rows])
    trip = draw(trips)
    entities = [draw(detours(rows, trip, case.at, 0))]
    entities += draw(st.lists(detours(rows, draw(trips), case.at, 1), max_size=1))
    for number in range(draw(st.sampled_from([0, 1, 1, 2]))):
        entities.append(draw(modified_updates(trip, case.at, number)))
    entities += draw(st.lists(original_updates(rows, trip, case.at), max_size=1))
    others = draw(st.sampled_from([case.message, "", ""]))
    return replace(case, message=" ".join([others, *entities]))
