"""The structure of a resource, judged by fhirkit-rs: its one door.

Types, cardinalities, unknown members, forms of primitives: every mistake with its path. It reads
the text itself, so that what is judged is what came in, and lets go of Python's lock meanwhile.
https://pypi.org/project/fhirkit-rs/
"""

import re
from collections.abc import Callable
from typing import Any, Final

import fhirkit

from esante.core.domain.outcome import Issue
from esante.validation.domain.findings import MOST

_Told = Callable[[re.Match[str]], tuple[str, str]]
"""(code, French sentence) of one kind of mistake."""

_THINGS: Final = {
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

_KINDS: Final[tuple[tuple[re.Pattern[str], _Told], ...]] = (
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
        re.compile(r"(-?[\d.eE+-]+) is not a valid (\w+)"),
        lambda m: ("value", f"{m[1][:200]} n’a pas la forme du type {m[2]}."),
    ),
    (
        re.compile(r"expected (.*), found (.*)"),
        lambda m: ("structure", f"{_thing(m[1])} attendu, {_thing(m[2])} trouvé."),
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


class FhirkitStructure:
    """Implements `Structure`."""

    def judge(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The mistakes of structure, each with its path, up to `MOST`."""
        try:
            found = fhirkit.validate(resource)[:MOST]
        except fhirkit.ParseError as error:
            return [Issue("error", "structure", f"Ce n’est pas du JSON : {error}.")]
        return [_issue(each) for each in found]


def _issue(told: fhirkit.Issue) -> Issue:
    severity: Final = "warning" if told.severity == "warning" else "error"
    for pattern, tell in _KINDS:
        match = pattern.fullmatch(told.message)
        if match is not None:
            code, words = tell(match)
            return Issue(severity, code, words, (told.path,))
    return Issue(severity, "structure", f"{told.message}.", (told.path,))


def _thing(told: str) -> str:
    return _THINGS.get(told, told)
