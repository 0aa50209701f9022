"""All stops, page by page: each once, in the order of feeds and ids."""

import pytest
from boards import City
from cities import LINE
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.gtfs.domain.ids import global_id
from mobilite.stops.flows.find_stops import StopPage
from mobilite.stops.flows.list_all_stops import list_all_stops
from mobilite.timetable.domain.strings import Strings
from socle.cursors import encode_cursor, encode_text_cursor
from socle.errors import Refusal

STATION = """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
s4,Lac,47.930,1.900,0,
s3,Parc,47.920,1.900,0,
gare,Gare,47.900,1.900,1,
s1,Gare quai 1,47.900,1.900,0,gare
s2,Gare quai 2,47.900,1.900,0,gare
porte,Entrée,47.900,1.900,2,gare
été,Plage,47.940,1.900,0,
"""
ALL = [
    *("cars:s1", "cars:s2", "cars:s3", "cars:s4"),
    *("f:gare", "f:porte", "f:s1", "f:s2", "f:s3", "f:s4", "f:été"),
    *("tram:s1", "tram:s2", "tram:s3", "tram:s4"),
]


@pytest.fixture
def city() -> City:
    """Three networks; a fourth one has no schedule yet."""
    city = City()
    city.schedule(LINE, "tram")
    city.schedule({**LINE, "stops.txt": STATION}, "f")
    city.schedule(LINE, "cars")
    city.publish("", "futur")
    return city


def ids(page: StopPage) -> list[str]:
    return [
        global_id(found.feed.feed_id, found.schedule.timetable.stop_ids[found.stop])
        for found in (hit.found for hit in page.hits)
    ]


def complete_list(city: City, limit: int) -> list[list[str]]:
    """The ids of each page."""
    pages, cursor = [], None
    while True:
        page = list_all_stops(city.live.state, limit=limit, cursor=cursor)
        pages.append(ids(page))
        cursor = page.next
        if cursor is None:
            return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 14, 15, 16, 100])
def test_pages_hold_every_stop_of_every_network_once(city: City, limit: int) -> None:
    pages = complete_list(city, limit)
    assert [stop for page in pages for stop in page] == ALL
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= limit


def test_a_new_schedule_moves_no_stop_to_another_page(city: City) -> None:
    first = list_all_stops(city.live.state, limit=6, cursor=None)
    assert ids(first)[-1] == "f:porte"
    without = "\n".join(line for line in STATION.split("\n") if not line.startswith("porte"))
    city.schedule({**LINE, "stops.txt": without + "aaa,Avant,47.9,1.9,0,\n"}, "f")
    second = list_all_stops(city.live.state, limit=6, cursor=first.next)
    assert ids(second) == ["f:s1", "f:s2", "f:s3", "f:s4", "f:été", "tram:s1"]


@pytest.mark.parametrize(
    "cursor", ["x", encode_cursor(10), encode_text_cursor("f"), encode_text_cursor(":s1")]
)
def test_a_cursor_of_another_list_is_refused(city: City, cursor: str) -> None:
    with pytest.raises(Refusal, match="première page"):
        list_all_stops(city.live.state, limit=6, cursor=cursor)


@settings(deadline=None)
@given(texts=st.lists(st.text(max_size=4), max_size=8), after=st.text(max_size=4))
def test_the_rows_after_a_text_are_those_of_greater_ones(texts: list[str], after: str) -> None:
    column, sought = Strings.of(texts), after.encode("utf-8", "replace")
    rows = column.rows_after(after).tolist()
    assert [column[row].encode() for row in rows] == sorted(
        each for each in map(str.encode, column) if each > sought
    )
    assert column.rows_after(None).tolist() == column.order.tolist()
