"""Rows of pathways.txt: how long they take, who passes, which are wrong."""

import pytest
from cities import imported
from stations import STOPS, station, station_timetable

from mobilite.gtfs.domain.enumerations import Access
from mobilite.pathways.domain.pathway import Pathway, read_pathways


def only(row: str) -> Pathway:
    """The pathway of a row that goes one way."""
    (pathway,) = read_pathways(station_timetable([row])).pathways
    return pathway


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        ("p,hall,q1,1,0,80,500", 80),
        ("p,hall,q1,1,0,,100", 80),
        ("p,hall,q1,2,0,,,30", 21),
        ("p,hall,q1,2,0,,,-30", 21),
        ("p,hall,q1,2,0,,10", 20),
        ("p,hall,q1,4,0,,10", 20),
        ("p,hall,q1,5,0", 60),
        ("p,hall,q1,6,0,,10", 13),
        # Straight on: 13.5 m × 1.3 at 1.25 m/s.
        ("p,hall,q1,1,0", 14),
        ("p,hall,q1,1,0,0", 14),
    ],
)
def test_a_time_that_is_not_given_is_estimated(row: str, seconds: int) -> None:
    assert only(row).seconds == seconds


def test_without_a_place_of_its_own_a_node_is_at_no_distance_that_counts() -> None:
    stops = STOPS.replace("hall,Hall,47.9009,1.9001", "hall,Hall,,")
    (pathway,) = read_pathways(station_timetable(["p,hall,q1,1,0"], stops)).pathways
    assert pathway.seconds == 30


@pytest.mark.parametrize(
    ("row", "access"),
    [
        ("p,hall,q1,1,0", "yes"),
        ("p,hall,q1,5,0", "yes"),
        ("p,hall,q1,2,0", "no"),
        ("p,hall,q1,4,0", "no"),
        ("p,hall,q1,1,0,,,3", "no"),
        ("p,hall,q1,1,0,,,,0.083", "yes"),
        ("p,hall,q1,1,0,,,,-0.1", "no"),
        ("p,hall,q1,1,0,,,,,0.7", "no"),
        ("p,hall,q1,1,0,,,,,0.9", "yes"),
        ("p,hall,q1,3,0", "unknown"),
        ("p,hall,q1,6,0", "unknown"),
        ("p,hall,q1,6,0,,,,,0.9", "yes"),
    ],
)
def test_what_excludes_wheelchairs_and_what_is_not_known(row: str, access: Access) -> None:
    assert only(row).wheelchair == access


def test_a_row_in_both_directions_climbs_one_way_and_descends_the_other() -> None:
    rows = read_pathways(station_timetable(["p,hall,q1,2,1,,,30,,,Quai 1,Sortie"]))
    up, down = rows.pathways
    assert (up.source, up.stairs, up.sign) == (down.target, -down.stairs, "Quai 1")
    assert down.sign == "Sortie"


def test_people_only_leave_by_an_exit_gate() -> None:
    assert len(read_pathways(station_timetable(["p,hall,est,7,1"])).pathways) == 1


def test_wrong_rows_are_reported_and_the_others_used() -> None:
    rows = [
        "good,est,hall,1,1,30",
        "nowhere,est,absent,1,1,30",
        "station,est,gare,1,1,30",
        "loop,hall,hall,1,1,30",
        "type,est,hall,9,1,30",
        "negative,hall,q1,1,1,-5,20",
        "endless,hall,q2,1,1,90000,20",
    ]
    timetable, report = imported(station(rows))
    pathways = read_pathways(timetable).pathways
    assert [each.seconds for each in pathways] == [30, 30, 16, 16, 16, 16]
    found = {code: line.samples for (file, code), line in report.items() if "pathway" in file}
    assert found["unknown_pathway_stop"] == ("nowhere", "station")
    assert found["wrong_pathway"] == ("loop", "type")
    assert found["wrong_pathway_value"] == ("negative", "endless")
    assert found["platform_without_entrance"] == ("q3",)
    assert report["pathways.txt", "platforms_apart"].count == 4


def test_a_feed_without_pathways_has_no_line_about_them() -> None:
    files = {name: text for name, text in station([]).items() if name != "pathways.txt"}
    assert not [file for file, _ in imported(files)[1] if file == "pathways.txt"]
