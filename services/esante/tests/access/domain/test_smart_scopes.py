"""A scope grants no more than its bearer has.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#user-level-scopes
"""

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
    assert access.permitted("Observation", "s").grants == grants
