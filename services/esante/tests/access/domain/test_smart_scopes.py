"""A scope grants no more than its bearer has.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#user-level-scopes
"""

from dataclasses import replace

import pytest

from esante.access.domain.smart_scopes import access_of
from esante.core.domain.permissions import Grant

EVERYTHING, OWN, NOTHING = (Grant(),), (Grant("p1"),), ()


@pytest.mark.parametrize(
    ("role", "scope", "patient", "grants"),
    [
        ("patient", "patient/Observation.rs", "p1", OWN),
        ("patient", "user/Observation.rs", "p1", OWN),
        ("patient", "user/*.cruds", "p1", OWN),
        ("patient", "user/*.cruds", None, NOTHING),
        ("patient", "system/*.cruds", "p1", NOTHING),
        ("professional", "patient/*.rs", "p1", OWN),
        ("professional", "patient/*.rs", None, NOTHING),
        ("professional", "user/*.rs", None, EVERYTHING),
        ("professional", "system/*.rs", None, NOTHING),
        ("integrator", "system/*.rs", None, EVERYTHING),
        ("integrator", "user/*.rs", None, NOTHING),
        ("integrator", "patient/*.rs", "p1", NOTHING),
        ("carer", "patient/*.rs", "p1", OWN),
        ("carer", "patient/*.rs", None, NOTHING),
        ("carer", "user/*.rs system/*.rs", "p1", NOTHING),
        ("traveller", "user/*.rs", "p1", NOTHING),
        ("coordinator", "user/*.rs", "p1", NOTHING),
        ("anonymous", "user/*.rs", None, NOTHING),
        ("professional", "openid launch", None, NOTHING),
    ],
)
def test_what_a_scope_gives_to_whom(
    role: str, scope: str, patient: str | None, grants: tuple[Grant, ...]
) -> None:
    access = access_of(scope.split(), role=role, patient=patient)
    found = access.permitted("Observation", "s").grants
    assert tuple(replace(each, records=None) for each in found) == grants
    # To a professional and a carer no record is open before it is loaded.
    records = [each.records for each in found if each.records is not None]
    assert len(records) == (len(found) if role in ("professional", "carer") else 0)
    assert not any(each.is_open("p1") for each in records)
    assert all(each.records is None for each in access.permitted("Organization", "s").grants)


def test_what_a_carer_can_write() -> None:
    access = access_of(["patient/*.cruds", "user/*.cruds"], role="carer", patient="p1")
    writes = {
        (each, action)
        for each in ("Communication", "Consent", "Observation", "RelatedPerson", "Subscription")
        for action in ("c", "u", "d")
        if access.permitted(each, action)
    }
    assert writes == {("Communication", "c"), ("Consent", "c"), ("Consent", "u")}
