"""The form of a protocol, and the merge of two editors, without a server."""

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import Request
from pilot_lab import PROTOCOL
from pydantic import ValidationError

from pilotes.http.api.forms import Form, parse_form
from pilotes.lab.api.form_values import name_for, number_text, read_date, read_number
from pilotes.lab.api.long_forms import read_opened, wrong_fields
from pilotes.lab.api.protocol_form import (
    new_protocol,
    protocol_fields,
    with_new_arm,
    with_new_indicator,
)
from pilotes.lab.api.protocol_values import protocol_body, protocol_values, with_identifiers
from pilotes.lab.domain.blocks import MOST, blocks_of
from pilotes.lab.domain.merges import merge
from pilotes.lab.domain.route_names import ROUTE_NAMES
from pilotes.record.api.protocol_models import ProtocolBody
from pilotes.record.domain.coverable_routes import COVERABLE
from pilotes.record.domain.draws.designs import MOST_PLACES, Design
from pilotes.record.domain.protocol import EligibilityRules, Indicator, Protocol
from socle.errors import Refusal

DETAILED: dict[str, Any] = {
    **PROTOCOL,
    "arms": [
        {"name": "prevenu", "label": "Prévenu : avant", "weight": 3333},
        {"name": "habituel", "label": "Comme d'habitude", "weight": 6667},
    ],
    "control": "habituel",
    "routes": [COVERABLE[5], COVERABLE[1]],
    "rules": {"account_required": True, "declarations": ["J'habite la région", "Je prends le bus"]},
    "indicators": [
        *PROTOCOL["indicators"],
        {"id": "retour", "label": "Revient", "kind": "retention", "source": "return:alert-read",
         "direction": "up", "role": "guardrail", "bound": -0.125},
        {"id": "rapport", "label": "Lues", "kind": "ratio", "source": "use:reminder-read",
         "denominator": "use:reminder-sent", "direction": "down", "role": "secondary"},
        {"id": "moyenne", "label": "Lectures", "kind": "mean", "source": "use:alert-read",
         "cap": 20, "before_days": 7, "direction": "up", "role": "secondary",
         "expected_response": 0.8},
    ],
    "design": {
        "kind": "cluster",
        "question": "Quel cabinet ?",
        "places": [{"code": f"c{each}", "label": f"Cabinet : {each}"} for each in range(9)],
        "size_variation": 0.3,
    },
    "looks": [],
    "ends_at": "2026-06-30T17:45:00Z",
}  # fmt: skip
SCHEDULED: list[dict[str, Any]] = [
    DETAILED | {
        "design": DETAILED["design"] | {
            "kind": "stepped_wedge",
            # The second is not a midnight in France.
            "switches": ["2026-03-02T00:00:00+01:00", "2026-04-06T09:30:00Z"],
            "washout_hours": 12,
        },
        "indicators": [PROTOCOL["indicators"][0] | {"at_least": 2}],
        "rules": {"minimum_age": 15},
        "cluster_size": 2.5,
        "cluster_correlation": 0.1,
        "territories": ["Orléans", "Ligne A : le tram"],
        "reminders_at_most": 3,
    },
    DETAILED | {
        "design": {
            "kind": "permuted_blocks",
            "question": "Quel âge avez-vous ?",
            "strata": [{"code": f"age-{each}", "label": f"Âge : {each}"} for each in range(3)],
        },
    },
    DETAILED | {
        "design": {"kind": "switchback", "places": [{"code": "s", "label": "S"}], "block_days": 7},
        "looks": [0.5, 1.0],
    },
]  # fmt: skip
CONTENTS = [PROTOCOL, DETAILED, *SCHEDULED]


def protocol(content: dict[str, Any]) -> Protocol:
    return ProtocolBody.model_validate(content).protocol()


@pytest.mark.parametrize("content", CONTENTS)
def test_a_protocol_that_is_displayed_and_sent_is_the_same(content: dict[str, Any]) -> None:
    written = protocol(content)
    displayed = protocol_fields(protocol_values(written), {})
    typed = with_identifiers({each.name: each.value for each in displayed})
    assert protocol_body(typed, written).protocol() == written


def test_two_switches_of_one_day_stay_two() -> None:
    """A draft of the API: the mistake is displayed, and nothing is changed by it."""
    design = SCHEDULED[0]["design"] | {
        "switches": ["2026-03-02T06:00:00Z", "2026-03-02T18:00:00Z", "2026-04-06T09:30:00Z"]
    }
    written = protocol(SCHEDULED[0] | {"design": design})
    typed = protocol_values(written)
    assert protocol_body(typed, written).protocol() == written
    # One of them removed: the first stays.
    typed["design_switches"] = typed["design_switches"].partition("\n")[2]
    switches = protocol_body(typed, written).protocol().design.switches
    assert switches == (written.design.switches[0], written.design.switches[2])


