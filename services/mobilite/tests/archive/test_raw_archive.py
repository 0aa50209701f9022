"""Raw operator data is stored as received, readable by `tar`, and not for ever."""

import asyncio
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import zstandard

from mobilite.archive.adapters.raw_archive import RawArchive
from mobilite.feeds.domain.feed import Feed
from mobilite.gtfs.domain.ids import FeedId

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FEED = Feed(FeedId("tao"), "TAO", "https://tao.example/gtfs.zip", ("https://tao.example/rt",))


def archive(folder: Path, *, hours: float = 48, most_bytes: int = 2**30) -> RawArchive:
    return RawArchive(folder, hours=hours, most_bytes=most_bytes)


def unpacked(file: Path) -> dict[str, bytes]:
    """What `regionlab replay` and anyone else would read, by member."""
    found = {}
    with file.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as plain:
        try:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    assert content is not None
                    found[member.name] = content.read()
        except tarfile.ReadError:
            pass
    return found


async def test_messages_come_back_as_they_were_by_feed_and_hour(tmp_path: Path) -> None:
    retained = archive(tmp_path)
    sent = [bytes([n]) * (700 + n) for n in range(3)]
    for minutes, content in zip((0, 59, 60), sent, strict=True):
        await retained.store_message("tao", "rt-0", content, at=EIGHT + timedelta(minutes=minutes))
    retained.close()
    first, second = sorted((tmp_path / "tao" / "rt-0").iterdir())
    assert first.name == "20260302T080000.000Z.tar.zst"
    assert list(unpacked(first).values()) == sent[:2]
    assert unpacked(second) == {"20260302T090000.000Z.bin": sent[2]}


async def test_what_was_retained_can_be_read_though_the_program_was_killed(tmp_path: Path) -> None:
    retained = archive(tmp_path)
    for second in range(4):
        await retained.store_message(
            "tao", "rt-0", b"word " * second, at=EIGHT + timedelta(seconds=second)
        )
    (file,) = (tmp_path / "tao" / "rt-0").iterdir()
    assert len(unpacked(file)) == 4
    # Started again within the hour: a file of its own.
    again = archive(tmp_path)
    await again.store_message("tao", "rt-0", b"again", at=EIGHT + timedelta(seconds=9))
    assert len(list((tmp_path / "tao" / "rt-0").iterdir())) == 2


async def test_messages_that_resemble_each_other_take_little_room(tmp_path: Path) -> None:
    retained = archive(tmp_path)
    words = b"".join(n.to_bytes(4, "big") for n in range(0, 2**30, 40_009))
    for second in range(20):
        await retained.store_message(
            "tao", "rt-0", words + bytes([second]), at=EIGHT + timedelta(0, second)
        )
    retained.close()
    (file,) = (tmp_path / "tao" / "rt-0").iterdir()
    assert file.stat().st_size < 3 * len(words)


async def test_the_oldest_go_by_age_and_by_size(tmp_path: Path) -> None:
    noise = [bytes((n * k) % 251 for k in range(9000)) for n in range(1, 8)]
    retained = archive(tmp_path, hours=3)
    for hour, content in enumerate(noise):
        await retained.store_message("tao", "rt-0", content, at=EIGHT + timedelta(hours=hour))
    retained.close()
    left = sorted(path.name[9:11] for path in (tmp_path / "tao" / "rt-0").iterdir())
    assert left == ["11", "12", "13", "14"]
    small = archive(tmp_path, most_bytes=1)
    await small.store_message("tao", "rt-0", b"", at=EIGHT + timedelta(hours=9))
    assert [path.name[9:11] for path in (tmp_path / "tao" / "rt-0").iterdir()] == ["17"]


async def test_noise_takes_its_share_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    retained, share, dice = archive(tmp_path, most_bytes=16 * 5000), 5000, Random(1)
    for second in range(20):
        await retained.store_message(
            "tao", "rt-0", dice.randbytes(1000), at=EIGHT + timedelta(0, second)
        )
    (file,) = (tmp_path / "tao" / "rt-0").iterdir()
    assert share < file.stat().st_size < share + 2000
    assert "reached its limit" in caplog.text
    for stream in range(1, 40):
        for second in range(6):
            at = EIGHT + timedelta(hours=stream, seconds=second)
            await retained.store_message("tao", f"rt-{stream % 4}", dice.randbytes(1000), at=at)
    size = sum(path.stat().st_size for path in tmp_path.glob("*/*/*"))
    assert size < (16 + 4) * 5000 + 2000


async def test_streams_side_by_side_do_not_disturb_each_other(tmp_path: Path) -> None:
    retained = archive(tmp_path)
    for hour in range(3):
        at = EIGHT + timedelta(hours=hour)
        await asyncio.gather(
            *(retained.store_message("tao", f"rt-{n}", b"word", at=at) for n in range(60))
        )
    retained.close()
    assert len(list(tmp_path.glob("tao/*/*"))) == 3 * 60


async def test_a_full_disk_costs_no_poll_its_success(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    retained = archive(tmp_path / "archive")
    await retained.store_message("tao", "rt-0", b"word", at=EIGHT)
    assert "not archived" in caplog.text


async def test_an_archive_of_no_hours_retains_nothing(tmp_path: Path) -> None:
    retained = archive(tmp_path, hours=0)
    await retained.store_message("tao", "rt-0", b"word", at=EIGHT)
    await retained.store_schedule(FEED, tmp_path, at=EIGHT)
    assert list(tmp_path.iterdir()) == []


async def test_an_id_cannot_leave_the_archive(tmp_path: Path) -> None:
    retained = archive(tmp_path / "archive")
    await retained.store_message("../../tao", "../rt", b"word", at=EIGHT)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


async def test_schedules_are_retained_a_folder_as_a_zip_and_not_for_ever(tmp_path: Path) -> None:
    source = tmp_path / "gtfs"
    source.mkdir()
    (source / "stops.txt").write_text("stop_id\nA\n")
    retained = archive(tmp_path / "archive")
    for day in range(10):
        await retained.store_schedule(FEED, source, at=EIGHT + timedelta(days=day))
    zips = sorted((tmp_path / "archive" / "tao" / "gtfs").iterdir())
    assert [path.name[:8] for path in zips] == [f"202603{day:02}" for day in range(4, 12)]
    with zipfile.ZipFile(zips[0]) as one:
        assert one.read("stops.txt") == b"stop_id\nA\n"
    assert (tmp_path / "archive" / "tao" / "feed.json").is_file()


async def test_a_schedule_in_a_sub_folder_is_retained_with_it(tmp_path: Path) -> None:
    source = tmp_path / "published"
    (source / "gtfs").mkdir(parents=True)
    (source / "gtfs" / "stops.txt").write_text("stop_id\nA\n")
    retained = archive(tmp_path / "archive")
    await retained.store_schedule(FEED, source, at=EIGHT)
    (stored,) = (tmp_path / "archive" / "tao" / "gtfs").iterdir()
    with zipfile.ZipFile(stored) as one:
        assert one.read("gtfs/stops.txt") == b"stop_id\nA\n"
