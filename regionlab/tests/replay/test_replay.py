"""What was archived comes back in order, by the platform's clock, past whatever cut it short."""

import json
import tarfile
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import zstandard
from aiohttp import web

from regionlab.__main__ import main
from regionlab.replay.archive import first_instant, messages, read_archive
from regionlab.replay.server import make_app, write_feeds
from socle.clock import ManualClock

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}.000Z"


def hour(folder: Path, *messages: tuple[datetime, bytes]) -> Path:
    """One archived hour: a tar of messages in zstd."""
    compressor, written = zstandard.ZstdCompressor().compressobj(), b""
    for at, content in messages:
        info = tarfile.TarInfo(f"{stamp(at)}.bin")
        info.size = len(content)
        padded = content + b"\0" * (-len(content) % 512)
        written += compressor.compress(info.tobuf(tarfile.USTAR_FORMAT) + padded)
        written += compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stamp(messages[0][0])}.tar.zst"
    path.write_bytes(written + compressor.flush())
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A network with two schedules and one stream of three messages in two hours."""
    feed = tmp_path / "tao"
    (feed / "gtfs").mkdir(parents=True)
    description = {"id": "tao", "name": "TAO « Orléans »", "licence": None, "attribution": None}
    (feed / "feed.json").write_text(json.dumps(description))
    (feed / "gtfs" / "20260301T000000.zip").write_bytes(b"before")
    (feed / "gtfs" / "20260302T083000.zip").write_bytes(b"after")
    hour(feed / "rt-0", (EIGHT, b"one"), (EIGHT + timedelta(minutes=50), b"two"))
    hour(feed / "rt-0", (EIGHT + timedelta(minutes=70), b"three"))
    return tmp_path


def test_an_archive_lists_its_feeds_and_its_beginning(archive: Path) -> None:
    (feed,) = read_archive(archive)
    assert (feed.id, list(feed.streams)) == ("tao", [0])
    assert first_instant((feed,)) == EIGHT
    assert [content for _, content in messages(feed.streams[0])] == [b"one", b"two", b"three"]


def test_a_file_cut_short_gives_what_it_has_and_the_next_one_follows(archive: Path) -> None:
    noise = bytes(n * n % 251 for n in range(200_000))
    cut = hour(archive / "tao" / "rt-1", (EIGHT, b"whole"), (EIGHT + timedelta(seconds=1), noise))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    hour(archive / "tao" / "rt-1", (EIGHT + timedelta(hours=1), b"next"))
    (feed,) = read_archive(archive)
    assert [content for _, content in messages(feed.streams[1])] == [b"whole", b"next"]


async def test_addresses_answer_what_was_published_by_then(archive: Path, tmp_path: Path) -> None:
    clock = ManualClock(EIGHT - timedelta(seconds=1))
    feeds = read_archive(archive)
    runner = web.AppRunner(make_app(feeds, clock))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    declared = tomllib.loads(write_feeds(feeds, tmp_path / "out", address).read_text("utf-8"))
    (feed,) = declared["feed"]
    assert feed["name"] == "TAO « Orléans »"
    seen = []
    async with aiohttp.ClientSession() as session:
        for minutes in (0, 1, 60, 75, 999):
            async with session.get(feed["gtfs_rt"][0]) as answer:
                rt = await answer.read() if answer.status == 200 else answer.status
            async with session.get(feed["gtfs"]) as answer:
                seen.append((rt, await answer.read()))
            clock.advance(minutes * 60 - (clock.now() - EIGHT).total_seconds())
        async with session.get(feed["gtfs_rt"][0]) as answer:
            known = {"If-None-Match": answer.headers["ETag"]}
        async with session.get(feed["gtfs_rt"][0], headers=known) as answer:
            assert answer.status == 304
    await runner.cleanup()
    assert seen == [
        (503, b"before"),
        (b"one", b"before"),
        (b"one", b"before"),
        (b"two", b"after"),
        (b"three", b"after"),
    ]


def test_a_folder_without_archive_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(tmp_path)]) == 64
    assert "aucune archive" in capsys.readouterr().err


def test_another_day_is_not_played_over_this_one(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(archive), "--data", str(archive)]) == 64
    assert "n'est pas vide" in capsys.readouterr().err
