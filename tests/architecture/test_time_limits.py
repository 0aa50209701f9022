"""What must happen in a test has half a minute at least: its limit is an upper bound, for a machine
that does other things, and costs nothing where it is not reached."""

import re
from typing import Final

from workspace_files import ROOT, python_files

_LEAST: Final = 30
_LIMIT: Final = re.compile(
    r"(?:asyncio\.timeout\(|wait_for\(.+, |\b(?:statement_)?timeout=|ClientTimeout\(total=|\.wait\("
    r"|(?:until|Searches)\(.+, seconds=|\bstart_seconds=)(\d+)(?:\.0+)?(?![\d._])"
)
_SHORT: Final = ["asyncio.timeout(5", "wait_for(task, 20", "timeout=10", "until(ready, seconds=10",
    ".wait(20", "ClientTimeout(total=20", "statement_timeout=10.0", "start_seconds=5",
    "Searches(pool, seconds=10.0"]  # fmt: skip
_OTHERS: Final = """asyncio.timeout(0.2), wait_for(task, 60), timeout=0, timeout_ms=50,
timeout=5_000, asyncio.timeout(0.01), timeout=0.0, timeout=30.0,
statement_timeout=1.05, process.wait(30)"""


def short_limits(text: str) -> list[str]:
    """The limits of some seconds. One of none, or of a part of a second, is there to be passed."""
    return [found[0] for found in _LIMIT.finditer(text) if 0 < int(found[1]) < _LEAST]


def test_what_must_happen_has_half_a_minute() -> None:
    found = {
        path: short
        for path in python_files(tests=True)
        if (short := short_limits((ROOT / path).read_text("utf-8")))
    }
    assert found == {"tests/architecture/test_time_limits.py": _SHORT}


def test_other_limits_pass() -> None:
    assert short_limits(_OTHERS) == []
