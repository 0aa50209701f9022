"""Whether a resource may come in, and everything that is to be said of it.

https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from esante.core.domain.outcome import Issue, Severity
from esante.core.domain.resource import MOST_VALUES
from esante.validation.domain.examination import Examined, Site, examine
from esante.validation.domain.findings import MOST, errors
from esante.validation.domain.ins import PROFILE as INS
from esante.validation.domain.ins import ins_issues
from esante.validation.domain.profiles.conformance import conformance
from esante.validation.domain.profiles.rules import find_profile
from esante.validation.ports import Invariants, Structure
from socle.errors import Refusal

# Rules said in FHIRPath: of a resource that has more, the first ones are judged; of one that is
# longer, none. What is large must not hold up everybody else.
MOST_SITES: Final = 2000
LONGEST: Final = 1_000_000  # characters
MOST_TOLD: Final = 500
UNFIT: Final = "unprocessable"


@dataclass(frozen=True, slots=True)
class Validator:
    """Who judges; `production`: identities for tests have no place."""

    structure: Structure
    invariants: Invariants
    production: bool

    def admit(self, resource: dict[str, Any], text: str | None) -> None:
        """Let a resource in, `text` being the JSON it was read from, or raise Refusal("invalid")
        with every error as `issues`."""
        wrong = errors(self.findings(resource, text))
        if not wrong:
            return
        one = len(wrong) == 1
        rule = {} if any(issue.code != "business-rule" for issue in wrong) else {"rule": UNFIT}
        raise Refusal(
            "invalid",
            wrong[0].diagnostics if one else f"Cette ressource a {len(wrong)} erreurs.",
            issues=tuple(told(wrong)),
            **rule,
        )

    def findings(
        self, resource: dict[str, Any], text: str | None, *, thorough: bool = False
    ) -> list[Issue]:
        """What is found: errors, and where `thorough` warnings too. `text`: None where the
        resource was a part of something else."""
        if text is not None and text.count(",") > MOST_VALUES:  # an entry of a Bundle may have
            raise Refusal("too_large", f"Cette ressource a plus de {MOST_VALUES} valeurs.")
        examined = examine(resource)
        if examined.enough:
            return [*examined.issues, _stopped(resource)]
        found = self.structure.judge(resource if text is None else text)
        if len(found) >= MOST:
            return [*found, _stopped(resource)]
        places = {place for issue in found for place in issue.expression}
        # What structure says of a place is enough.
        found += [issue for issue in examined.issues if not places & set(issue.expression)]
        sites = _sites(examined, thorough=thorough)
        judged = [] if text is not None and len(text) > LONGEST else sites[:MOST_SITES]
        found += self.invariants.judge(judged)
        for patient, place in examined.patients:
            found += ins_issues(patient, place, production=self.production)
        if thorough and len(judged) < len(sites):
            found.append(_cut_short(resource, len(judged), len(sites)))
        # The one profile that a rule of ours lets a matricule travel with is held to here.
        if not thorough and INS in claimed(resource):
            found += errors(self.held(resource, [INS]))
        return _distinct(found)

    def held(
        self, resource: Mapping[str, Any], profiles: Iterable[str], *, required: bool = False
    ) -> list[Issue]:
        """In what a resource is not as those profiles say. One that is not known here is an error
        where it is `required`, else a warning."""
        found: list[Issue] = []
        for url in dict.fromkeys(each.partition("|")[0] for each in profiles):
            profile = find_profile(url)
            if profile is None:
                found.append(_unknown(url, resource, "error" if required else "warning"))
            else:
                found += conformance(resource, profile)
        return found


def told(found: Sequence[Issue]) -> list[Issue]:
    """As many as an answer has room for, and how many more there are."""
    if len(found) <= MOST_TOLD:
        return list(found)
    more = f"Et {len(found) - MOST_TOLD} autres remarques, qui ne sont pas dites."
    return [*found[:MOST_TOLD], Issue("information", "incomplete", more)]


def claimed(resource: Mapping[str, Any]) -> list[str]:
    """The profiles a resource says it follows, without versions."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [str(url).partition("|")[0] for url in profiles] if isinstance(profiles, list) else []


def _sites(examined: Examined, *, thorough: bool) -> Sequence[Site]:
    if thorough:
        return examined.sites
    return [s for s in examined.sites if s.constraint.severity == "error"]


def _stopped(resource: Mapping[str, Any]) -> Issue:
    words = "Trop d’erreurs : la ressource n’a pas été jugée jusqu’au bout."
    return Issue("error", "structure", words, (str(resource.get("resourceType")),))


def _cut_short(resource: Mapping[str, Any], judged: int, rules: int) -> Issue:
    return Issue(
        "information",
        "incomplete",
        f"{judged} des {rules} règles dites en FHIRPath ont été jugées : la ressource est longue.",
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
