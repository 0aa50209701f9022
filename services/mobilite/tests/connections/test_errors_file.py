"""Forecast errors in a file: what is stored comes back, and what is damaged is not believed."""

import json
import logging
import re
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from mobilite.connections.adapters.errors_file import ErrorsFile
from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    REGION,
    SCHEDULED,
    CallError,
    ForecastErrors,
    Line,
    ObservedCall,
)
from mobilite.gtfs.domain.ids import FeedId

NOW: Final = 1_772_434_800
TRAM = Line(FeedId("tao"), "é A/1", 0)


def some_errors() -> ForecastErrors:
    call = ObservedCall(TRAM, True, (CallError(ARRIVAL, SCHEDULED, 75), CallError(ARRIVAL, 0, -30)))
    return ForecastErrors().with_calls([call, call], NOW)


def test_what_is_stored_comes_back_and_can_be_continued(tmp_path: Path) -> None:
    file = ErrorsFile(tmp_path / "connections")
    assert not file.load().counts
    file.store(some_errors())
    again = ErrorsFile(tmp_path / "connections").load()
    assert again.faded_at == NOW
    assert again.counts.keys() == some_errors().counts.keys()
    for level, counts in some_errors().counts.items():
        assert np.array_equal(again.counts[level], counts)
    more = again.with_calls([ObservedCall(TRAM, False, (CallError(ARRIVAL, 0, 0),))], NOW)
    assert more.counts[REGION].sum() == 5
    file.store(more)
    assert [path.name for path in (tmp_path / "connections").iterdir()] == ["forecast-errors.npz"]
    file.store(ForecastErrors())
    assert not file.load().counts


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "bytes", "negative", "levels"])
def test_a_damaged_file_is_reported_and_starts_anew(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = ErrorsFile(tmp_path)
    file.store(some_errors())
    content = file.path.read_bytes()
    if damage in ("negative", "levels"):
        with np.load(file.path) as stored:
            header, counts = stored["header"], stored["counts"]
        changed = -counts if damage == "negative" else counts[:-1]
        np.savez_compressed(file.path, header=header, counts=changed)
    else:
        damaged = {
            "empty": b"",
            "cut": content[: len(content) // 2],
            "text": b"not an archive",
            "bytes": content[:80] + b"\xff" * 60 + content[140:],
        }
        file.path.write_bytes(damaged[damage])
    with caplog.at_level(logging.WARNING):
        assert not file.load().counts
    assert "are not read" in caplog.text


def _overwrite_directory(path: Path, offset: int, value: int) -> None:
    """Write two bytes so far into each entry of the ZIP file's central directory."""
    content = bytearray(path.read_bytes())
    entries = [each.start() for each in re.finditer(b"PK\x01\x02", content)]
    assert entries
    for entry in entries:
        content[entry + offset : entry + offset + 2] = value.to_bytes(2, "little")
    path.write_bytes(content)


@pytest.mark.parametrize(
    "faded_at", [float("inf"), float("nan"), -1, 10**400, 2**40, "soon", None], ids=str
)
def test_weights_of_no_instant_are_not_believed(
    tmp_path: Path, faded_at: object, caplog: pytest.LogCaptureFixture
) -> None:
    file = ErrorsFile(tmp_path)
    file.store(some_errors())
    with np.load(file.path) as stored:
        header, counts = json.loads(stored["header"].tobytes()), stored["counts"]
    text = np.frombuffer(json.dumps({**header, "faded_at": faded_at}).encode(), np.uint8)
    np.savez_compressed(file.path, header=text, counts=counts)
    assert not file.load().counts
    assert "are not read" in caplog.text


@pytest.mark.parametrize("most", [1e300, 1e12, float("inf"), float("nan")])
def test_more_calls_than_there_are_is_damage(tmp_path: Path, most: float) -> None:
    file = ErrorsFile(tmp_path)
    file.store(some_errors())
    with np.load(file.path) as stored:
        header, counts = stored["header"], stored["counts"].astype(np.float64)
    counts[0, 0, 0, 0] = most
    np.savez_compressed(file.path, header=header, counts=counts)
    assert not file.load().counts


@pytest.mark.parametrize(
    ("offset", "value"), [(8, 1), (10, 99)], ids=["encrypted", "compressed otherwise"]
)
def test_an_archive_of_another_program_starts_anew(
    tmp_path: Path, offset: int, value: int, caplog: pytest.LogCaptureFixture
) -> None:
    file = ErrorsFile(tmp_path)
    file.store(some_errors())
    _overwrite_directory(file.path, offset, value)
    assert not file.load().counts
    assert "are not read" in caplog.text


def test_counts_of_more_than_the_memory_are_not_read(tmp_path: Path) -> None:
    file = ErrorsFile(tmp_path)
    file.store(some_errors())
    shape = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({10**15},), }}"
    array = b"\x93NUMPY\x01\x00" + len(shape).to_bytes(2, "little") + shape.encode()
    with zipfile.ZipFile(file.path) as archive:
        header = archive.read("header.npy")
    with zipfile.ZipFile(file.path, "w") as archive:
        archive.writestr("header.npy", header)
        archive.writestr("counts.npy", array)
    assert not file.load().counts


def test_a_disk_that_cannot_be_written_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file where the folder would be")
    file = ErrorsFile(tmp_path / "taken")
    with caplog.at_level(logging.WARNING):
        file.store(some_errors())
    assert "are not stored" in caplog.text
    assert not file.load().counts
