"""A child's output reaches its log, in whatever pieces it arrives; its announcement does not."""

import asyncio
import resource
from pathlib import Path

import pytest

from regionlab.launch.log_file import LogFile, copy_output

READY = b'{"ready": true, "url": "postgresql://u:secret@127.0.0.1/"}'


async def copied(folder: Path, pieces: list[bytes]) -> tuple[bytes, bytes | None]:
    """The log's content and the ready line, for an output that comes in these pieces."""
    output, log = asyncio.StreamReader(), LogFile(folder / "child.log")
    ready_line: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    copying = asyncio.create_task(copy_output(output, log, ready_line))
    for piece in pieces:
        output.feed_data(piece)
        for _ in range(3):
            await asyncio.sleep(0)
    output.feed_eof()
    await copying
    log.close()
    return log.path.read_bytes(), ready_line.result() if ready_line.done() else None


@pytest.mark.parametrize("size", [1, 5, 64, 10_000])
async def test_the_ready_line_and_its_password_stay_out_of_the_log(
    tmp_path: Path, size: int
) -> None:
    written = b"starting\n{\n\n" + READY + b"\nat work\n{" + b"x" * 9000 + b"\nno end"
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    content, ready = await copied(tmp_path, pieces)
    assert ready == READY
    assert content == written.replace(READY + b"\n", b"")


async def test_a_full_disk_stops_neither_the_child_nor_what_follows(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "child.log")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        log.write(b"1234567890")
        log.write(b"lost\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    log.write(b"room again\n")
    log.close()
    assert log.path.read_bytes() == b"1234567890room again\n"
    assert "lost" in log.last_lines()


async def test_a_child_that_is_never_ready_is_copied_completely(tmp_path: Path) -> None:
    written = b"x" * 200_000 + b"\n{"
    assert await copied(tmp_path, [written]) == (written, None)
