"""The launcher ends in every way a launcher can end, and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[1] / "small_installation.py"
PATIENCE = 120.0  # seconds, an upper bound only


@contextlib.contextmanager
def installation(
    folder: Path, *names: str, hangup: signal.Handlers = signal.SIG_DFL
) -> Iterator[subprocess.Popen[str]]:
    """A launcher whose programs are all ready. `hangup`: what SIGHUP does to it at its start,
    whatever it does to these tests, which may run under nohup."""
    launcher = subprocess.Popen(
        [sys.executable, str(LAUNCHER), str(folder), *names],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGHUP, hangup),
    )
    assert launcher.stdout is not None
    try:
        for line in launcher.stdout:
            if line == "tout est prêt\n":
                break
        yield launcher
    finally:
        launcher.kill()
        launcher.wait()
        launcher.stdout.close()


def living(folder: Path) -> int:
    """How many processes name the folder on their command line: the launcher and its programs."""
    count = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                count += 1
    return count


def becomes_empty(folder: Path) -> bool:
    """Whether every process of the folder ends."""
    limit = time.monotonic() + PATIENCE
    while living(folder) and time.monotonic() < limit:
        time.sleep(0.01)
    return living(folder) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_last_first(tmp_path: Path, number: signal.Signals) -> None:
    with installation(tmp_path, "0-polite", "1-polite", "2-polite") as launcher:
        assert living(tmp_path) == 4
        launcher.send_signal(number)
        assert launcher.wait(timeout=PATIENCE) == 0
        assert living(tmp_path) == 0
    assert (tmp_path / "farewells").read_text() == "2-polite\n1-polite\n0-polite\n"


def test_under_nohup_it_ignores_the_end_of_its_terminal(tmp_path: Path) -> None:
    with installation(tmp_path, "0-polite", hangup=signal.SIG_IGN) as launcher:
        status = Path(f"/proc/{launcher.pid}/status").read_text()
        ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
        assert ignored & 1 << (signal.SIGHUP - 1)


def test_a_killed_launcher_takes_everything_along(tmp_path: Path) -> None:
    with installation(tmp_path, "0-polite", "1-stubborn") as launcher:
        assert living(tmp_path) == 3
        launcher.kill()
        launcher.wait()
        assert becomes_empty(tmp_path)


def test_the_death_of_who_started_the_launcher_stops_everything(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import subprocess, sys; subprocess.call([sys.executable, *sys.argv[1:]])",
            *(str(LAUNCHER), str(tmp_path), "0-polite", "1-polite"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    while starter.stdout.readline() != "tout est prêt\n":
        pass
    assert living(tmp_path) == 4
    starter.kill()
    starter.wait()
    assert becomes_empty(tmp_path)
    starter.stdout.close()


def test_a_second_ctrl_c_does_not_wait_for_the_stubborn(tmp_path: Path) -> None:
    with installation(tmp_path, "0-polite", "1-stubborn") as launcher:
        launcher.send_signal(signal.SIGINT)
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "Arrêt…\n"
        launcher.send_signal(signal.SIGINT)
        assert launcher.wait(timeout=PATIENCE) == 0
        assert living(tmp_path) == 0
    # Nobody was asked to leave, as happens once the stubborn one is killed for its delay.
    assert not (tmp_path / "farewells").exists()


def pid_of(name: str, folder: Path) -> int:
    """The process of a program of the folder."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_in = str(folder).encode() in (entry / "cmdline").read_bytes()
            if is_in and f"NAME={name}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                return int(entry.name)
    raise AssertionError(f"{name} does not run")


def kill_and_await_return(launcher: subprocess.Popen[str], name: str, folder: Path) -> None:
    """Kill a program; return once it is ready again."""
    victim = pid_of(name, folder)
    os.kill(victim, signal.SIGKILL)
    assert launcher.stdout is not None
    how = f"{name} : arrêt imprévu (signal SIGKILL), nouveau départ dans 0,"
    assert launcher.stdout.readline().startswith(how)
    assert launcher.stdout.readline() == f"{name}\n"
    assert pid_of(name, folder) != victim


def test_a_killed_program_comes_back_and_the_others_go_on(tmp_path: Path) -> None:
    names = ("0-polite", "1-polite", "2-polite")
    with installation(tmp_path, *names) as launcher:
        others = [pid_of(name, tmp_path) for name in (names[0], names[2])]
        for _ in range(3):
            kill_and_await_return(launcher, names[1], tmp_path)
        assert [pid_of(name, tmp_path) for name in (names[0], names[2])] == others
        assert living(tmp_path) == 4
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(timeout=PATIENCE) == 0
        assert living(tmp_path) == 0
    assert (tmp_path / "farewells").read_text() == "2-polite\n1-polite\n0-polite\n"


def test_a_killed_launcher_takes_along_what_was_started_again(tmp_path: Path) -> None:
    with installation(tmp_path, "0-polite", "1-stubborn") as launcher:
        kill_and_await_return(launcher, "1-stubborn", tmp_path)
        launcher.kill()
        launcher.wait()
        assert becomes_empty(tmp_path)


def test_wrong_settings_stop_everything_at_once(tmp_path: Path) -> None:
    command = [sys.executable, str(LAUNCHER), str(tmp_path), "0-polite", "1-refusing"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 70
    assert living(tmp_path) == 0
    assert "1-refusing : arrêt imprévu (code 78, réglages refusés)." in done.stdout
    assert "a setting is wrong" in done.stdout
    assert "nouveau départ" not in done.stdout


def test_a_program_that_ends_at_every_start_is_named_and_ends_the_house(tmp_path: Path) -> None:
    with installation(tmp_path, "0-polite", "1-mortal", "2-polite") as launcher:
        (tmp_path / "die").touch()
        assert launcher.stdout is not None
        output = launcher.stdout.read()
        assert launcher.wait(timeout=PATIENCE) == 70
        assert living(tmp_path) == 0
    assert output.count("1-mortal : arrêt imprévu (code 3), nouveau départ dans") == 4
    assert "1-mortal : arrêt imprévu (code 3), 4 départs manqués de suite." in output
    assert "the last thing it said" in output
    assert str(tmp_path / "logs" / "1-mortal.log") in output
    assert (tmp_path / "farewells").read_text() == "2-polite\n0-polite\n"


def test_a_stop_while_things_still_start_leaves_nothing(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, str(LAUNCHER), str(tmp_path), "0-polite", "1-silent"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == "0-polite\n"
    os.kill(launcher.pid, signal.SIGTERM)
    assert launcher.wait(timeout=PATIENCE) == 0
    assert living(tmp_path) == 0
    launcher.stdout.close()
