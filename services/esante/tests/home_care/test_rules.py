"""The rules of the product, on the readings of one patient. Nothing is stored or sent."""

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from fhir_world import BASE
from home_care_data.home_resources import (
    NOW,
    given,
    message,
    observation,
    planned,
    pressures,
    score,
)

from esante.home_care.adapters.rule_file import parse_rules, shipped_rules
from esante.home_care.domain.evaluate import alert_text, evaluate
from esante.home_care.domain.readings import read_resource
from esante.home_care.domain.rule import LOADING_GRACE, Finding, Reading
from socle.errors import Refusal

RULES = shipped_rules()


def find(rule_id: str, resources: list[Any], *, raised: bool = False) -> tuple[Finding, str]:
    readings: dict[str, list[Reading]] = {}
    for each in resources:
        for one in read_resource(each, tuple(RULES.inputs.values()), base=BASE, now=NOW)[0]:
            readings.setdefault(one.input, []).append(one)
    for some in readings.values():
        some.sort(key=lambda one: one.at)
    rule = next(each for each in RULES.rules if each.id == rule_id)
    finding = evaluate(rule, RULES, readings, raised=raised, now=NOW)
    return finding, "" if finding.state == "normal" else alert_text(rule, finding)


DAILY_STEPS = [observation("41950-7", 10, days, "{steps}/(24.h)") for days in range(1, 9)]
STEPS = [observation("55423-8", 10, 0.6 + each / 10, "{steps}") for each in range(8)]


@pytest.mark.parametrize(
    ("rule", "worrying", "fine"),
    [
        ("no-activity", STEPS, [*STEPS, observation("55423-8", 9, 0.1, "1")]),
        ("no-activity", DAILY_STEPS[1:], DAILY_STEPS),
        (
            "weight-rise",
            # The last value is of the day before.
            [observation("29463-7", 70, 3.5), observation("29463-7", 72.1, 1)],
            [observation("29463-7", 70, 4.5), observation("29463-7", 72.1, 1)],
        ),
        (
            "weight-rise",
            [observation("29463-7", 70, 2.5), observation("29463-7", 72.1, 0.1)],
            [observation("29463-7", 70, 2.5), observation("29463-7", 72, 0.1)],
        ),
        ("blood-pressure", pressures(135, 80, 3), pressures(134, 84, 3)),
        ("blood-pressure", pressures(130, 85, 3), pressures(150, 95, 1)),
        ("visit-missed", [planned("Task", 2, "accepted")], [planned("Task", 2, "completed")]),
        (
            "visit-missed",
            [planned("Appointment", 2, "booked")],
            [planned("Appointment", 0.5, "booked"), planned("Appointment", 5, "fulfilled")],
        ),
        (
            "treatment-not-taken",
            [given(3, "not-done"), given(20, "not-done")],
            [given(3, "not-done"), given(80, "not-done")],
        ),
        (
            "treatment-not-recorded",
            [given(hours, "completed") for hours in (40, 64, 88)],
            [given(hours, "completed") for hours in (30, 64, 88)],
        ),
        (
            "treatment-not-recorded",
            [given(hours, "completed") for hours in (40, 64, 88)],
            [given(hours, "not-done") for hours in (20, 44, 68)],
        ),
        ("no-contact", [message(days) for days in (11, 13, 15)], [message(9), message(12)]),
        ("carer-overloaded", [score("zarit", 41)], [score("zarit", 40)]),
        ("isolated", [score("lsns-6", 12)], [score("lsns-6", 13)]),
    ],
)
def test_a_rule_is_raised_at_its_threshold(rule: str, worrying: list[Any], fine: list[Any]) -> None:
    finding, text = find(rule, worrying)
    assert finding.state == "raised", finding
    assert "Seuil" in text or "seuil" in text
    assert f"Règle {rule}, version 1" in text
    assert " Depuis le " in text
    assert find(rule, fine)[0].state == "normal"


def test_the_message_names_figures_threshold_and_time() -> None:
    resources = [observation("29463-7", 70, 2.5), observation("29463-7", 72600, 0.5, "g")]
    assert find("weight-rise", resources)[1] == (
        "Prise de poids rapide : poids de 70 à 72,6 kg, soit +2,6 kg en 2 jours."
        " Seuil : plus de 2 kg. Depuis le 26/11/2026 à 01:00. (Règle weight-rise, version 1 ;"
        " plus de 2 kg en 3 jours, heartfailurematters.org ; niveau de preuve faible.)"
    )


def test_units_are_written_as_people_do() -> None:
    assert "moyenne 140 mmHg sur 12 mesures" in find("blood-pressure", pressures(140, 80, 3))[1]


