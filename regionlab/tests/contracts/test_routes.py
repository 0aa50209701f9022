"""`regionlab routes`: the table of the running code, for a person to read."""

import subprocess
import sys

from gateway.routes.domain.route_table import TABLE
from regionlab.contracts.routes import as_table


def test_every_route_is_listed_in_order_with_its_callers() -> None:
    heading, *lines = as_table().splitlines()
    assert heading.split()[:4] == ["ADRESSE", "MÉTHODES", "SERVICE", "QUI"]
    assert [line.split()[0] for line in lines] == [route.pattern for route in TABLE.routes]
    line_of = {line.split()[0]: line for line in lines}
    assert "tout le monde" in line_of["/mobilite/v1/stops"]
    assert "search" in line_of["/mobilite/v1/stops"]
    assert "GET DELETE POST PUT" in line_of["/mobilite/v1/desk"]
    assert "qui en a la clé" in line_of["/mobilite/v1/desk"]
    assert line_of["/mobilite/v1/alerts/stream"].endswith("flux")
    for line, route in zip(lines, TABLE.routes, strict=True):
        assert ("tout le monde" in line) == (route.access.open and not route.credentials)
        assert route.service in line.split()


def test_the_command_prints_it() -> None:
    command = (sys.executable, "-m", "regionlab", "routes")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n") == as_table()
