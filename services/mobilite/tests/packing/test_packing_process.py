"""The import worker: a process of its own, which a monster feed can kill and nothing else."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from cities import LINE, write_zip

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.packing_process import PackingProcess, WorkerLimits
from mobilite.timetable.adapters.packed_file import open_packed
from socle.errors import Refusal
from socle.testing import until

FEED = FeedId("f")
MakePacking = Callable[..., PackingProcess]


@pytest.fixture
async def packing(tmp_path: Path) -> AsyncIterator[MakePacking]:
    """Packs into the shelf of the test, within limits; its programs end with the test."""
    made: list[PackingProcess] = []

    def make(*limits: WorkerLimits) -> PackingProcess:
        made.append(PackingProcess(tmp_path / "shelf", *limits))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def test_a_feed_is_packed_and_described(tmp_path: Path, packing: MakePacking) -> None:
    source = write_zip(tmp_path / "gtfs.zip", {**LINE, "feed_info.txt": "feed_version\nv1\n"})
    version = await packing().pack(source, FEED)
    timetable = open_packed(tmp_path / "shelf" / f"{version.sha256}.timetable")
    assert timetable.feed_id == FEED
    assert version.label == "v1"
    assert (version.counts["stops"], version.counts["stop_times"]) == (4, 4)
    assert (str(version.valid_from), str(version.valid_to)) == ("2026-01-01", "2026-12-31")
    assert version.timezones == ("Europe/Paris",)


async def test_a_refusal_comes_back_complete(tmp_path: Path, packing: MakePacking) -> None:
    source = tmp_path / "gtfs.zip"
    source.write_text("<html>Bientôt disponible</html>")
    with pytest.raises(Refusal) as refused:
        await packing().pack(source, FEED)
    assert refused.value.category == "invalid"
    assert refused.value.details == {"code": "html"}


async def test_memory_is_bounded_by_the_kernel(tmp_path: Path, packing: MakePacking) -> None:
    rows = "".join(f"t{i},08:00:00,08:00:00,s1,{i}\n" for i in range(400_000))
    source = write_zip(
        tmp_path / "gtfs.zip", {**LINE, "stop_times.txt": LINE["stop_times.txt"] + rows}
    )
    limits = WorkerLimits(memory_bytes=96 << 20)
    with pytest.raises(Refusal) as refused:
        await packing(limits).pack(source, FEED)
    assert (refused.value.category, refused.value.details["code"]) == (
        "too_large",
        "out_of_memory",
    )


async def test_time_is_bounded_and_nothing_is_left_running(
    tmp_path: Path, packing: MakePacking
) -> None:
    source = write_zip(tmp_path / "gtfs.zip", LINE)
    before = set(_children())
    with pytest.raises(Refusal) as refused:
        await packing(WorkerLimits(seconds=0.01)).pack(source, FEED)
    assert refused.value.category == "unavailable"
    assert set(_children()) == before


async def test_a_feed_that_kills_its_process_costs_the_next_one_nothing(
    tmp_path: Path, packing: MakePacking
) -> None:
    small = packing(WorkerLimits(memory_bytes=1 << 20))
    source = write_zip(tmp_path / "gtfs.zip", LINE)
    before = set(_children())
    for _ in range(2):
        with pytest.raises(Refusal):
            await small.pack(source, FEED)
    (program,) = set(_children()) - before
    os.kill(program, signal.SIGKILL)
    with pytest.raises(Refusal) as refused:
        await small.pack(source, FEED)
    assert refused.value.details["code"] == "out_of_memory"
    await small.close()
    assert set(_children()) == before


async def test_a_cancelled_import_ends_its_process(tmp_path: Path, packing: MakePacking) -> None:
    source = write_zip(tmp_path / "gtfs.zip", LINE)
    before = set(_children())
    task = asyncio.create_task(packing().pack(source, FEED))
    await until(lambda: set(_children()) != before)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(_children()) == before


async def test_secrets_of_the_role_do_not_reach_the_worker(
    tmp_path: Path, packing: MakePacking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOBILITE_POSTGRES", "postgresql://secret@nowhere")
    source = write_zip(tmp_path / "gtfs.zip", LINE)
    before = set(_children())
    task = asyncio.create_task(packing().pack(source, FEED))
    await until(lambda: set(_children()) != before)
    environments = [_environment(child) for child in set(_children()) - before]
    await task
    assert not any(b"secret" in environment for environment in environments)


def _children() -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def _environment(pid: int) -> bytes:
    # Between fork and exec the child still shows its parent's environment: wait for the program.
    while b"packing_worker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
        pass
    return Path(f"/proc/{pid}/environ").read_bytes()
