"""The report lists each file and each field that is not read."""

from pathlib import Path

import pytest
from cities import LINE, imported, write_zip

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters import gtfs_tables
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.packing.domain.report import UNREAD_FIELDS, UNREAD_FILES


def test_each_file_and_field_that_is_not_read_is_listed() -> None:
    stops = LINE["stops.txt"].replace("stop_lon\n", "stop_lon,stop_desc, Stop_URL ,\n")
    _, report = imported(
        {
            **LINE,
            "stops.txt": stops,
            "directions.txt": "route_id,direction\n",
            "LISEZMOI.md": "# Bonjour",
            "__MACOSX/._stops.txt": "",
            ".DS_Store": "",
        }
    )
    assert {(file, code): (line.count, line.samples) for (file, code), line in report.items()} == {
        ("stops.txt", "unread_field"): (2, ("stop_desc", "stop_url")),
        ("directions.txt", "unread_file"): (1, ()),
        ("LISEZMOI.md", "unread_file"): (1, ()),
    }
    fields = report["stops.txt", "unread_field"]
    assert fields.message == "Champs qui ne sont pas lus : stop_desc, stop_url."


def test_a_feed_of_which_everything_is_read_has_no_such_line() -> None:
    assert imported(LINE)[1] == {}


def test_the_list_is_bounded() -> None:
    names = [f"x{number}" for number in range(UNREAD_FIELDS + 7)]
    files = {f"x{number:03}.txt": "" for number in range(UNREAD_FILES + 5)}
    trips = LINE["trips.txt"].replace("headsign\n", f"headsign,{','.join(names)}\n")
    _, report = imported({**LINE, **files, "trips.txt": trips})
    line = report["trips.txt", "unread_field"]
    assert line.count == len(names)
    assert line.message.endswith(f", x{UNREAD_FIELDS - 1}….")
    assert sum(1 for _, code in report if code == "unread_file") == UNREAD_FILES
    assert report["*", "unread_files"].count == 5


def test_hidden_characters_do_not_reach_the_report() -> None:
    _, report = imported({**LINE, "trips.txt": LINE["trips.txt"].replace("headsign", "\u202eab")})
    assert report["trips.txt", "unread_field"].message.endswith(": trip_ab.")


def test_a_file_of_rows_that_is_too_large_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gtfs_tables, "PUBLISHED_BYTES", 500)
    rows = "".join(f"a{number},Zone\n" for number in range(100))
    source = write_zip(tmp_path / "gtfs.zip", {**LINE, "areas.txt": f"area_id,area_name\n{rows}"})
    report = Report()
    timetable = read_timetable(source, FeedId("f"), report, ArchiveLimits())
    assert [(line.file, line.code) for line in report.lines()] == [("areas.txt", "too_large")]
    assert not timetable.notes.has("areas")


def test_the_files_of_a_folder_are_read_alike(tmp_path: Path) -> None:
    for name, text in {**LINE, "directions.txt": "route_id\n"}.items():
        (tmp_path / name).write_text(text)
    report = Report()
    read_timetable(tmp_path, FeedId("f"), report, ArchiveLimits())
    assert [(line.file, line.code) for line in report.lines()] == [
        ("directions.txt", "unread_file")
    ]
