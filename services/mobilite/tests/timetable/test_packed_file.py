"""The packed file: what is written is what is mapped; anything else is refused."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from cities import LINE, timetable_from_text

from mobilite.machine.adapters.checksum import checksum
from mobilite.timetable.adapters.packed_file import BadPackedFile, open_packed, write_packed
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import Timetable


def same(a: Timetable, b: Timetable) -> None:
    for field in fields(Timetable):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, err_msg=field.name)
            assert one.dtype == other.dtype, field.name
        elif isinstance(one, Strings):
            assert list(one) == list(other)
        else:
            assert one == other, field.name


def test_what_is_written_is_what_is_mapped(tmp_path: Path) -> None:
    timetable = timetable_from_text({**LINE, "feed_info.txt": "feed_version\né\n"}, "réseau")
    packed = write_packed(timetable, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{packed.sha256}.timetable"]
    assert checksum(packed.path) == packed.sha256
    assert packed.path.stat().st_size == packed.bytes
    mapped = open_packed(packed.path)
    same(timetable, mapped)
    assert not mapped.call_departure.flags.writeable
    assert mapped.call_departure.ctypes.data % 64 == 0
    assert mapped.trip_ids.index_of("t") == 0


def test_the_same_feed_gives_the_same_bytes(tmp_path: Path) -> None:
    one = write_packed(timetable_from_text(LINE), tmp_path)
    assert write_packed(timetable_from_text(LINE), tmp_path).sha256 == one.sha256
    assert len(list(tmp_path.iterdir())) == 1
    other = LINE["stops.txt"].replace("Lac", "Étang")
    changed = write_packed(timetable_from_text({**LINE, "stops.txt": other}), tmp_path)
    assert changed.sha256 != one.sha256


def test_a_mapped_file_outlives_its_name(tmp_path: Path) -> None:
    packed = write_packed(timetable_from_text(LINE), tmp_path)
    mapped = open_packed(packed.path)
    packed.path.unlink()
    assert list(mapped.stop_names) == ["Gare", "Mairie", "Parc", "Lac"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:200],
        lambda content: content[: len(content) - 2000],
        lambda content: b"PK\x03\x04" + content[4:],
        lambda content: content[:8] + b"\x63" + content[9:],
        lambda content: content[:20] + b"!" + content[21:],
        lambda content: content.replace(b'"<i4"', b'"<f4"', 1),
        lambda content: content.replace(b"call_stop", b"call_step", 1),
        lambda content: content[:12] + b"\xff\xff\xff\xff" + content[16:],
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage) -> None:
    packed = write_packed(timetable_from_text(LINE), tmp_path)
    packed.path.write_bytes(damage(packed.path.read_bytes()))
    with pytest.raises(BadPackedFile):
        open_packed(packed.path)


def test_a_replica_never_loads_pandas_nor_gtfs_kit(tmp_path: Path) -> None:
    packed = write_packed(timetable_from_text(LINE), tmp_path)
    program = f"""
import sys, pathlib
import mobilite.wiring
from mobilite.timetable.adapters.packed_file import open_packed
assert len(open_packed(pathlib.Path({str(packed.path)!r})).trip_ids) == 1
heavy = {{"pandas", "gtfs_kit", "geopandas", "shapely"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
