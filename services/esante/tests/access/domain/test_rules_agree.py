"""Consents, circles and emergencies of any form: what is visible in memory, by the criterion that
searches and reads use, is what a slow reference allows. The rows and the SQL are left to
`test_access_agrees.py`."""

from collections.abc import Iterator, Set
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_access.reference import (
    Json,
    Person,
    State,
    is_visible,
    is_visible_to_related,
    records_of,
)

from esante.access.domain.carers import evaluate_carer
from esante.access.domain.consent_provision import Provision, permits_for_sure, read_provision
from esante.access.domain.open_records import (
    CARER,
    CIRCLE,
    EMERGENCY,
    REPRESENTATIVE,
    OpenRecords,
    evaluate_openings,
    patient_element,
    references_of,
)
from esante.access.domain.professions import professions_named
from esante.access.domain.record_criteria import records_criterion
from esante.access.domain.record_openings import (
    RecordOpening,
    care_team_openings,
    consent_openings,
    matters_beyond_openings,
    with_local_actors,
)
from esante.core.domain.permissions import Author
from esante.search.domain.indexing import index
from esante.search.domain.query.matcher import IndexedResource, matches
from esante.store.domain.index_keys import author_key
from socle.testing import sized

BASE = "https://region.example.org/fhir"
V3 = "http://terminology.hl7.org/CodeSystem/"
G15 = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
CABINET, CENTRE = "Organization/cabinet", "Organization/centre"
PEOPLE = tuple(
    Person(name, frozenset({f"Practitioner/{name}", place}), frozenset(professions))
    for name, place, professions in (
        ("camille", CABINET, ["10"]),
        ("ines", CENTRE, ["60"]),
        ("sam", CABINET, ["41"]),
        ("nora", CABINET, []),
    )
)
PATIENTS = ("a", "b")
TYPES = ("Patient", "Observation", "Communication")
ROLES: list[Json] = [
    {"id": "doctors", "code": ["10"]},
    {"id": "carers", "code": ["60", "41"]},
    {"id": "cabinet", "code": ["10", "60"], "organization": {"reference": CABINET}},
]
CONTAINED = [
    each
    | {
        "resourceType": "PractitionerRole",
        "code": [{"coding": [{"system": G15, "code": one} for one in each["code"]]}],
    }
    for each in ROLES
]
NAMED = (
    "Practitioner/camille",
    "Practitioner/nora",
    "RelatedPerson/paul",
    CABINET,
    *(f"#{each['id']}" for each in ROLES),
)
MEMBERS = ("Practitioner/ines", "Practitioner/sam", CABINET, CENTRE)
patients = st.sampled_from(PATIENTS)
days = st.integers(1, 6)


@st.composite
def periods(draw: st.DrawFn) -> Json:
    ends = {name: f"2026-01-0{day}" for name, day in (("start", draw(days)), ("end", draw(days)))}
    chosen = draw(st.sampled_from(([], [], [], [], [], ["start"], ["end"])))
    return {"period": {name: ends[name] for name in chosen}} if chosen else {}


def conditions() -> st.SearchStrategy[Json]:
    """One element that limits a provision, or none."""
    of_types = ({"system": "http://hl7.org/fhir/resource-types", "code": "Observation"},)
    of_codes = ({"coding": [{"system": "urn:c", "code": each}]} for each in "xy")
    labels = ({"system": f"{V3}v3-Confidentiality", "code": each} for each in "NRV")
    masks = ({"system": "urn:a07", "code": each} for each in ("MASQUE_PS", "MASQUE_PSOCIAL"))
    purposes = ({"system": f"{V3}v3-ActReason", "code": e} for e in ("TREAT", "HRESCH", "BTG"))
    instance = {"meaning": "instance", "reference": {"reference": "Observation/n0"}}
    return st.sampled_from(
        [
            {},
            {},
            *({"class": [each]} for each in of_types),
            *({"code": [each]} for each in of_codes),
            *({"securityLabel": [each]} for each in (*labels, *masks)),
            *({"purpose": [each]} for each in purposes),
            {"data": [instance]},
        ]
    )


