"""Consents that name a profession, and labels that mask from one: evaluated in memory."""

from datetime import UTC, datetime
from typing import Any

import pytest

from esante.access.domain.consent_effects import ALWAYS, NEVER, Reader, effects_of
from esante.access.domain.consent_problems import require_applicable
from esante.access.domain.consent_provision import read_provision
from esante.access.domain.open_records import references_of
from esante.access.domain.professions import professions_named
from esante.access.domain.record_openings import consent_openings, with_local_actors
from esante.access.domain.security_labels import masks_of
from esante.core.domain.permissions import Author
from socle.errors import Refusal

NOS = "https://mos.esante.gouv.fr/NOS/"
G15 = f"{NOS}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
DOCTOR, NURSE, SOCIAL_WORKER = "10", "60", "41"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def consent(effect: str, code: str = DOCTOR, **role: Any) -> dict[str, Any]:
    coding = {"system": G15, "code": code}
    named = {"resourceType": "PractitionerRole", "id": "role", "code": [{"coding": [coding]}]}
    actor = {"role": {"text": "x"}, "reference": {"reference": "#role"}}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "contained": [named | role],
        "provision": {"type": effect, "actor": [actor]},
    }


def stored(written: dict[str, Any]) -> dict[str, Any]:
    """As the rows have it."""
    professions = professions_named(written)
    provision = with_local_actors(
        written["provision"], lambda _: [], "https://here/fhir", professions
    )
    return written | {"provision": provision}


def reader(*professions: str, organisation: str | None = None) -> Reader:
    author = Author(
        "p",
        "professional",
        frozenset(),
        None,
        "Practitioner/p",
        organisation,
        frozenset(professions),
    )
    return Reader(frozenset(references_of(author)), NOW)


def test_a_permission_opens_to_the_profession_alone() -> None:
    written = stored(consent("permit"))
    (opening,) = consent_openings(written)
    assert opening.member == "profession:10"
    for professions, is_permitted in (
        ((DOCTOR,), True),
        ((NURSE, DOCTOR), True),
        ((NURSE,), False),
        ((), False),  # unknown
    ):
        effects = effects_of(read_provision(written), reader(*professions))
        assert effects.named == (ALWAYS if is_permitted else NEVER), professions
        assert (opening.member in reader(*professions).references) == is_permitted


def test_a_denial_also_denies_to_whom_no_profession_is_known() -> None:
    provision = read_provision(stored(consent("deny")))
    assert effects_of(provision, reader(DOCTOR)).denied == ALWAYS
    assert effects_of(provision, reader()).denied == ALWAYS
    assert effects_of(provision, reader(NURSE)).denied == NEVER


def test_an_organisation_narrows_it() -> None:
    place = {"organization": {"reference": "Organization/cabinet"}}
    permitted, denied = (stored(consent(each, **place)) for each in ("permit", "deny"))
    for who, is_member in (
        (reader(DOCTOR, organisation="cabinet"), True),
        (reader(DOCTOR, organisation="other"), False),
        (reader(NURSE, organisation="cabinet"), False),
        (reader(DOCTOR), False),
    ):
        assert effects_of(read_provision(permitted), who).named == (ALWAYS if is_member else NEVER)
        assert effects_of(read_provision(denied), who).denied == (ALWAYS if is_member else NEVER)
    unknown = reader(organisation="cabinet")
    assert effects_of(read_provision(permitted), unknown).named == NEVER
    assert effects_of(read_provision(denied), unknown).denied == ALWAYS
    assert effects_of(read_provision(denied), reader(organisation="other")).denied == NEVER


@pytest.mark.parametrize(
    "role",
    [
        {"practitioner": {"reference": "Practitioner/1"}},
        {"specialty": [{"text": "cardiologie"}]},
        {"period": {"start": "2026"}},
        {"code": []},
        {"code": [{"text": "médecin"}]},
        {"code": [{"coding": [{"system": "urn:other", "code": DOCTOR}]}]},
        {"active": False},
        {"organization": {"reference": "#other"}},
        {"organization": {"display": "Cabinet"}},
        {"resourceType": "Practitioner"},
        {"id": "other"},
    ],
)
def test_what_is_not_a_profession_alone_is_refused_and_opens_nothing(role: Any) -> None:
    written = consent("permit", **role)
    with pytest.raises(Refusal, match="profession"):
        require_applicable(written)
    # One that was stored before.
    assert not list(consent_openings(stored(written)))
    assert effects_of(read_provision(stored(written)), reader(DOCTOR)).named == NEVER
    refusal = read_provision(stored(consent("deny", **role)))
    assert effects_of(refusal, reader(NURSE)).denied == ALWAYS


@pytest.mark.parametrize("text", ["profession:10", "Organization/cabinet profession:10"])
def test_no_reference_states_a_profession(text: str) -> None:
    written = consent("permit")
    written["provision"]["actor"][0]["reference"]["reference"] = text
    assert not list(consent_openings(stored(written)))
    cabinet = reader(DOCTOR, organisation="cabinet")
    assert effects_of(read_provision(stored(written)), cabinet).named == NEVER


def test_a_label_masks_from_the_social_domain() -> None:
    is_masked = {
        professions: "MASQUE_PSOCIAL" in masks_of(professions)
        for professions in ((), (SOCIAL_WORKER,), (DOCTOR,), (SOCIAL_WORKER, NURSE), ("93",))
    }
    assert is_masked == {
        (): True,
        (SOCIAL_WORKER,): True,
        (DOCTOR,): False,
        (SOCIAL_WORKER, NURSE): False,
        ("93",): False,
    }
    assert {"V", "MASQUE_PS"} <= set(masks_of((DOCTOR,)))
