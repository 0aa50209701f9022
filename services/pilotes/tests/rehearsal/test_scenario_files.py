"""Scenario files: those of the service load, and each mistake in one is named by its key."""

from pathlib import Path

import pytest

from pilotes.record.domain.protocol_checks import mistakes_of
from pilotes.rehearsal.adapters.scenario_files import (
    SCENARIOS,
    ScenarioError,
    load_scenario,
    load_scenarios,
)
from socle.clock import SystemClock

ALERTS = "alertes-avant-depart"
TEXT = (SCENARIOS / f"{ALERTS}.toml").read_text("utf-8")


def test_the_scenarios_of_the_service_load_in_the_order_of_their_names() -> None:
    found = load_scenarios()
    assert [each.id for each in found] == [ALERTS, "cahier-de-liaison", "rappels-trafic"]
    opening = SystemClock().now()
    for each in found:
        protocol = each.protocol.opened_at(opening)
        assert mistakes_of(protocol) == ()
        assert (protocol.starts_at, protocol.version) == (opening, 1)


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ("weight = 5_000", 'weight = "5000"', "protocol.arms.0.weight: "),
        ("newcomers_per_day", "newcomers_a_day", "crowd.newcomers_a_day: Unexpected"),
        ("planned_per_arm = 100\n", "", "protocol.planned_per_arm: Field required"),
        ('severity = "minor"', 'severity = "slight"', "reports.0.severity: "),
        ("habits.prevenu", "habits.averti", "habits: arm prevenu of the protocol has none"),
        ("habits.prevenu", "habits.averti", "habits.averti: the protocol has no such arm"),
        ("weekly_churn = 0.28", "weekly_churn = 1.0", "habits.prevenu.weekly_churn: from 0"),
        ("weekly_churn = 0.28", "weekly_churn = -0.1", "habits.habituel.weekly_churn: from 0"),
        ('kind = "accessibility"', 'kind = "incident"', "reports.1.severity: an incident has one"),
        ('reason = "off_topic"', 'reason = "off_topic"\nanswer = "Non."', "contributions.2: "),
        (f'id = "{ALERTS}"', 'id = "alertes"', "id: alertes, where the file name"),
        ("opened_days_ago = 98", "opened_days_ago = ", "Invalid value"),
    ],
)
def test_a_mistake_is_named_by_file_and_key(
    tmp_path: Path, before: str, after: str, mistake: str
) -> None:
    assert before in TEXT
    file = tmp_path / f"{ALERTS}.toml"
    file.write_text(TEXT.replace(before, after), "utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    assert str(error.value).startswith(f"{ALERTS}.toml is no scenario:\n")
    assert f"  {mistake}" in str(error.value)


def test_a_trial_that_ends_before_it_opens_is_refused(tmp_path: Path) -> None:
    file = tmp_path / f"{ALERTS}.toml"
    opens = "opened_days_ago = 98"
    file.write_text(TEXT.replace(opens, f"{opens}\nended_days_ago = 99"), "utf-8")
    with pytest.raises(ScenarioError, match="ended_days_ago: the trial ends before it opens"):
        load_scenario(file)