@pytest.mark.parametrize("part", [Protocol, Design, EligibilityRules, Indicator])
def test_each_field_with_a_default_is_written_in_one_of_them(part: Any) -> None:
    """So that the form forgets none, which an amendment would then remove. One without a default
    cannot be forgotten: the API refuses what the form sends."""
    found = [protocol(each) for each in CONTENTS]
    parts: list[Any] = [
        piece
        for each in found
        for piece in (each, each.design, each.rules, *each.indicators)
        if type(piece) is part
    ]
    for field in fields(part):
        if (field.default, field.default_factory) != (MISSING, MISSING):
            assert len({repr(getattr(each, field.name)) for each in parts}) > 1, field.name


def test_every_field_of_the_model_is_in_the_form() -> None:
    names = {each.name for each in protocol_fields(new_protocol(), {})}
    # What people are sent is displayed, not folded.
    (reminders,) = (
        each for each in protocol_fields(new_protocol(), {}) if each.name == "reminders_at_most"
    )
    assert (reminders.type, reminders.detail, reminders.group) == ("number", False, "who")
    assert tuple(ROUTE_NAMES) == COVERABLE
    for name, model in ProtocolBody.model_fields.items():
        if name in ("arms", "indicators", "rules", "design"):
            continue
        assert name in names, model
    (indicator,) = blocks_of(dict.fromkeys(names, "x") | {"indicator_1_remove": ""}, "indicator")
    body = ProtocolBody.model_fields["indicators"].annotation.__args__[0]  # type: ignore[union-attr]
    assert {"source"} == set(body.model_fields) - set(indicator)


def test_parts_are_added_and_removed_and_get_identifiers() -> None:
    typed = new_protocol() | {"arm_2_label": "Une alerte"}
    typed = with_identifiers(with_new_arm(typed) | {"arm_3_label": "Une  alerte !"})
    arms = blocks_of(typed, "arm")
    assert [each["name"] for each in arms] == ["le-service-habituel", "une-alerte", "une-alerte-2"]
    typed = with_identifiers({**typed, "arm_2_remove": "yes"})
    assert [each["label"] for each in blocks_of(typed, "arm")] == [
        "Le service habituel",
        "Une  alerte !",
    ]
    assert typed["arm_2_name"] == "une-alerte-2"
    # An indicator in which nothing is typed is none.
    assert not blocks_of(with_identifiers(with_new_indicator(new_protocol())), "indicator")
    for _ in range(2 * MOST["arm"]):
        typed = with_identifiers(with_new_arm(typed))
    assert len(blocks_of(typed, "arm")) == MOST["arm"]


def test_mistakes_are_at_the_field_that_was_typed() -> None:
    typed = protocol_values(protocol(PROTOCOL)) | {
        "arm_2_weight": "beaucoup",
        "indicator_1_baseline": "1e9",
        "minimum_age": "200",
        "planned_per_arm": "",
        "stopping_rule": "",
        "ends_at": "demain",
        "indicator_2_label": "",
        "design_size_variation": "-1",
        "design_switches": "2026-03-02\n31/12/2026",
        "territories": "x" * 300,
    }
    with pytest.raises(ValidationError) as caught:
        protocol_body(typed, None)
    expected = {"arm_2_weight", "indicator_1_baseline", "minimum_age", "planned_per_arm"}
    expected |= {"stopping_rule", "ends_at", "indicator_2_label", "design_size_variation"}
    expected |= {"design_switches", "territories"}
    assert wrong_fields(caught.value, [*typed]) == expected


def test_what_a_browser_does_not_send_is_refused_by_the_model() -> None:
    typed = protocol_values(protocol(PROTOCOL))
    assert protocol_body(typed | {"control": "9" * 5_000}, None).control == "habituel"
    places = protocol_body(typed | {"design_places": "Nord\n" * MOST_PLACES}, None).design.places
    assert len({each.code for each in places}) == MOST_PLACES
    for wrong in ({"design_places": "Nord\n" * 50_000}, {"starts_at": "0001-01-01"}):
        with pytest.raises(ValidationError) as caught:
            protocol_body(typed | wrong, None)
        assert wrong_fields(caught.value, [*typed]) == {*wrong}


@pytest.mark.parametrize("opened", ['{"a":"\\u0000"}', '{"a\\u0000":""}', '{"a":1}', "[]", "{", ""])
def test_an_unreadable_copy_of_the_opened_form_is_none(opened: str) -> None:
    assert read_opened(Form({"opened": [opened]})) == {}


@pytest.mark.parametrize("body", [b"title=%00", b"title%00=a"])
async def test_a_form_that_no_database_stores_is_refused(body: bytes) -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    with pytest.raises(Refusal):
        await parse_form(Request({"type": "http"}, receive))


