"""The profiles of the volets of the ANS (CI-SIS): cds, gap, tde, nde, pdsm, cdl, mesures, and those
of the annuaire that they name."""

from validation_cases import FAMILIES, cases
from validator import VALIDATOR, errors_at

from esante.terminology.domain.concepts import parse_value_set
from esante.terminology.domain.membership import membership
from esante.terminology.domain.r4_terminology import R4
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.conformance import check_conformance
from esante.validation.domain.profiles.known_profiles import find_profile, supported_ans_profiles
from esante.validation.domain.profiles.rules import ElementRule, Profile
from esante.validation.domain.profiles.structure_definition import profile_of
from esante.validation.flows.validate import claimed_profiles

VOLETS = [family for family in FAMILIES if family.startswith("volet_")]


def walk(rule: ElementRule) -> list[ElementRule]:
    below = (*rule.children.values(), *rule.slices.values())
    return [rule, *(each for child in below for each in walk(child))]


def test_every_profile_a_rule_names_is_known() -> None:
    for profile in supported_ans_profiles():
        for rule in walk(profile.rule):
            for url in (*rule.profiles, *rule.targets):
                of_r4 = url.startswith("http://hl7.org/fhir/StructureDefinition/")
                assert of_r4 or find_profile(url), (profile.url, url)


def test_every_profile_of_a_resource_has_cases() -> None:
    claimed = {
        url
        for family in VOLETS
        for case in cases(family)
        for url in claimed_profiles(case.resource)
    }
    profiles = {each.url for each in supported_ans_profiles() if each.type != "Extension"}
    assert profiles == claimed
    assert len(profiles) == 48


def test_a_profile_is_claimed_with_its_version() -> None:
    team = next(case.resource for case in cases("volet_cds"))
    versioned = {**team, "name": None, "meta": {"profile": [f"{team['meta']['profile'][0]}|2.0.1"]}}
    del versioned["name"]
    assert errors_at(versioned, profiles=True) == {"CareTeam.name": "required"}


def test_a_write_is_not_judged_by_an_extension_of_a_volet() -> None:
    event = next(case.resource for case in cases("volet_nde") if case.name == "event")
    coded = {"url": event["extension"][1]["url"], "valueCode": "SOR"}
    event = {**event, "extension": [event["extension"][0], coded]}
    assert errors_at(event) == {}
    place = "CommunicationRequest.extension[1].valueCode"
    assert errors_at(event, profiles=True) == {place: "structure"}


def test_an_author_that_is_not_contained_is_a_warning() -> None:
    name = "an author who is not contained, as in the guide's example"
    document = next(case.resource for case in cases("volet_pdsm") if case.name == name)
    found = VALIDATOR.check_profiles(document, claimed_profiles(document))
    assert [issue.expression for issue in found if issue.code == "invariant"] == [
        ("DocumentReference.author[0]",)
    ]
    assert {issue.severity for issue in found} <= {"warning", "information"}


def test_a_stored_nomenclature_decides_the_type_of_an_event() -> None:
    url = "https://mos.esante.gouv.fr/NOS/JDV_J46-TypeEvenementNotification-CISIS/FHIR/"
    url += "JDV-J46-TypeEvenementNotification-CISIS"
    system = "https://mos.esante.gouv.fr/NOS/TRE_R254-TypeEvenement/FHIR/TRE-R254-TypeEvenement"
    include = [{"system": system, "concept": [{"code": "DEP"}]}]
    stored = parse_value_set({"url": url, "compose": {"include": include}})
    event = next(case.resource for case in cases("volet_nde") if case.name == "event")
    codes = BoundCodes({url: membership(stored, R4)})
    found = VALIDATOR.check_profiles(event, claimed_profiles(event), codes=codes)
    place = "CommunicationRequest.extension[1].valueCodeableConcept"
    assert [(i.expression, i.code) for i in found if i.severity == "error"] == [
        ((place,), "code-invalid")
    ]


def test_an_uploaded_profile_judges_the_resource_of_an_entry() -> None:
    team = "https://interop.esante.gouv.fr/ig/fhir/cds/StructureDefinition/cds-ihe-careteam"
    entry = {
        "id": "Bundle.entry.resource",
        "path": "Bundle.entry.resource",
        "min": 1,
        "type": [{"code": "CareTeam", "profile": [team]}],
    }
    definition = {
        "resourceType": "StructureDefinition",
        "url": "https://profils.example.org/teams",
        "type": "Bundle",
        "differential": {"element": [entry]},
    }
    profile = profile_of(definition, None)
    assert isinstance(profile, Profile)
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": {"resourceType": "CareTeam"}},
            {"resource": {"resourceType": "List"}},
        ],
    }
    errors = {
        issue.expression[0]: issue.code
        for issue in check_conformance(bundle, profile)
        if issue.severity == "error"
    }
    assert errors["Bundle.entry[0].resource.name"] == "required"
    assert errors["Bundle.entry[1].resource"] == "structure"
    assert "Bundle.entry[0].resource" not in errors
