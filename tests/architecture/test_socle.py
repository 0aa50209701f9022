"""The kit stays a kit: no word of a trade, no drawer for the rest, few parts. See decision 2."""

import re
from pathlib import Path

SOCLE = Path(__file__).parents[2] / "socle" / "src" / "socle"
PARTS = {
    "auth",
    "bus",
    "clock",
    "cursors",
    "dates",
    "errors",
    "events",
    "http",
    "importing",
    "kafka",
    "outbox",
    "pages",
    "postgres",
    "service",
    "settings",
    "telemetry",
    "testing",
    "web_push",
    "wording",
}
TRADE = re.compile(r"fhir|gtfs|gbfs|hl7|\bsiri\b|stop_?id|trip_?id|timetable|pilot\b|arrêt", re.I)
DRAWER = re.compile(r"util|helper|common|misc|manager|impl")


def test_a_new_part_is_a_decision() -> None:
    found = {path.stem for path in SOCLE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert found - {"__init__", "__pycache__"} == PARTS


def test_no_part_knows_a_trade() -> None:
    knowing = {
        f"{file.relative_to(SOCLE)}: {match.group()}"
        for file in SOCLE.rglob("*.py")
        if (match := TRADE.search(file.read_text("utf-8")))
    }
    assert not knowing


def test_no_part_is_a_drawer() -> None:
    assert not [file.name for file in SOCLE.rglob("*.py") if DRAWER.search(file.stem)]