PERIODS, CONDITIONS = periods(), conditions()
EFFECTS = st.sampled_from(("deny", "permit"))
ACTORS = st.lists(st.sampled_from(NAMED), max_size=2)
MASKS = ("MASQUE_PS", "MASQUE_PSOCIAL", "MASQUE_PT", "INVISIBLE_REPRESENTANTS_LEGAUX")
LABELS = st.lists(st.sampled_from(("R", "V", *MASKS)), max_size=2)
CONTENTS = st.sampled_from(
    [
        *(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": "urn:c", "code": each}]},
            }
            for each in "xy"
        ),
        *(
            {
                "resourceType": "Communication",
                "status": "completed",
                "category": [{"coding": [{"system": "urn:category", "code": each}]}],
            }
            for each in ("alert", "notification")
        ),
    ]
)
STATUSES = st.sampled_from(("active", "active", "active", "inactive"))


@st.composite
def provisions(draw: st.DrawFn, depth: int = 0) -> Json:
    found = {"type": draw(EFFECTS)} | draw(PERIODS) | draw(CONDITIONS)
    if actors := draw(ACTORS):
        found["actor"] = [{"role": {"text": "x"}, "reference": {"reference": e}} for e in actors]
    if depth < 2 and (inner := draw(st.lists(provisions(depth=depth + 1), max_size=2))):
        found["provision"] = inner
    return found


@st.composite
def consents(draw: st.DrawFn) -> Json:
    root = draw(provisions())
    if draw(st.booleans()):
        del root["type"]
    return {
        "resourceType": "Consent",
        "contained": CONTAINED,
        "status": draw(STATUSES),
        "scope": {"coding": [{"system": f"{V3}consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": f"Patient/{draw(patients)}"},
        "provision": root,
    }


@st.composite
def teams(draw: st.DrawFn) -> Json:
    members = draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3))
    return {
        "resourceType": "CareTeam",
        "status": draw(STATUSES),
        "subject": {"reference": f"Patient/{draw(patients)}"},
        "participant": [{"member": {"reference": each}} | draw(PERIODS) for each in members],
    } | draw(PERIODS)


@st.composite
def notes(draw: st.DrawFn) -> Json:
    labels = draw(LABELS)
    note: Json = draw(CONTENTS) | {
        "meta": {"security": [{"system": "urn:labels", "code": each} for each in labels]},
    }
    records = draw(st.sampled_from((*PATIENTS, *PATIENTS, None)))
    return note | ({"subject": {"reference": f"Patient/{records}"}} if records else {})


@st.composite
def states(draw: st.DrawFn) -> State:
    state = State(day=draw(days), hour=draw(st.integers(0, 23)))
    resources = [{"resourceType": "Patient", "id": each} for each in PATIENTS]
    for make, letter, sizes in (
        (consents(), "c", (1, 3)),
        (teams(), "t", (1, 2)),
        (notes(), "n", (3, 4)),
    ):
        found = draw(st.lists(make, min_size=sizes[0], max_size=sizes[1]))
        resources += [each | {"id": f"{letter}{at}"} for at, each in enumerate(found)]
    accounts = st.sampled_from([each.account for each in PEOPLE])
    for each in resources:
        local = f"{each['resourceType']}/{each['id']}"
        state.resources[local] = each
        if each["resourceType"] in TYPES and draw(st.integers(0, 3)) == 0:
            state.authors[local] = draw(accounts)
    opened = st.tuples(accounts, patients, st.integers(state.now - 1, state.now + 1))
    state.emergencies = draw(st.lists(opened, max_size=2))
    return state


def author_of(person: Person) -> Author:
    references = {each.partition("/")[0]: each for each in person.references}
    return Author(
        person.account,
        "professional",
        frozenset(),
        None,
        references["Practitioner"],
        references["Organization"].partition("/")[2],
        person.professions,
    )


