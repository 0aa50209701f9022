"""Validation of resources: on every write, and by $validate.

https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from esante.core.domain.check_budget import CheckBudget
from esante.core.domain.json_parser import MAX_VALUES
from esante.core.domain.outcome import Issue, Severity
from esante.validation.domain.checks.questionnaire_responses import check_answers
from esante.validation.domain.examination import Examination, InvariantSite, examine
from esante.validation.domain.findings import (
    MAX_ERRORS,
    Findings,
    TooManyErrors,
    only_errors,
    root_place,
)
from esante.validation.domain.ins import PROFILE as INS
from esante.validation.domain.ins import ins_issues
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.conformance import FindProfile, check_conformance
from esante.validation.domain.profiles.known_profiles import find_profile
from esante.validation.domain.r4_invariants import broken_invariants
from esante.validation.ports import StructureValidator
from socle.errors import Refusal

MAX_SITES: Final = 2000
"""Greatest number of FHIRPath invariants evaluated for one resource; the rest is skipped."""
MAX_LENGTH: Final = 1_000_000
"""Characters; for longer resources no FHIRPath invariant is evaluated."""
MAX_REPORTED: Final = 500
"""Greatest number of issues in one OperationOutcome."""
UNPROCESSABLE: Final = "unprocessable"


@dataclass(frozen=True, slots=True)
class Validator:
    """Validates resources against R4, profiles and the rules of the INS."""

    structure: StructureValidator
    production: bool
    """Whether fictitious national health identities are refused."""
    strict: bool = False
    """Whether a resource with warnings is refused too (`Prefer: handling=strict`)."""

    def admit(self, resource: dict[str, Any], text: str | None) -> tuple[Issue, ...]:
        """Validate a resource before it is written; returns the warnings.

        `text`: as in `findings`. Raises Refusal("invalid") with the errors as `issues`, rule
        `unprocessable` if all of them are business rules; and Refusal("too_large") as `findings`.
        """
        found = self.findings(resource, text)
        if not found:
            return ()
        if self.strict:
            found = [
                replace(each, severity="error") if each.severity == "warning" else each
                for each in found
            ]
        errors = only_errors(found)
        if not errors:
            return tuple(each for each in found if each.severity == "warning")
        one = len(errors) == 1
        rule = (
            {}
            if any(issue.code != "business-rule" for issue in errors)
            else {"rule": UNPROCESSABLE}
        )
        raise Refusal(
            "invalid",
            errors[0].diagnostics if one else f"Cette ressource a {len(errors)} erreurs.",
            issues=tuple(limit_issues(errors)),
            **rule,
        )

    def findings(
        self, resource: dict[str, Any], text: str | None, *, thorough: bool = False
    ) -> list[Issue]:
        """The issues of a resource: of R4 and of the rules of the INS. Those of profiles are not
        among them, except the errors of the INS profile if the resource claims it.

        `text`: the JSON it was parsed from; None if it was a part of another resource. `thorough`:
        also evaluate the invariants that give warnings, but leave the INS profile to the caller.
        Raises Refusal("too_large") past `MAX_VALUES`.
        """
        # The parser allows more values in an entry of a Bundle. Commas bound their number.
        if text is not None and text.count(",") > MAX_VALUES:
            raise Refusal("too_large", f"Cette ressource a plus de {MAX_VALUES} valeurs.")
        examined = examine(resource)
        if examined.stopped:
            return [*examined.issues, _stopped(resource)]
        found = self.structure.validate(resource if text is None else text)
        if len(found) >= MAX_ERRORS:
            return [*found, _stopped(resource)]
        places = {place for issue in found for place in issue.expression}
        # Only one kind of issue for an element: those of the structure take precedence.
        found += [issue for issue in examined.issues if not places & set(issue.expression)]
        sites = _sites(examined, thorough=thorough)
        evaluated = [] if text is not None and len(text) > MAX_LENGTH else sites[:MAX_SITES]
        found += broken_invariants(evaluated)
        for patient, place in examined.patients:
            found += ins_issues(patient, place, production=self.production)
        if thorough and len(evaluated) < len(sites):
            found.append(_partially_evaluated(resource, len(evaluated), len(sites)))
        # A matricule is refused without the INS profile, so this profile is enforced on writes.
        if not thorough and INS in claimed_profiles(resource):
            found += only_errors(self.check_profiles(resource, [INS]))
        return _distinct(found)

    def check_profiles(
        self,
        resource: Mapping[str, Any],
        profiles: Iterable[str],
        *,
        required: bool = False,
        find: FindProfile = find_profile,
        codes: BoundCodes | None = None,
    ) -> list[Issue]:
        """The issues of a resource against those profiles.

        `profiles`: canonicals, with or without version. `required`: whether an unknown profile is
        an error rather than a warning. `find`: finds them, and those that they name.
        `codes`: the value sets of their bindings; None for those of R4 and FrCore.
        """
        found: list[Issue] = []
        steps = CheckBudget()
        for url in dict.fromkeys(each.partition("|")[0] for each in profiles):
            profile = find(url)
            if profile is None:
                found.append(_unknown(url, resource, "error" if required else "warning"))
            else:
                found += check_conformance(resource, profile, find, codes, steps)
        return found

    def check_answers(
        self, response: Mapping[str, Any], questionnaire: Mapping[str, Any]
    ) -> list[Issue]:
        """The issues of a QuestionnaireResponse against its questionnaire."""
        found = Findings()
        with suppress(TooManyErrors):
            check_answers(response, questionnaire, root_place("QuestionnaireResponse"), found)
        return found.issues


def limit_issues(found: Sequence[Issue]) -> list[Issue]:
    """The first `MAX_REPORTED` issues, with one more that gives the number of the others."""
    if len(found) <= MAX_REPORTED:
        return list(found)
    more = f"Et {len(found) - MAX_REPORTED} autres remarques, qui ne sont pas dites."
    return [*found[:MAX_REPORTED], Issue("information", "incomplete", more)]


def conclude(
    resource: Mapping[str, Any], profiles: Sequence[str], find: FindProfile = find_profile
) -> Issue:
    """The conclusion on a resource without errors: what it was validated against.

    `profiles`: the canonicals it was compared to; those unknown here are left out.
    """
    known = dict.fromkeys(each.url for each in map(find, profiles) if each)
    against = f"la définition de {resource.get('resourceType')} dans FHIR R4 (4.0.1)"
    if known:
        against += f" et {'le profil' if len(known) == 1 else 'les profils'} {', '.join(known)}"
    sentences = [f"Ressource valide : elle respecte {against}."]
    if resource.keys() == {"resourceType"}:
        sentences.append("Elle ne contient aucun élément, et aucun n’est obligatoire.")
    if not profiles:
        sentences.append("Aucun profil n’a été demandé (paramètre « profile »).")
    return Issue("information", "informational", " ".join(sentences))


def claimed_profiles(resource: Mapping[str, Any]) -> list[str]:
    """The profiles that a resource claims, without versions."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [str(url).partition("|")[0] for url in profiles] if isinstance(profiles, list) else []


def _sites(examined: Examination, *, thorough: bool) -> Sequence[InvariantSite]:
    if thorough:
        return examined.sites
    return [s for s in examined.sites if s.constraint.severity == "error"]


def _stopped(resource: Mapping[str, Any]) -> Issue:
    sentence = "Trop d’erreurs : la ressource n’a pas été jugée jusqu’au bout."
    return Issue("error", "structure", sentence, (str(resource.get("resourceType")),))


def _partially_evaluated(resource: Mapping[str, Any], evaluated: int, rules: int) -> Issue:
    return Issue(
        "information",
        "incomplete",
        f"{evaluated} des {rules} règles dites en FHIRPath ont été jugées : "
        "la ressource est longue.",
        (str(resource.get("resourceType")),),
    )


def _unknown(url: str, resource: Mapping[str, Any], severity: Severity) -> Issue:
    return Issue(
        severity,
        "not-found",
        f"Le profil {url} n’est pas connu ici : la ressource n’y est pas comparée.",
        (str(resource.get("resourceType")),),
    )


def _distinct(found: Iterable[Issue]) -> list[Issue]:
    return list(dict.fromkeys(found))
