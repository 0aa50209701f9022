"""Opening feeds without trusting them, and reading tables as they really are published."""

import os
import struct
import zipfile
from pathlib import Path

import pytest
from cities import LINE, imported, notes_of, timetable_from_text, write_zip

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.feed_archive import ArchiveLimits, open_feed
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.timetable.domain.timetable import Timetable
from socle.errors import Refusal

LIMITS = ArchiveLimits()


def read(path: Path, limits: ArchiveLimits = LIMITS) -> Timetable:
    return read_timetable(path, FeedId("f"), Report(), limits)


def refusal(path: Path, limits: ArchiveLimits = LIMITS) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read(path, limits)
    assert refused.value.message.endswith(".")
    return refused.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "html"),
        (b"\xef\xbb\xbf\r\n<?xml version='1.0'?><Error/>", "html"),
        (b"stop_id,stop_name\n", "not_zip"),
        (b"PK\x03\x04" + b"\0" * 200, "truncated"),
    ],
)
def test_what_is_no_zip_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "gtfs.zip"
    path.write_bytes(content)
    assert refusal(path).details["code"] == code


@pytest.mark.parametrize("retained", [0.1, 0.5, 0.99])
def test_a_truncated_zip_is_named(tmp_path: Path, retained: float) -> None:
    path = write_zip(tmp_path / "gtfs.zip", LINE)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * retained)])
    assert refusal(path).details["code"] == "truncated"


def test_a_damaged_entry_is_named(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "gtfs.zip", LINE)
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("trips.txt").header_offset
    content = bytearray(path.read_bytes())
    for place in range(offset + 45, offset + 60):
        content[place] ^= 0xFF
    path.write_bytes(content)
    refused = refusal(path)
    assert refused.details["code"] == "corrupt"
    assert refused.details["file"] == "trips.txt"


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "gtfs.zip", {**LINE, "shapes.txt": b"0" * 40_000_000})
    assert path.stat().st_size < 100_000
    refused = refusal(path, ArchiveLimits(file_bytes=10 << 20))
    assert (refused.category, refused.details["code"]) == ("too_large", "too_large")
    assert refusal(path, ArchiveLimits(total_bytes=30 << 20)).category == "too_large"


def test_a_bomb_that_lies_about_its_size_never_unfolds(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "gtfs.zip", {**LINE, "shapes.txt": b"0" * 40_000_000})
    content = bytearray(path.read_bytes())
    # Declare 100 bytes in the central directory, which is what `zipfile` believes.
    at = content.rfind(b"shapes.txt") - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    path.write_bytes(content)
    assert refusal(path, ArchiveLimits(file_bytes=10 << 20)).details["code"] in (
        "corrupt",
        "too_large",
    )


def test_a_refusal_by_the_total_size_names_the_feed_and_that_limit(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "gtfs.zip", LINE)
    limits = ArchiveLimits(file_bytes=2 << 20, total_bytes=1 << 20)
    with open_feed(path, limits) as files, pytest.raises(Refusal) as raised:
        b"".join(files.open("stops").read() for _ in range(10_000))
    assert raised.value.message.startswith("Le flux dépasse 1 Mio")
    assert raised.value.details["limit"] == 1 << 20


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "gtfs.zip", {**LINE, **{f"{i}.txt": "x" for i in range(60)}})
    assert refusal(path, ArchiveLimits(entries=50)).details["code"] == "too_many_entries"


def test_names_that_climb_out_are_of_no_effect(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = write_zip(
        tmp_path / "a" / "gtfs.zip", {**LINE, "../evil.txt": "x", "/abs.txt": "x", "..\\w.txt": "x"}
    )
    assert len(read(path).trip_ids) == 1
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "gtfs.zip"]


def test_a_zip_can_hold_its_files_in_one_folder(tmp_path: Path) -> None:
    files = {f"export/{name}": text for name, text in LINE.items()}
    files |= {f"export/anciens/{name}": "x" for name in LINE}
    extra = {"__MACOSX/export/._stops.txt": "x", "__MACOSX/stops.txt": "x", "README.md": "x"}
    assert len(read(write_zip(tmp_path / "gtfs.zip", {**files, **extra})).stop_ids) == 4


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a/stops.txt": "stop_id\n", "b/stops.txt": "stop_id\n"}, "several_feeds"),
        ({"a.zip": b"PK", "b.zip": b"PK"}, "nested_zip"),
        ({"lisez-moi.txt": "bonjour"}, "no_stops"),
    ],
)
def test_zips_of_something_else_are_named(tmp_path: Path, files, code: str) -> None:
    assert refusal(write_zip(tmp_path / "gtfs.zip", files)).details["code"] == code


@pytest.mark.parametrize("under", [".", "gtfs"])
def test_a_feed_can_be_a_folder(tmp_path: Path, under: str) -> None:
    folder = tmp_path / under
    folder.mkdir(exist_ok=True)
    for name, text in LINE.items():
        (folder / name).write_text(text)
    assert len(read(tmp_path).trip_ids) == 1


def test_a_path_to_nothing_or_to_a_pipe_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "rien.zip").details["code"] == "not_found"
    os.mkfifo(tmp_path / "pipe.zip")
    assert refusal(tmp_path / "pipe.zip").details["code"] == "not_found"


