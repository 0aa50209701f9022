"""Tests whose program or data is missing are skipped; the run ends by naming what is missing.

The reason of such a skip begins with "needs" and the name: `pytest.skip("needs kcat (Debian's
package)")`. With `--fail-on-absent` such a run fails: where everything should be installed, a
skipped test would hide that nothing is checked.
"""

import re
from collections import Counter
from typing import Final

import pytest

_NEEDS: Final = re.compile(r"(?:Skipped: )?needs ([^,:]+)")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fail-on-absent",
        action="store_true",
        help="fail where a test was skipped for want of a program or of data",
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--fail-on-absent") and _absent(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    absent = _absent(terminalreporter.config)
    if absent:
        named = ", ".join(f"{name} ({skipped} skipped)" for name, skipped in absent.items())
        terminalreporter.write_line(f"Absent from this machine: {named}.", red=True)


def _absent(config: pytest.Config) -> Counter[str]:
    """Name of what is missing → how many tests or files were skipped because of it."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    reasons = (str(report.longrepr[2]) for report in reports if isinstance(report.longrepr, tuple))
    return Counter(found[1].strip() for reason in reasons if (found := _NEEDS.match(reason)))
