"""The archive of passages: it survives a killed process, damaged files, a full disk."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from boards import TODAY, city_of_one_bus, paris, update
from cities import LINE, timetable_from_text
from passing import FEED, Observed, bus

from mobilite.machine.adapters.checksum import checksum
from mobilite.passages.adapters.passage_archive import PassageArchive
from mobilite.passages.adapters.passage_checksums import stored_checksum
from mobilite.passages.domain.passage_table import SCHEMA
from mobilite.timetable.domain.feed_schedule import FeedSchedule

MONDAY = date(2026, 3, 2)


def seconds(time: str, day: str = "2026-03-02") -> int:
    return int(paris(time, day).timestamp())


def observed_morning(folder: Path) -> Observed:
    observed = Observed(folder)
    observed.at("07:59:00", bus(s1=0))
    observed.at("08:00:40", bus(s1=30, s2=60))
    observed.at("08:13:00", bus(s2=90))
    observed.recorder.store()
    return observed


def test_a_day_that_is_over_is_one_file_with_every_planned_call(tmp_path: Path) -> None:
    observed = observed_morning(tmp_path)
    before = observed.rows()
    observed.archive.close_days(seconds("02:59:59", "2026-03-03"))
    assert not observed.archive.list_files()
    observed.archive.close_days(seconds("03:00:00", "2026-03-03"))
    ((day, feed, path),) = observed.archive.list_files()
    assert (day, feed) == (MONDAY, FEED)
    assert path == tmp_path / "date=2026-03-02" / "f.parquet"
    names = sorted(each.name for each in path.parent.iterdir())
    assert names == [".f.parquet.sha256", "f.parquet"]
    read = pq.read_table(tmp_path)  # As a data set: the file of the checksum is left out.
    assert len(read) == 4
    assert observed.rows() == before
    table = pq.read_table(path, partitioning=None)
    assert table.schema.names == SCHEMA.names
    assert table["stop_id"].to_pylist() == ["s1", "s2", "s3", "s4"]
    assert table["state"].to_pylist() == ["observed"] * 2 + ["not_observed"] * 2
    assert table["last"].to_pylist() == [False] * 3 + [True]
    # What comes later changes nothing.
    observed.at("08:31:00", bus(s4=0))
    observed.recorder.store()
    assert observed.rows() == before


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {path!r}
from passing import Observed, bus
observed = Observed(Path({folder!r}))
observed.at("07:59:00", bus(s1=0))
observed.at("08:00:40", bus(s1=30, s2=60))
observed.recorder.store()
observed.at("08:13:00", bus(s2=90))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_what_it_had_not_stored_alone(tmp_path: Path) -> None:
    program = KILLED.format(path=sys.path, folder=str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == -signal.SIGKILL
    after = Observed(tmp_path)
    after.city.now = paris("08:14:00")
    assert after.delays() == [30, None, None, None]
    # The next process goes on, in a log of its own.
    after.at("08:14:10", bus(s2=90, s3=0))
    after.at("08:14:20", bus(s2=90, s3=0))
    assert after.delays() == [30, 90, None, None]
    logs = sorted(each.name for each in (tmp_path / "date=2026-03-02" / "open").glob("*.arrows"))
    assert logs == ["f.0000.arrows", "f.0001.arrows"]


def test_a_damaged_log_is_read_until_the_damage(tmp_path: Path) -> None:
    observed = observed_morning(tmp_path)
    observed.at("08:22:00", bus(s3=60))
    observed.at("08:22:10", bus(s3=60))
    observed.recorder.store()
    assert observed.delays() == [30, 90, 60, None]
    (path,) = (tmp_path / "date=2026-03-02" / "open").glob("*.arrows")
    path.write_bytes(path.read_bytes()[:-100])
    assert observed.delays() == [30, 90, None, None]
    path.write_bytes(b"nothing of Arrow")
    assert observed.rows("none")[0]["state"] == "not_observed"


def test_a_disk_that_refuses_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"")
    failures = list[None]()
    archive = PassageArchive(tmp_path / "archive", failed=lambda: failures.append(None))
    observed = Observed(archive)
    observed.at("07:59:00", bus(s1=0))
    observed.at("08:00:40", bus(s1=30))
    observed.recorder.store()
    assert len(failures) == 2  # The passages, and the plan.
    (tmp_path / "archive").unlink()
    observed.recorder.store()
    assert observed.states("none") == ["not_observed"] * 4
    archive.close_days(seconds("03:00:00", "2026-03-03"))


def test_old_days_are_deleted(tmp_path: Path) -> None:
    observed = observed_morning(tmp_path)
    archive = PassageArchive(tmp_path, days=30)
    archive.close_days(seconds("12:00:00", "2026-03-03"))
    archive.close_days(seconds("12:00:00", "2026-04-01"))
    assert archive.list_files()
    archive.close_days(seconds("12:00:00", "2026-04-02"))
    assert not archive.list_days()
    assert not (tmp_path / "date=2026-03-02").exists()
    assert observed.archive.list_days() == []


def test_runs_that_had_started_are_those_of_the_timetable_before(tmp_path: Path) -> None:
    archive = PassageArchive(tmp_path)
    two = LINE["stop_times.txt"] + "u,09:00:00,09:00:00,s1,1\nu,09:30:00,09:30:00,s4,2\n"
    both = LINE | {"trips.txt": LINE["trips.txt"] + "r,daily,u,Lac\n", "stop_times.txt": two}
    renamed = both | {
        name: both[name]
        .replace("\nt,", "\nt2,")
        .replace("daily,t,", "daily,t2,")
        .replace("u,09", "u,10")
        for name in ("trips.txt", "stop_times.txt")
    }
    for files, time in ((both, "07:00:00"), (renamed, "08:45:00"), (renamed, "08:46:00")):
        schedule = FeedSchedule(timetable_from_text(files))
        archive.plan(schedule, MONDAY.toordinal(), seconds(time))
    table, _ = archive.read_day(MONDAY, FEED, seconds("23:00:00"))
    planned = [(row["trip_id"], row["start_time"] // 3600) for row in table.to_pylist()]
    assert planned == [("t", 8)] * 4 + [("u", 10)] * 2


def test_runs_that_a_new_timetable_no_longer_plans_are_not_counted(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("06:00:00", update(f"{TODAY} schedule_relationship: CANCELED"))
    renamed = {
        name: LINE[name].replace("\nt,", "\nt2,").replace("daily,t,", "daily,t2,")
        for name in ("trips.txt", "stop_times.txt")
    }
    observed.city.schedule(LINE | renamed)
    cancelled = update('trip_id: "t2" start_date: "20260302" schedule_relationship: CANCELED')
    observed.at("06:10:00", cancelled)
    observed.recorder.store()
    rows = observed.rows()
    assert {(row["trip_id"], row["state"]) for row in rows} == {("t2", "cancelled")}
    assert len(rows) == 4


def test_a_day_that_was_over_before_the_first_start_is_not_planned(tmp_path: Path) -> None:
    archive = PassageArchive(tmp_path)
    schedule = FeedSchedule(timetable_from_text(LINE))
    archive.plan(schedule, MONDAY.toordinal() - 1, seconds("08:00:00"))
    assert archive.list_days() == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def without_time_zone(path: Path) -> None:
    pq.write_table(pq.read_table(path, partitioning=None).replace_schema_metadata(None), path)


def of_other_types(path: Path) -> None:
    metadata = pq.read_schema(path).metadata
    table = pa.table({name: [[1]] for name in SCHEMA.names})
    pq.write_table(table.replace_schema_metadata(metadata), path)


DAMAGES = pytest.mark.parametrize("damage", [cut, without_time_zone, of_other_types])


@DAMAGES
def test_a_damaged_plan_is_written_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    observed = observed_morning(tmp_path)
    damage(tmp_path / "date=2026-03-02" / "open" / "f.plan")
    observed.archive.close_days(seconds("03:00:00", "2026-03-03"))
    assert not observed.archive.list_files()
    schedule = FeedSchedule(timetable_from_text(LINE))
    assert observed.archive.plan(schedule, MONDAY.toordinal(), seconds("03:00:00", "2026-03-03"))
    assert observed.delays() == [30, 90, None, None]
    observed.archive.close_days(seconds("03:00:00", "2026-03-03"))
    assert observed.archive.list_files()


def test_a_date_that_the_disk_refuses_does_not_withhold_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "date=2026-03-01").write_bytes(b"")
    city = city_of_one_bus()
    city.now = paris("00:30:00")
    observed = Observed(PassageArchive(tmp_path), city)
    observed.at("00:30:10")
    observed.recorder.store()
    assert [each.day for each in observed.archive.list_days()] == [MONDAY]


def test_a_stored_checksum_is_that_of_the_file(tmp_path: Path) -> None:
    observed = observed_morning(tmp_path)
    observed.archive.close_days(seconds("03:00:00", "2026-03-03"))
    ((_, _, path),) = observed.archive.list_files()
    stored = path.with_name(".f.parquet.sha256")
    known = checksum(path)
    assert stored.read_text().split()[0] == stored_checksum(path) == known
    path.write_bytes(b"another file")
    assert stored_checksum(path) == checksum(path) != known
    stored.write_bytes(b"damaged")
    assert stored_checksum(path) == checksum(path)
