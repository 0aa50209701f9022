"""Validation of the structure of a resource by fhirkit-rs, which no other module imports.

It checks types, cardinalities, unknown members and the syntax of primitives, and reports all issues
with their paths. It parses the text itself, so that the text is validated as received, and releases
the interpreter lock meanwhile.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import fhirkit

from esante.core.domain.outcome import Issue
from esante.validation.domain.findings import MAX_ERRORS

_Translation = Callable[[re.Match[str]], tuple[str, str]]
"""Returns (issue code, French sentence) for a matched message."""

_JSON_VALUES: Final = {
    "an array": "une liste",
    "an object": "un objet",
    "a string": "un texte",
    "a number": "un nombre",
    "a whole number": "un nombre entier",
    "a boolean": "un booléen",
    "true or false": "true ou false",
    "a single value": "une seule valeur",
    "null": "null",
}

_TRANSLATIONS: Final[tuple[tuple[re.Pattern[str], _Translation], ...]] = (
    (re.compile("unknown element"), lambda _: ("structure", "Cet élément n’existe pas ici.")),
    (
        re.compile("required element missing"),
        lambda _: ("required", "Cet élément est obligatoire."),
    ),
    (
        re.compile(r"(\".*\") is not a valid (\w+)", re.DOTALL),
        lambda m: ("value", f"{m[1][:200]} n’a pas la forme du type {m[2]}."),
    ),
    (
        re.compile(r"(-?[0-9.eE+-]+) is not a valid (\w+)"),
        lambda m: ("value", f"{m[1][:200]} n’a pas la forme du type {m[2]}."),
    ),
    (
        re.compile(r"expected (.*), found (.*)"),
        lambda m: ("structure", f"{_french_name(m[1])} attendu, {_french_name(m[2])} trouvé."),
    ),
    (
        re.compile(r"(an empty .*|null) is not allowed; leave the element out"),
        lambda m: ("structure", "Un élément vide ou null ne s’écrit pas : omettez-le."),
    ),
    (
        re.compile("null with no extension in its place"),
        lambda _: ("structure", "Un null tient la place d’une extension, qui manque."),
    ),
    (
        re.compile(r".*the two arrays must line up"),
        lambda _: ("structure", "Les valeurs et leurs extensions ne vont pas deux à deux."),
    ),
    (
        re.compile(r"only one type may be given, found (.*)"),
        lambda m: ("structure", f"Un seul type est permis, trouvés : {m[1]}."),
    ),
    (
        re.compile(r"(\S+) is not a FHIR R4 resource type this build knows"),
        lambda m: ("not-supported", f"« {m[1]} » n’est pas un type de ressource de FHIR R4."),
    ),
    (
        re.compile(r"a resource needs a resourceType"),
        lambda _: ("required", "Une ressource dit son type (resourceType)."),
    ),
)


class FhirkitValidator:
    """Implements `StructureValidator`."""

    def validate(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The issues of the structure, each with its path, at most `MAX_ERRORS`."""
        try:
            found = fhirkit.validate(resource)[:MAX_ERRORS]
        except fhirkit.ParseError as error:
            return [Issue("error", "structure", f"Ce n’est pas du JSON : {error}.")]
        return [_issue(each) for each in found]


def _issue(issue: fhirkit.Issue) -> Issue:
    severity: Final = "warning" if issue.severity == "warning" else "error"
    for pattern, translate in _TRANSLATIONS:
        match = pattern.fullmatch(issue.message)
        if match is not None:
            code, words = translate(match)
            return Issue(severity, code, words, (issue.path,))
    return Issue(severity, "structure", f"{issue.message}.", (issue.path,))


def _french_name(name: str) -> str:
    return _JSON_VALUES.get(name, name)
