"""The rules of home care find what is planted in the population, and nothing else."""

import json
import re
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from demo.population.devices import Devices
from demo.population.population import Population
from demo.population.resource import PARIS
from esante.wiring.try_rules import try_rules
from socle.clock import ManualClock

TODAY = date(2026, 3, 2)
POPULATION = Population(seed=1, today=TODAY, patients=24)
"""Each alarm is planted once."""
_COUNTS = re.compile(r"^(\S+) : (\d+) alerte\(s\), dont (\d+) fausse\(s\) .*, (\d+) manquée")


@pytest.fixture(scope="module")
def records() -> list[str]:
    return [each.text for batch in POPULATION.batches() for each in batch if each.type != "Slot"]


def raised(
    folder: Path, capsys: pytest.CaptureFixture[str], resources: list[str], at: datetime
) -> dict[str, tuple[int, int, int]]:
    """Of each rule: how many alerts, how many false ones, and how many missed ones."""
    (folder / "r.ndjson").write_text("\n".join(resources))
    truths = "\n".join(json.dumps(each.as_json()) for each in POPULATION.truths())
    (folder / "t.ndjson").write_text(truths)
    files = [str(folder / "r.ndjson"), "--truths", str(folder / "t.ndjson")]
    assert try_rules(["-", *files, "--at", at.isoformat()]) == 0
    found = [_COUNTS.match(line) for line in capsys.readouterr().out.splitlines()]
    return {each[1]: (int(each[2]), int(each[3]), int(each[4])) for each in found if each}


@pytest.mark.parametrize("hour", [0, 8, 18])
def test_each_planted_alarm_is_found_and_no_other(
    hour: int, records: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = datetime(TODAY.year, TODAY.month, TODAY.day, hour, 30, tzinfo=PARIS)
    counts = raised(tmp_path, capsys, records, at)
    assert {rule for rule, (alerts, _, _) in counts.items() if alerts == 1} == {
        alarm for each in POPULATION.truths() for alarm in each.alarms
    }
    assert {rule: each[1:] for rule, each in counts.items() if any(each[1:])} == {}


def test_live_measures_and_events_raise_no_false_alarm(
    records: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(datetime(TODAY.year, TODAY.month, TODAY.day, 6, tzinfo=UTC))
    devices = Devices(POPULATION, Random(2), clock)
    measures, written = devices.measures(), {json.loads(each)["id"]: each for each in records}
    for step in range(20):
        clock.advance(2 * 3600)
        for at, each in enumerate(islice(measures, 12)):
            content = json.loads(each.text) | {"id": f"{step}-{at}"}
            written[content["id"]] = json.dumps(content)
        written |= {each.id: each.text for each in devices.events()}
    counts = raised(tmp_path, capsys, list(written.values()), clock.now())
    assert {rule: each[1] for rule, each in counts.items() if each[1]} == {}
    assert {each.id for each in devices.events()} == set()