def openings_of(state: State) -> Iterator[tuple[str, RecordOpening]]:
    """(patient, opening) of everything that is stored, as its rows have them."""
    for team in state.of("CareTeam"):
        for each in care_team_openings(team, BASE):
            yield team["subject"]["reference"].partition("/")[2], each
    for consent in state.of("Consent"):
        for each in consent_openings(stored(consent)):
            yield consent["patient"]["reference"].partition("/")[2], each
    for local, account in state.authors.items():
        if local.startswith("Patient/"):
            yield local.partition("/")[2], RecordOpening(f"Practitioner/{account}", CIRCLE, None)
    for account, patient, until in state.emergencies:
        if state.now < until:
            yield patient, RecordOpening(f"Practitioner/{account}", EMERGENCY, None)


def stored(consent: Json) -> Json:
    named = professions_named(consent)
    return consent | {
        "provision": with_local_actors(consent["provision"], lambda _: [], BASE, named)
    }


def records_open_to(person: Person, state: State) -> OpenRecords:
    author, now = author_of(person), datetime(2026, 1, state.day, state.hour, tzinfo=UTC)
    circle: set[int] = set()
    others: dict[int, int] = {}
    for patient, each in openings_of(state):
        low, high = each.period or (None, None)
        is_now = (low is None or low <= now) and (high is None or now < high)
        element = patient_element(patient)
        if each.member in references_of(author) and is_now:
            if each.reasons == CIRCLE:
                circle.add(element)
            else:
                others[element] = others.get(element, 0) | each.reasons
    provisions = provisions_of(state, circle | others.keys())
    return evaluate_openings(
        frozenset(circle), others, provisions, author=author, now=now, emergency_reasons={}
    )


def provisions_of(state: State, elements: Set[int]) -> dict[int, list[Provision]]:
    """Those that are read with the openings of those records."""
    provisions: dict[int, list[Provision]] = {}
    for consent in map(stored, state.of("Consent")):
        element = patient_element(consent["patient"]["reference"].partition("/")[2])
        root = read_provision(consent, permits=permits_for_sure(consent))
        is_read = consent["status"] == "active" and element in elements
        if is_read and matters_beyond_openings(root):
            provisions.setdefault(element, []).append(root)
    return provisions


def sees(person: Person, records: OpenRecords, state: State, resource: Any) -> bool:
    local = f"{resource['resourceType']}/{resource['id']}"
    account = state.authors.get(local)
    indexed = IndexedResource(
        resource["resourceType"],
        resource["id"],
        datetime(2026, 1, 1, tzinfo=UTC),
        index(resource, base=BASE),
        None if account is None else author_key(account),
    )
    return matches(records_criterion(resource["resourceType"], records), indexed)


@pytest.mark.deep
@given(states())
@settings(max_examples=sized(60, deep=600), deadline=None)
def test_what_is_visible_is_what_is_allowed(state: State) -> None:
    for person in PEOPLE:
        records = records_open_to(person, state)
        for local, resource in state.resources.items():
            if resource["resourceType"] in TYPES:
                expected = is_visible(state, person, resource)
                assert sees(person, records, state, resource) == expected, (person, local)


PAUL = Person("paul", frozenset({"RelatedPerson/paul"}), is_professional=False)


@pytest.mark.deep
@given(states(), st.sampled_from((CARER, REPRESENTATIVE)))
@settings(max_examples=sized(60, deep=600), deadline=None)
def test_what_is_visible_to_a_carer_is_what_is_allowed(state: State, reason: int) -> None:
    now = datetime(2026, 1, state.day, state.hour, tzinfo=UTC)
    author = Author("paul", "carer", frozenset(), "a", "RelatedPerson/paul")
    opened = {patient_element("a"): reason}
    records = evaluate_carer(opened, provisions_of(state, opened.keys()), author=author, now=now)
    for local, resource in state.resources.items():
        if resource["resourceType"] in TYPES:
            represents = reason == REPRESENTATIVE
            expected = is_visible_to_related(state, PAUL, resource, represents=represents)
            expected = expected and records_of(resource) == {"a"}
            assert sees(PAUL, records, state, resource) == expected, local
