"""Ports that programs are told: each is one caller's, and nobody's outgoing connection takes it."""

import subprocess
import sys
from pathlib import Path

import pytest

from embedded import ports
from embedded.ports import free_port

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
ASK = "from embedded.ports import free_port; print(*(free_port() for _ in range(40)))"


def test_no_port_is_given_twice() -> None:
    given = [free_port() for _ in range(40)]
    assert len({*given}) == 40


@LINUX
def test_the_kernel_gives_none_of_them_to_a_connection() -> None:
    start = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert free_port() < start


@LINUX
def test_another_process_is_given_others_while_this_one_lives() -> None:
    mine = {free_port() for _ in range(40)}
    # The other looks at these very ports, and at forty more.
    first = min(mine)
    end = max(mine) + 41
    code = ASK.replace("print", f"import embedded.ports as p; p._FIRST = {first}; "
                       f"p._ephemeral_start = lambda: {end}; print")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not mine & {int(port) for port in done.stdout.split()}


def test_where_the_kernel_says_nothing_any_free_port_will_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "_EPHEMERAL", Path("/absent"))
    assert 1024 < free_port() < 65_536