def test_numbers_dates_and_names_are_read_as_they_are_typed() -> None:
    assert [number_text(each) for each in (None, 0.5, 250, 1.0)] == ["", "0,5", "250", "1"]
    assert [read_number(each) for each in ("", " 1 000,5 ", "0.5")] == [None, "1000.5", "0.5"]
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert read_date("2026-07-01", noon) == noon
    assert read_date("2026-07-01", None) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert read_date("31/12/2026", noon) == "31/12/2026"
    assert name_for("Être prévenu, à l'arrêt", start="pilote", taken=()) == "etre-prevenu-a-l-arret"
    assert name_for("2e essai", start="pilote", taken=()) == "pilote-2e-essai"
    assert name_for("漢字", start="pilote", taken=("pilote",)) == "pilote-2"
    assert len(name_for("a" * 300, start="x", taken=(), most=32)) <= 32


def test_the_changes_of_two_editors_are_merged_field_by_field() -> None:
    opened = protocol_values(protocol(PROTOCOL))
    # The first editor removes an indicator, changes the age, and the rule.
    current = with_identifiers(
        opened | {"indicator_1_remove": "yes", "minimum_age": "15", "stopping_rule": "Un incident."}
    )
    typed = with_identifiers(
        with_new_indicator(opened)
        | {"indicator_3_label": "Revient", "indicator_3_fact": "alert-read", "indicator_3_id": ""}
        | {"indicator_2_label": "Facile", "stopping_rule": "Deux incidents."}
    )
    found = merge(opened, typed, current)
    assert found.values["minimum_age"] == "15"
    labels = [each["label"] for each in blocks_of(found.values, "indicator")]
    assert labels == ["Facile", "Revient"]
    (conflict,) = found.conflicts
    assert (conflict.name, conflict.typed, conflict.current) == (
        "stopping_rule",
        "Deux incidents.",
        "Un incident.",
    )
    assert "minimum_age" in {each.name for each in found.adopted}
    own = {each.name for each in found.own}
    assert {"indicator_1_label", "indicator_2_label", "indicator_2_fact"} <= own
    # Of the removed one, its label alone.
    (removed,) = [each.name for each in found.adopted if each.name.startswith("indicator_3")]
    assert removed == "indicator_3_label"
    same = merge(opened, opened, opened)
    assert (same.values, same.differences) == (opened, [])


def test_a_part_that_one_removes_and_the_other_changes_is_to_choose() -> None:
    opened = protocol_values(protocol(PROTOCOL))
    without = with_identifiers(opened | {"indicator_1_remove": "yes"})
    changed = with_identifiers(opened | {"indicator_1_label": "Un départ", "minimum_age": "15"})
    for typed, current in ((without, changed), (changed, without)):
        found = merge(opened, typed, current)
        (conflict,) = found.conflicts
        number = conflict.name.removesuffix("_remove")
        assert (conflict.label, found.values[f"{number}_label"]) == ("Un départ", "Un départ")
        assert found.values[f"{number}_fact"] == opened["indicator_1_fact"]
        assert found.values["minimum_age"] == "15"
        assert {conflict.typed, conflict.current} == {"", "yes"}
        assert (conflict.typed == "yes") == (typed is without)
        assert [each.name for each in conflict.changes] == [f"{number}_label"]
        assert not any(number in each.name for each in (*found.adopted, *found.own))
        stays, gone = (with_identifiers({**found.values, conflict.name: e}) for e in ("", "yes"))
        ids = {each["id"] for each in blocks_of(stays, "indicator")}
        assert ids == {each["id"] for each in blocks_of(opened, "indicator")}
        assert ids - {each["id"] for each in blocks_of(gone, "indicator")} == {
            opened["indicator_1_id"]
        }


def test_the_control_is_that_group_also_if_its_number_changes() -> None:
    opened = protocol_values(protocol(PROTOCOL))
    three = with_identifiers(opened | {"arm_3_label": "Une affiche", "arm_3_weight": "10"})
    # The first editor removes the first group, and another one becomes the control.
    current = with_identifiers(three | {"arm_1_remove": "yes"}) | {"control": "1"}
    found = merge(three, three | {"arm_1_label": "Rien de plus"}, current)
    (conflict,) = found.conflicts
    assert conflict.label == "Rien de plus"
    control = int(found.values["control"])
    assert found.values[f"arm_{control}_label"] == three["arm_2_label"]
    # The second editor chooses another control.
    found = merge(three, three | {"control": "3"}, current)
    (conflict,) = found.conflicts
    assert found.values[f"arm_{conflict.typed}_label"] == "Une affiche"
    assert found.values[f"arm_{conflict.current}_label"] == three["arm_2_label"]
    assert (found.values["control"], conflict.opened) == (conflict.typed, "")
    # One editor alone: the second group is the first one, once that is removed.
    alone = with_identifiers(three | {"control": "2", "arm_1_remove": "yes"})
    assert alone[f"arm_{alone['control']}_label"] == three["arm_2_label"]
