"""Ports for programs: each is handed out once, and no outgoing connection takes it."""

import subprocess
import sys
from pathlib import Path

import pytest

from embedded import ports
from embedded.ports import free_port

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
PORTS, WINDOW = 20, 60
OTHER = """
from embedded import ports
ports._FIRST, ports._ephemeral_start = {first}, lambda: {end}
print(*(ports.free_port() for _ in range({count})))
"""


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Few ports to choose from, so that chance alone would hand one out twice."""
    first = free_port()
    monkeypatch.setattr(ports, "_FIRST", first)
    monkeypatch.setattr(ports, "_ephemeral_start", lambda: first + WINDOW)
    return first, first + WINDOW


@LINUX
def test_no_port_is_handed_out_twice(window: tuple[int, int]) -> None:
    given = [free_port() for _ in range(PORTS)]
    assert len({*given}) == PORTS
    assert {window[0] <= port < window[1] for port in given} == {True}


@LINUX
def test_another_process_gets_others_while_this_one_lives(window: tuple[int, int]) -> None:
    mine = {free_port() for _ in range(PORTS)}
    code = OTHER.format(first=window[0], end=window[1], count=PORTS)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not mine & {int(port) for port in done.stdout.split()}


@LINUX
def test_the_kernel_gives_none_of_them_to_a_connection() -> None:
    start = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if start <= ports._FIRST:
        pytest.skip("this kernel leaves no room below its own")
    assert ports._FIRST <= free_port() < start


def test_without_kernel_limits_any_free_port_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "_EPHEMERAL", Path("/absent"))
    assert 1024 < free_port() < 65_536
