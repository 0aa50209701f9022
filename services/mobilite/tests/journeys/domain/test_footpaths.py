"""Ways on foot: transfers.txt, stations, walks."""

import numpy as np
import pytest
from cities import LINE
from hypothesis import given, settings
from hypothesis import strategies as st
from journeys import Region, stop_id

from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.near import pairs_within
from socle.testing import sized

STATION = {
    **LINE,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.9,1.9,1,
s1,Quai 1,47.9,1.9,0,gare
s2,Quai 2,47.9,1.901,0,gare
s3,Place,47.9015,1.9,0,
s4,Lac,47.93,1.9,0,
""",
}


def ways(region: Region) -> dict[tuple[str, str], tuple[int, int]]:
    """Seconds and metres by the ends of each way."""
    paths, network = region.ways.onwards, region.network
    sources = np.repeat(np.arange(network.stops), np.diff(paths.first))
    rows = zip(sources, paths.target, paths.seconds, paths.metres, strict=True)
    return {
        (stop_id(network, one), stop_id(network, other)): (int(seconds), int(metres))
        for one, other, seconds, metres in rows
    }


def with_transfers(*rows: str) -> dict[str, str]:
    head = "from_stop_id,to_stop_id,transfer_type,min_transfer_time"
    return {**STATION, "transfers.txt": "\n".join([head, *rows, ""])}


def test_a_station_connects_its_platforms_and_a_stop_itself() -> None:
    found = ways(Region.of(STATION))
    assert found["s1", "s2"] == (78, 0)
    assert found["s1", "s1"] == (0, 0)
    assert ("s1", "s3") not in found


def test_walks_are_as_long_as_the_ways_and_no_longer_than_allowed() -> None:
    found = ways(Region.of(STATION, longest=250))
    assert found["s1", "s3"] == (174, 217)
    assert ("s2", "s3") in found
    assert ("s1", "s3") not in ways(Region.of(STATION, longest=216))
    assert ("s1", "s4") not in found


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("s1,s3,2,300", (300, 0)),
        ("s1,s3,0,", (174, 0)),
        ("s1,s3,1,", (0, 0)),
        ("gare,s3,2,240", (240, 0)),
        ("s1,s3,3,", None),
    ],
)
def test_a_transfer_gives_the_time_of_its_change(
    row: str, expected: tuple[int, int] | None
) -> None:
    assert ways(Region.of(with_transfers(row), longest=500)).get(("s1", "s3")) == expected


def test_a_platforms_own_row_wins_over_its_stations() -> None:
    region = Region.of(with_transfers("s1,s2,2,60", "gare,gare,2,400", "s2,s2,3,"))
    found = ways(region)
    assert found["s1", "s2"] == (60, 0)
    assert found["s2", "s1"] == (400, 0)
    assert found["s1", "s1"] == (400, 0)
    assert ("s2", "s2") not in found


def test_ways_are_the_same_backwards() -> None:
    region = Region.of(with_transfers("s1,s3,2,300"), longest=400)
    back = Region.of(with_transfers("s1,s3,2,300"), longest=400)
    back.ways = type(back.ways)(back.ways.back, back.ways.onwards)
    reversed_ways = {(other, one): way for (one, other), way in ways(back).items()}
    assert reversed_ways == ways(region)


places = st.lists(
    st.tuples(st.floats(47.8, 48.0), st.floats(1.8, 2.2)) | st.just((float("nan"), 1.9)),
    max_size=30,
)


@settings(max_examples=sized(60, deep=1_000), deadline=None)
@given(places, st.sampled_from([50, 900, 5_000, 80_000]))
def test_pairs_by_the_grid_are_those_of_every_distance(
    found: list[tuple[float, float]], radius: int
) -> None:
    lat, lon = np.array(found, np.float64).reshape(-1, 2).T
    source, target, apart = pairs_within(lat, lon, radius)
    expected = {
        (one, int(other)): distance
        for one in range(len(lat))
        for other, distance in enumerate(distances(lat[one], lon[one], lat, lon))
        if one != other and distance <= radius
    }
    results = zip(source.tolist(), target.tolist(), apart.tolist(), strict=True)
    assert {(one, other): distance for one, other, distance in results} == expected
