"""A run reports what tests needed and the machine lacks; with the option, it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.skipif(True, reason="needs kcat (Debian's package)")
def test_one(): ...

def test_two():
    pytest.skip("needs npm, to fetch something")

def test_three():
    pytest.skip("only on Sundays")
"""


def run(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_absent.py").write_text(TESTS)
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "xdist.plugin", "-p", "socle.testing")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *options, str(folder)],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


LINE = "Absent from this machine: kcat (Debian's package) (1 skipped), npm (1 skipped)."


@pytest.mark.parametrize(("options", "code"), [((), 0), (("-n", "1", "--fail-on-absent"), 1)])
def test_it_is_named_in_one_line(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    done = run(tmp_path, *options)
    assert done.stdout.splitlines().count(LINE) == 1
    assert done.stdout.count("Absent") == 1
    assert done.returncode == code