def test_marks_blanks_and_quotes_as_real_feeds_have_them() -> None:
    untidy = {
        "agency.txt": "\ufeff" + LINE["agency.txt"].replace(",", ", "),
        "stops.txt": (
            '\ufeff"stop_id" , stop_name ,stop_lat, STOP_LON,stop_name\r\n'
            'NA,"Gare, ""Nord"" ", 47.9 ,1.9,x\r\n'
            " 007 ,Mairie,47.91,1.9\r\n"
            "\r\n"
            "s3,Parc,47.92,1.9,y,trop,de,colonnes\r\n"
            "s4,Lac\r\n"
        ),
        "trips.txt": "route_id ,service_id, trip_id\r\nr, daily ,1e5\r\n",
        "stop_times.txt": (
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence\r\n"
            "1e5, 8:00:00 ,8:00:00,NA, 1\r\n"
            "1e5,8:10:00,8:10:00,007,2.0\r\n"
        ),
    }
    timetable, report = imported({**LINE, **untidy})
    assert list(timetable.stop_ids) == ["NA", "007", "s3", "s4"]
    assert list(timetable.stop_names) == ['Gare, "Nord"', "Mairie", "Parc", "Lac"]
    assert timetable.stop_lon[:3].tolist() == [1.9, 1.9, 1.9]
    assert list(timetable.trip_ids) == ["1e5"]
    assert timetable.call_sequence.tolist() == [1, 2]
    assert report["stops.txt", "wrong_coordinates"].samples == ("s4",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encodings_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    stops = LINE["stops.txt"].replace("Mairie", "Épernon").encode(encoding)
    timetable = read(write_zip(tmp_path / "gtfs.zip", {**LINE, "stops.txt": stops}))
    assert timetable.stop_names[1] == "Épernon"


@pytest.mark.parametrize("before", ["", "\n\n", '"a\nb",'])
def test_a_header_beyond_reason_is_refused_before_it_costs_anything(
    tmp_path: Path, before: str
) -> None:
    header, rows = LINE["stops.txt"].split("\n", 1)
    stops = f"{before}{header}{',x' * 200_000}\n{rows}"
    found = refusal(write_zip(tmp_path / "gtfs.zip", {**LINE, "stops.txt": stops}))
    assert found.details["code"] == "unreadable"


def test_a_file_of_one_endless_old_mac_line_is_no_header(tmp_path: Path) -> None:
    stops = LINE["stops.txt"].replace("\n", "\r") + "\r" * 100_000
    assert len(read(write_zip(tmp_path / "gtfs.zip", {**LINE, "stops.txt": stops})).stop_ids) == 4


def test_optional_files_do_no_harm_when_they_are_broken() -> None:
    timetable, report = imported(
        {
            **LINE,
            "frequencies.txt": "trip_id,debut\nt,08:00:00\n",
            "levels.txt": "",
            "transfers.txt": 'from_stop_id,to_stop_id\n"s1,s2\n',
            "calendar_dates.txt": "service_id,date,exception_type\n",
        }
    )
    assert len(timetable.trip_ids) == 1
    assert report["frequencies.txt", "missing_column"].count == 3
    assert report["transfers.txt", "unreadable"].count == 1


def test_transfers_pathways_levels_and_credits_are_retained() -> None:
    timetable = timetable_from_text(
        {
            **LINE,
            "transfers.txt": """\
from_stop_id,to_stop_id,from_trip_id,to_trip_id,transfer_type,min_transfer_time
s1,s2,,,2,180
s2,s3,,,,
s1,perdu,,,0,
s3,s4,t,t,1,
""",
            "pathways.txt": """\
pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time,signposted_as
p,s1,s2,5,1,12.5,
""",
            "levels.txt": "level_id,level_index,level_name\n01,-1,Sous-sol\n",
            "attributions.txt": "organization_name,is_producer\nRégion,1\n",
            "feed_info.txt": "feed_publisher_name,feed_lang,feed_version\nRégion,fr,2026-01\n",
        }
    )
    assert timetable.transfer_from.tolist() == [0, 1]
    assert timetable.transfer_to.tolist() == [1, 2]
    assert timetable.transfer_type.tolist() == [2, 0]
    assert timetable.transfer_seconds.tolist() == [180, -1]
    assert notes_of(timetable) == {
        "feed_info": [
            {"feed_publisher_name": "Région", "feed_lang": "fr", "feed_version": "2026-01"}
        ],
        "attributions": [{"organization_name": "Région", "is_producer": 1}],
        "levels": [{"level_id": "01", "level_index": -1, "level_name": "Sous-sol"}],
        "pathways": [
            {
                "pathway_id": "p",
                "from_stop_id": "s1",
                "to_stop_id": "s2",
                "pathway_mode": 5,
                "is_bidirectional": 1,
                "traversal_time": 12.5,
            }
        ],
        "transfers_by_trip": [
            {
                "from_stop_id": "s3",
                "to_stop_id": "s4",
                "from_trip_id": "t",
                "to_trip_id": "t",
                "transfer_type": 1,
            }
        ],
    }


def test_distances_are_in_metres_whatever_the_feeds_unit() -> None:
    # s1 to s4 lie 3.3 km apart; the feed counts in kilometres.
    timetable = timetable_from_text(
        {
            **LINE,
            "trips.txt": "route_id,service_id,trip_id,shape_id\nr,daily,t,w\n",
            "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
w,47.930,1.9,9,3.336
w,47.900,1.9,1,0
w,0,0,3,
""",
            "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
t,08:00:00,08:00:00,s1,1,0
t,08:30:00,08:30:00,s4,4,3.336
""",
        }
    )
    assert timetable.trip_shape.tolist() == [0]
    assert timetable.shape_first.tolist() == [0, 2]
    assert timetable.shape_lat.tolist() == pytest.approx([47.9, 47.93])
    assert timetable.shape_distance.tolist() == pytest.approx([0, 3336])
    assert timetable.call_distance.tolist() == pytest.approx([0, 3336])
