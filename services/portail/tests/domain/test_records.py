"""What pages display of FHIR resources, and the resources that they write."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from portail.domain.records.accesses import accesses_of
from portail.domain.records.content import alerts_of, notes_of, quantity_text, sections_of
from portail.domain.records.elements import next_query
from portail.domain.records.measures import daily, measure_type, series_of
from portail.domain.records.people import flag_titles, members_of, patient_of
from portail.domain.records.rights import consent_resource, hiding_resource, refusals_of

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
LUCIE = {"reference": "Patient/lucie"}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


def weight(at: str, value: object, unit: str = "kg", **more: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit}
    return {
        "resourceType": "Observation",
        "status": "final",
        "effectiveDateTime": at,
        "valueQuantity": quantity,
    } | more


def test_measures_that_would_bend_the_curve_are_counted_and_not_drawn() -> None:
    found = bundle(
        weight("2026-11-28T08:00:00Z", 72.5),
        weight("2026-11-27T08:00:00Z", 159.8, "lb"),
        weight("2026-11-26T08:00:00Z", "72"),
        weight("2031-01-01T08:00:00Z", 71),
        weight("2026-11-25T08:00:00Z", 70, status="entered-in-error"),
        weight("2026-11-24", 71.5),
    )
    series = series_of(found, measure_type("poids"), now=NOW, truncated=False)
    assert [point.value for point in series.curves[0]] == [71.5, 72.5]
    assert (series.unit, series.rejected, series.thresholds) == ("kg", 3, ())


def test_blood_pressure_is_two_curves_with_the_thresholds_of_home() -> None:
    parts = [
        {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value, "unit": "mmHg"}}
        for code, value in (("8462-4", 84), ("8480-6", 140))
    ]
    reading = {"resourceType": "Observation", "status": "final", "component": parts}
    found = bundle(reading | {"effectiveDateTime": "2026-11-28T08:00:00Z"})
    series = series_of(found, measure_type("tension"), now=NOW, truncated=False)
    assert series.rows == [(datetime(2026, 11, 28, 8, tzinfo=UTC), (140.0, 84.0))]
    assert series.thresholds == (135.0, 85.0)


def test_thresholds_are_those_that_the_measure_states() -> None:
    bounds = [{"low": {"value": 60}, "high": {"value": 75}}]
    found = bundle(weight("2026-11-28T08:00:00Z", 72, referenceRange=bounds))
    series = series_of(found, measure_type("poids"), now=NOW, truncated=False)
    assert series.thresholds == (60.0, 75.0)


def test_many_points_become_one_a_day() -> None:
    found = bundle(*(weight(f"2026-11-2{day}T{at}:00:00Z", day) for day in (6, 7) for at in (8, 9)))
    found["entry"] = [
        {"resource": each["resource"] | {"effectiveDateTime": at}}
        for each, at in zip(
            found["entry"],
            ("2026-11-26T08:00:00Z", "2026-11-26T10:00:00Z", "2026-11-27", "2026-11-27T09:00:00Z"),
            strict=True,
        )
    ]
    points = series_of(found, measure_type("poids"), now=NOW, truncated=False).curves[0]
    assert [point.value for point in daily(points)] == [6.0, 7.0]


def test_only_active_flags_are_alerts() -> None:
    flags = [
        {
            "resourceType": "Flag",
            "id": name,
            "status": status,
            "subject": LUCIE,
            "code": {"text": name},
            "text": {"div": "<div><p>74,8 kg &gt; 72 kg</p></div>"},
        }
        for name, status in (("poids", "active"), ("chute", "inactive"))
    ]
    assert flag_titles(bundle(*flags)) == {"lucie": ("poids",)}
    (alert,) = alerts_of(bundle(*flags))
    assert (alert.title, alert.explanation) == ("poids", "74,8 kg > 72 kg")


def test_an_alert_of_a_rule_has_its_name_as_title_and_its_sentence_below() -> None:
    sentence = "Prise de poids rapide : de 70 à 72,6 kg en 2 jours. Seuil : plus de 2 kg. (Règle)"
    rule = {
        "resourceType": "Device",
        "id": "regle",
        "deviceName": [{"name": "Prise de poids rapide", "type": "user-friendly-name"}],
    }
    common = {"contained": [rule], "subject": LUCIE}
    flag = common | {
        "resourceType": "Flag",
        "id": "f",
        "status": "active",
        "code": {"text": sentence, "coding": [{"display": "Prise de poids rapide"}]},
        "author": {"reference": "#regle"},
    }
    assert flag_titles(bundle(flag)) == {"lucie": ("Prise de poids rapide",)}
    (alert,) = alerts_of(bundle(flag))
    assert alert.title == "Prise de poids rapide"
    assert f"{alert.title} : {alert.explanation}" == sentence
    message = common | {
        "resourceType": "Communication",
        "id": "m",
        "sender": {"reference": "#regle"},
        "payload": [{"contentString": sentence}],
    }
    assert [each.author for each in notes_of(bundle(message), "lucie")] == ["Prise de poids rapide"]
    assert notes_of(bundle(message), "marc") == []


def test_the_summary_is_read_in_one_line_for_each_resource() -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "code": {"coding": [{"display": "Pénicilline"}]},
        "criticality": "high",
        "reaction": [{"manifestation": [{"text": "Urticaire"}]}],
    }
    section = {
        "title": "Allergies",
        "code": {"coding": [{"code": "48765-2"}]},
        "entry": [{"reference": "AllergyIntolerance/a"}, {"reference": "Condition/absent"}],
    }
    document = bundle({"resourceType": "Composition", "section": [section]}, allergy)
    (found,) = sections_of(document)
    assert found.lines == ("Pénicilline, risque élevé, Urticaire",)
    assert quantity_text(weight("2026-11-28", 62.5)) == "62,5\N{NO-BREAK SPACE}kg"


def test_members_have_the_names_and_phones_of_what_is_included() -> None:
    team = {
        "resourceType": "CareTeam",
        "participant": [
            {"member": {"reference": "PractitionerRole/r"}, "role": [{"text": "Infirmière"}]},
            {"member": LUCIE},
        ],
    }
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"reference": "Practitioner/p"},
    }
    person = {
        "resourceType": "Practitioner",
        "id": "p",
        "name": [{"family": "Essai", "given": ["Inès", "Marie"]}],
        "telecom": [{"system": "phone", "value": "02 48 00 00 02"}],
    }
    (member,) = members_of(bundle(team, role, person))
    assert (member.name, member.role, member.phone) == (
        "Inès ESSAI",
        "Infirmière",
        "02 48 00 00 02",
    )


def test_age_counts_complete_years() -> None:
    patient = patient_of({"resourceType": "Patient", "id": "x", "birthDate": "1979-05-12"})
    assert [patient.age(date(2026, 5, day)) for day in (11, 12)] == [46, 47]


@pytest.mark.parametrize("broken", [{}, {"entry": "x"}, {"entry": [1, {"resource": []}]}])
def test_a_response_of_another_shape_is_an_empty_panel(broken: dict[str, Any]) -> None:
    assert notes_of(broken, "lucie") == alerts_of(broken) == members_of(broken) == []
    assert accesses_of(broken, "lucie", {}) == []
    assert next_query(broken) is None


def test_a_refusal_is_a_consent_that_its_page_reads_again() -> None:
    written = consent_resource(
        "lucie", actor="Practitioner/p", actor_name="Inès ESSAI", scope="mesures", now=NOW
    )
    (found,) = refusals_of(bundle(written | {"id": "c"}))
    assert (found.who, found.scope, found.types) == ("Inès ESSAI", "mesures", ("Observation",))
    everybody = consent_resource("lucie", actor=None, actor_name="", scope="tout", now=NOW)
    (found,) = refusals_of(bundle(everybody))
    assert (found.who, found.scope) == ("", "tout")
    assert refusals_of(bundle(everybody | {"status": "inactive"})) == []


def test_a_hidden_document_is_a_refusal_of_nothing_else() -> None:
    titles = {"DocumentReference/d": "Bilan", "Binary/b": "Bilan"}
    written = hiding_resource("lucie", titles, NOW)
    (found,) = refusals_of(bundle(written))
    assert (found.hidden_document, found.scope, found.resources) == ("d", None, titles)
    more = hiding_resource("lucie", titles | {"DocumentReference/e": "Ordonnance"}, NOW)
    assert refusals_of(bundle(more))[0].hidden_document is None


@pytest.mark.parametrize(
    "more",
    [
        {"period": {"end": "2020-01-01"}},
        {"purpose": [{"code": "HRESCH"}]},
        {"provision": [{"type": "permit"}]},
        {"actor": []},
        {"data": [{"meaning": "related", "reference": {"reference": "DocumentReference/d"}}]},
        {
            "data": [
                {"meaning": "instance", "reference": {"reference": f"{each}/d"}}
                for each in ("DocumentReference", "Observation")
            ]
        },
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_document_is_hidden_by_what_hides_it_from_all_at_all_times(more: dict[str, Any]) -> None:
    written = hiding_resource("lucie", {"DocumentReference/d": "Bilan"}, NOW)
    assert refusals_of(bundle(written))[0].hidden_document == "d"
    other = written | {"provision": written["provision"] | more}
    assert refusals_of(bundle(other))[0].hidden_document is None


def test_an_access_names_the_person_the_application_and_an_emergency() -> None:
    event = {
        "resourceType": "AuditEvent",
        "recorded": "2026-11-28T08:00:00Z",
        "action": "R",
        "outcome": "0",
        "agent": [
            {"requestor": False, "name": "carnet"},
            {
                "requestor": True,
                "name": "Camille DÉMO",
                "purposeOfUse": [{"coding": [{"code": "BTG", "display": "urgence"}]}],
            },
        ],
    }
    (found,) = accesses_of(bundle(event), "lucie", {"carnet": "Carnet de suivi"})
    assert (found.people, found.application, found.actions) == (
        "Camille DÉMO",
        "Carnet de suivi",
        ("read",),
    )
    assert found.emergency
    assert not found.reason
    assert not found.refused


def test_an_access_without_a_name_has_a_role() -> None:
    def event(role: str, account: str, reference: str = "", program: str = "") -> dict[str, Any]:
        user: dict[str, Any] = {
            "requestor": True,
            "altId": account,
            "role": [{"text": role}],
            "who": {"reference": reference} if reference else {},
        }
        agents = [{"requestor": False, "name": program or account}, user]
        return {"resourceType": "AuditEvent", "recorded": NOW.isoformat(), "agent": agents}

    found = accesses_of(
        bundle(
            event("patient", "a-1", "Patient/lucie"),
            event("professional", "a-2", "Practitioner/p", program="retiree"),
            event("integrator", "a-3"),
            {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Essai"}]},
        ),
        "lucie",
        {},
    )
    assert [(each.own, each.people, each.role, each.application) for each in found] == [
        (True, "", "patient", ""),
        (False, "ESSAI", "professional", "retiree"),
        (False, "", "integrator", ""),
    ]


def test_what_a_person_does_within_ten_minutes_is_one_access() -> None:
    def event(at: str, action: str, name: str = "Camille DÉMO") -> dict[str, Any]:
        agents = [{"requestor": True, "name": name}]
        recorded = f"2026-11-28T{at}:00Z"
        return {
            "resourceType": "AuditEvent",
            "recorded": recorded,
            "action": action,
            "agent": agents,
        }

    events = [event("08:09", "R"), event("08:08", "E"), event("08:07", "R"), event("07:50", "R")]
    other = event("07:49", "R", "Inès ESSAI")
    other["purposeOfEvent"] = [{"coding": [{"code": "TREAT"}]}]
    found = accesses_of(bundle(*events, other), "lucie", {})
    assert found[-1].purpose == "soins"
    assert [(each.people, each.actions) for each in found] == [
        ("Camille DÉMO", ("read", "searched")),
        ("Camille DÉMO", ("read",)),
        ("Inès ESSAI", ("read",)),
    ]


@pytest.mark.parametrize("of", [{}, {"name": "Camille DÉMO"}], ids=["unnamed", "same name"])
def test_two_people_are_two_accesses(of: dict[str, Any]) -> None:
    people: list[dict[str, Any]] = [
        {"altId": "a-1"},
        {"altId": "a-2"},
        {"who": {"reference": "Practitioner/p"}},
    ]
    events = [
        {
            "resourceType": "AuditEvent",
            "recorded": NOW.isoformat(),
            "action": "R",
            "agent": [{"requestor": True} | of | each],
        }
        for each in (*people, people[-1])
    ]
    assert len(accesses_of(bundle(*events), "lucie", {})) == len(people)
