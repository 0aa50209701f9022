"""The work of a validation is linear in what is validated, or bounded."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from validator import errors_at

from esante.core.domain import check_budget
from esante.fhirpath.domain import parser
from esante.fhirpath.domain.parser import fhirpath_problem
from esante.validation.domain.checks import bundle_links
from esante.validation.domain.checks.questionnaire_responses import check_answers
from esante.validation.domain.findings import Findings, root_place
from esante.validation.domain.profiles import structure_definition
from esante.validation.domain.profiles.conformance import check_conformance
from esante.validation.domain.profiles.rules import ElementRule, Profile
from esante.validation.domain.profiles.structure_definition import profile_of
from socle.errors import Refusal

BUNDLE = root_place("Bundle")


class CountedReads(dict[str, Any]):
    """An object that counts how often a member of any of them is read."""

    reads = 0

    def get(self, key: str, default: Any = None) -> Any:
        CountedReads.reads += 1
        return super().get(key, default)


@pytest.fixture(autouse=True)
def no_reads() -> Iterator[None]:
    CountedReads.reads = 0
    yield
    CountedReads.reads = 0


def entries(count: int, target: str, **members: Any) -> list[dict[str, Any]]:
    """Entries that all refer to one address."""
    return [
        {
            "fullUrl": f"urn:uuid:{at}",
            "resource": CountedReads(
                resourceType="Basic",
                subject={"reference": target},
                meta={"versionId": f"{at}"},
                **members,
            ),
        }
        for at in range(count)
    ]


@pytest.mark.parametrize("members", [{}, {"id": "a"}], ids=["without id", "with one id"])
def test_references_that_mean_many_entries_are_not_paired(members: dict[str, Any]) -> None:
    target = f"Basic/{members.get('id')}"
    composition = {"resourceType": "Composition", "subject": {"reference": target}}
    those = [{"fullUrl": "urn:uuid:c", "resource": composition}, *entries(100, target, **members)]
    found = Findings()
    bundle_links.check_links({"type": "document", "entry": those}, BUNDLE, found)
    assert CountedReads.reads < 100 * 10
    unlinked = [each for each in found.issues if "Rien ne relie" in each.diagnostics]
    assert len(unlinked) == (0 if members else 100)


def test_references_that_are_not_followed_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_links, "_MAX_REFERENCES", 3)
    found = Findings()
    those = entries(4, "urn:uuid:0")
    bundle_links.check_links({"type": "collection", "entry": those}, BUNDLE, found)
    assert [(each.severity, each.code) for each in found.issues] == [("information", "too-costly")]


def test_an_unclosed_comment_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = 0

    class Counted:
        def match(self, text: str, at: int) -> re.Match[str] | None:
            nonlocal searches
            searches += 1
            return pattern.match(text, at)

    pattern = parser._TOKEN
    monkeypatch.setattr(parser, "_TOKEN", Counted())
    assert fhirpath_problem("a " + "/* " * 100)
    assert searches == 2
    assert fhirpath_problem("a /* b") is not None
    assert fhirpath_problem("a /* b */ /* c\n */ + d // e") is None


def test_a_long_expression_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "_MAX_LENGTH", 9)
    assert fhirpath_problem("name.text") is None
    assert fhirpath_problem("name.given") == ("Une expression a 9 caractères au plus.")


def test_a_repeated_group_is_compared_with_what_is_answered() -> None:
    displays = [CountedReads(linkId=f"{at}", type="display") for at in range(100)]
    conditions = [{"question": "x", "operator": "exists", "answerBoolean": False}]
    needed = CountedReads(linkId="n", type="string", required=True, enableWhen=conditions)
    group = {"linkId": "g", "type": "group", "repeats": True, "item": [*displays, needed]}
    answered = {"linkId": "n", "answer": [{"valueString": "oui"}]}
    groups: list[dict[str, Any]] = [{"linkId": "g", "item": [answered]} for _ in range(100)]
    groups[7]["item"] = [{"linkId": "99"}]
    response = {"status": "completed", "item": groups}
    found = Findings()
    check_answers(response, {"item": [group]}, root_place("QuestionnaireResponse"), found)
    assert CountedReads.reads < 2_000
    assert [each.expression for each in found.issues] == [("QuestionnaireResponse.item[7].item",)]


@pytest.mark.parametrize("sliced", [False, True])
def test_a_pattern_costs_its_size_times_that_of_the_value(
    monkeypatch: pytest.MonkeyPatch, sliced: bool
) -> None:
    monkeypatch.setattr(check_budget, "MAX_CHECKS", 500)
    pattern = {"coding": [{"code": f"{at}"} for at in range(100)]}
    expected = ElementRule(pattern=pattern)
    if sliced:
        slices = {"a": expected}
        expected = ElementRule(slices=slices, discriminators=(("pattern", "$this"),))
    profile = Profile("urn:p", "Observation", ElementRule(children={"code": expected}))
    observation = {
        "resourceType": "Observation",
        "code": {"coding": [{"code": f"{at}"} for at in range(100)]},
    }
    found = check_conformance(observation, profile)
    assert [(each.severity, each.code) for each in found] == [("error", "too-costly")]


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        ({"id": "Basic" + ".a" * 2_000}, "30 niveaux au plus"),
        ({"id": "Basic.a", "slicing": {"discriminator": [{"path": "a." * 2_000}]}}, "30 niveaux"),
        ({"id": "Basic.a", "slicing": {"discriminator": [{}] * 21}}, "20 discriminateurs au plus"),
    ],
)
def test_a_profile_with_a_deep_element_is_refused(element: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence) as refused:
        profile_of({"differential": {"element": [element]}}, None)
    assert refused.value.details == {"rule": "unprocessable", "issue": "too-costly"}
    deepest = [{"id": "Basic" + ".a" * 30, "min": 1}]
    built = profile_of({"differential": {"element": deepest}}, None)
    assert built.rule.count() == 31


def test_the_rules_of_a_profile_and_its_base_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure_definition, "_MAX_RULES", 4)
    base = profile_of({"differential": {"element": [{"id": "Basic.a"}, {"id": "Basic.b"}]}}, None)
    derived = {"differential": {"element": [{"id": "Basic.a"}, {"id": "Basic.c"}]}}
    assert profile_of(derived, base).rule.count() == 4
    derived["differential"]["element"].append({"id": "Basic.d"})
    with pytest.raises(Refusal, match="4 règles au plus"):
        profile_of(derived, base)


def test_the_versions_of_a_guide_are_compared_at_once() -> None:
    """Each with each they would be a million comparisons: those that are last were left out."""
    versions, last = ["3.0.1"] * 1000, ["4.0.1"]
    resource = {"reference": {"reference": "Patient/p"}, "fhirVersion": last * 1000 + ["4.0.0"]}
    guide = {
        "resourceType": "ImplementationGuide",
        "url": "http://example.org/guide",
        "name": "Guide",
        "status": "draft",
        "packageId": "org.example",
        "fhirVersion": versions + last,
        "definition": {"resource": [resource]},
    }
    assert errors_at(guide) == {"ImplementationGuide": "invariant"}
    assert errors_at(guide | {"fhirVersion": [*versions, *last, "4.0.0"]}) == {}