def test_an_open_alert_ends_below_its_threshold_only() -> None:
    between = [observation("29463-7", 70, 2), observation("29463-7", 71.8, 0)]
    assert find("weight-rise", between)[0].state == "normal"
    assert find("weight-rise", between, raised=True)[0].state == "raised"
    low = [observation("29463-7", 70, 2), observation("29463-7", 71.5, 0)]
    assert find("weight-rise", low, raised=True)[0].state == "normal"


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (observation("29463-7", 70, 0, "Cel"), "l’unité « Cel » n’est pas kg"),
        (observation("29463-7", None, 0), "la valeur manque"),
        (observation("29463-7", 70, -700), "est à venir : vérifiez l’heure de l’appareil"),
    ],
)
def test_what_cannot_be_read_is_rejected_in_words(resource: Any, reason: str) -> None:
    finding, text = find("weight-rise", [resource])
    assert finding.state == "unknown"
    assert reason in text
    assert "ne peut pas être évaluée" in text
    # The good readings still count, and the message says what was set aside.
    good = [observation("29463-7", 70, 2, name="g"), observation("29463-7", 73, 1, name="g")]
    finding, text = find("weight-rise", [*good, resource])
    assert finding.state == "raised"
    assert reason in text


def test_old_readings_are_counted_and_not_stored() -> None:
    old = observation("29463-7", 70, 31)
    assert read_resource(old, tuple(RULES.inputs.values()), base=BASE, now=NOW) == ([], 1)


def test_a_message_of_a_rule_is_no_contact() -> None:
    messages = [message(days) for days in (11, 13, 15)]
    alert = message(1) | {"sender": {"reference": "#regle"}}
    assert find("no-contact", [*messages, message(1)])[0].state == "normal"
    assert find("no-contact", [*messages, alert])[0].state == "raised"


def test_time_alone_raises_at_the_announced_instant() -> None:
    finding, _ = find("visit-missed", [planned("Task", 0.5, "accepted")])
    assert finding.review == NOW + timedelta(hours=0.5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("[[rule]]", "[[rule"), "n'est pas du TOML"),
        (('inputs = ["weight"]', 'inputs = ["poids"]'), "l'entrée « poids » n'existe pas"),
        (('unit = "kg"', 'unit = "kilo"'), "n'est pas un code UCUM"),
        (("clear = [1.5]", "clear = [2.5]"), "clear est du mauvais côté du seuil"),
        (('id = "isolated"', 'id = "no-contact"'), "est défini deux fois"),
        (("window_days = 3", "window_days = 99"), "rule[2] window_days : une valeur d'au plus"),
        (("threshold = [135, 85]", "threshold = [135]"), "2 nombre(s)"),
    ],
)
def test_a_wrong_file_of_rules_is_refused_in_words(change: tuple[str, str], reason: str) -> None:
    text = (files("esante.home_care.domain") / "rules.toml").read_text("utf-8")
    with pytest.raises(Refusal) as refused:
        parse_rules(text.replace(*change, 1))
    assert reason in refused.value.message


def test_a_value_or_a_date_beyond_reason_is_rejected() -> None:
    (reading,) = read_resource(
        observation("29463-7", 1e23, 1), tuple(RULES.inputs.values()), base=BASE, now=NOW
    )[0]
    assert reading.refused == "la valeur n'est pas plausible"
    far = observation("29463-7", 70, 1) | {"effectiveDateTime": "9999-12-31T23:59:59-01:00"}
    assert not read_resource(far, tuple(RULES.inputs.values()), base=BASE, now=NOW)[0]


def test_no_absence_is_concluded_while_readings_arrive() -> None:
    (rule,) = [each for each in RULES.rules if each.id == "no-activity"]
    for received, state in ((None, "raised"), (2, "raised"), (0.5, "normal")):
        at = None if received is None else NOW - received * LOADING_GRACE
        readings = [
            replace(one, received=at)
            for each in STEPS
            for one in read_resource(each, tuple(RULES.inputs.values()), base=BASE, now=NOW)[0]
            if one.input == "activity"
        ]
        readings.sort(key=lambda one: one.at)
        found = evaluate(rule, RULES, {"activity": readings}, raised=False, now=NOW)
        assert found.state == state
        # An alert that is open does not end for that.
        open_one = evaluate(rule, RULES, {"activity": readings}, raised=True, now=NOW)
        assert open_one.state == "raised"


def test_a_silence_that_goes_on_stays_an_alert() -> None:
    assert find("no-activity", [], raised=True)[0].state == "unknown"
    assert find("no-activity", [])[0].state == "normal"
