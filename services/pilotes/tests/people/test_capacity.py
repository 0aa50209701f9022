"""Who signs with a person or for them: what entitles, and what does not."""

from datetime import date

import pytest

from pilotes.http.api.forms import Form
from pilotes.people.api.pages.capacity_fields import read_assistance, read_capacity, read_mandate
from pilotes.people.domain.capacity import (
    Capacity,
    JointCapacity,
    Mandate,
    capacity_json,
    check_capacity,
    check_mandate,
    offered_capacities,
)
from pilotes.record.domain.protocol import EligibilityRules
from socle.errors import Refusal

LAST_DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("mandate", "capacity", "rule"),
    [
        (Mandate("parent"), "child", None),
        (Mandate("guardian"), "child", "mandate_type"),
        (Mandate("parent"), "represented", "mandate_type"),
        (Mandate("guardian", "person"), "represented", None),
        (Mandate("family_authorisation", "both", LAST_DAY), "represented", None),
        (Mandate("guardian", "property"), "represented", "mandate_property"),
        (Mandate("protection_mandate", "person", date(2026, 6, 29)), "represented", "mandate_ends"),
    ],
)
def test_what_entitles_to_sign(mandate: Mandate, capacity: JointCapacity, rule: str | None) -> None:
    if rule is None:
        check_mandate(mandate, capacity, last_day=LAST_DAY)
        return
    with pytest.raises(Refusal) as refused:
        check_mandate(mandate, capacity, last_day=LAST_DAY)
    assert refused.value.details["rule"] == rule


def test_a_pilot_for_people_of_15_has_no_child_under_15() -> None:
    assert "child" in offered_capacities(EligibilityRules(minimum_age=14))
    assert "child" in offered_capacities(EligibilityRules())
    for age in (15, 18):
        check_capacity("self", EligibilityRules(minimum_age=age))
        with pytest.raises(Refusal, match=f"{age} ans et plus"):
            check_capacity("child", EligibilityRules(minimum_age=age))


def test_a_form_without_a_valid_choice() -> None:
    assert read_capacity(Form({})) == "self"
    assert read_capacity(Form({"capacity": ["guardian"]})) == "self"
    assert read_assistance(Form({"assisted_by": ["curator"]})) == "curator"
    assert read_assistance(Form({"assisted_by": ["parent"]})) is None
    assert read_mandate(Form({"mandate": ["guardian"]}), "child") == "parent_missing"
    assert read_mandate(Form({"mandate": ["guardian"]}), "represented") == "choice_missing"
    entitled = {"mandate": ["guardian"], "scope": ["person"]}
    assert read_mandate(Form(entitled), "represented") == Mandate("guardian", "person")
    for typed in ("31/12/2027", "2027-12-31"):
        assert read_mandate(Form({**entitled, "ends_on": [typed]}), "represented") == Mandate(
            "guardian", "person", date(2027, 12, 31)
        )
    for typed in ("31/12", "2027-02-30", "30/02/2027", "demain"):
        assert read_mandate(Form({**entitled, "ends_on": [typed]}), "represented") == (
            "ends_on_wrong"
        )


def test_a_person_of_trust_is_a_witness_in_the_record() -> None:
    assert capacity_json(Capacity("self", "person_of_trust")) == {
        "capacity": "self",
        "witness": "person_of_trust",
    }
    mandate = Mandate("guardian", "both", LAST_DAY)
    assert capacity_json(Capacity("represented", None, mandate)) == {
        "capacity": "represented",
        "co_signatory": "guardian",
        "mandate_scope": "both",
        "mandate_ends_on": "2026-06-30",
    }
