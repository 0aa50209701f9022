"""An address that is a file: read again when it changes, and only then."""

import asyncio
import os
from pathlib import Path

import pytest

from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.ports import SourceFault
from socle.clock import SystemClock


def source_of(path: Path) -> FileSource:
    return FileSource(str(path), clock=SystemClock(), max_bytes=100)


async def fault(path: Path) -> str:
    with pytest.raises(SourceFault) as raised:
        await source_of(path).read(None)
    assert path.name in raised.value.message or raised.value.code == "too_large"
    assert str(path.parent) not in raised.value.message
    return raised.value.code


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "rt.pb"
    path.write_bytes(b"one")
    source = source_of(path)
    first = await source.read(None)
    assert first is not None
    assert await source.read(first.tag) is None
    path.write_bytes(b"three")
    second = await source.read(first.tag)
    assert (first.content, second and second.content) == (b"one", b"three")


async def test_the_pause_ends_with_a_change(tmp_path: Path) -> None:
    path = tmp_path / "rt.pb"
    path.write_bytes(b"one")
    source = source_of(path)
    await source.read(None)
    waiting = asyncio.create_task(source.pause(interval=3600, failures=0))
    await asyncio.sleep(0)
    assert not waiting.done()
    path.write_bytes(b"three")
    await asyncio.wait_for(waiting, 60)


async def test_the_pause_ends_when_a_missing_file_appears(tmp_path: Path) -> None:
    path = tmp_path / "rt.pb"
    source = source_of(path)
    with pytest.raises(SourceFault):
        await source.read(None)
    waiting = asyncio.create_task(source.pause(interval=3600, failures=1))
    path.write_bytes(b"one")
    await asyncio.wait_for(waiting, 60)


async def test_what_cannot_be_read_is_reported(tmp_path: Path) -> None:
    large, pipe = tmp_path / "large", tmp_path / "pipe"
    large.write_bytes(b"x" * 101)
    os.mkfifo(pipe)
    assert await fault(tmp_path / "none") == "file_missing"
    assert await fault(tmp_path) == "not_a_file"
    assert await fault(pipe) == "not_a_file"
    assert await fault(large) == "too_large"
