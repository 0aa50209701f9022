"""The functions that FHIR adds to FHIRPath. https://hl7.org/fhir/R4/fhirpath.html#functions"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from esante.core.domain.structures import RESOURCE_TYPES
from esante.fhirpath.domain.evaluator import Evaluation, Scope, Values, single, truth
from esante.fhirpath.domain.expressions import CannotEvaluate, Expression
from esante.fhirpath.domain.nodes import (
    DATES,
    TEXTS,
    TIMES,
    UNRESOLVED,
    Node,
    children,
    has_type,
    is_type,
    resource_node,
    system_node,
)

_RELATIVE: Final = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]+(?:/_history/[^/#]{1,64})?(?:#.*)?")
_RESTFUL_URL: Final = re.compile(
    r"https?://\S+/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_CORE: Final = "http://hl7.org/fhir/StructureDefinition/"

Given = tuple[Expression, ...]


def _extension(ev: Evaluation, values: Values, given: Given, scope: Scope) -> Values:
    found = ev.values(given[0], scope)
    if not found:
        return []
    url, extensions = single(found).value, []
    for each in values:
        for extension in children(each, "extension"):
            ev.budget.spend(1)
            if isinstance(extension.value, dict) and extension.value.get("url") == url:
                extensions.append(extension)
    return extensions


def _has_value(_: Evaluation, values: Values, __: Given, ___: Scope) -> Values:
    return truth(len(values) == 1 and not isinstance(values[0].value, dict | None))


def _get_value(_: Evaluation, values: Values, __: Given, ___: Scope) -> Values:
    """The System value of one primitive."""
    if len(values) != 1 or isinstance(values[0].value, dict | None):
        return []
    node = values[0]
    if node.type in DATES and node.type[:7] != "System.":
        return [Node(node.value, "System.Date" if node.type == "date" else "System.DateTime")]
    if node.type in TIMES:
        return [Node(node.value, "System.Time")]
    return [Node(node.value, "System.String") if node.type in TEXTS else system_node(node.value)]


def _resolve(ev: Evaluation, values: Values, _: Given, scope: Scope) -> Values:
    """The resources of references: contained ones, those of the same Bundle, and those that the
    environment has; of others, the type alone. Raises CannotEvaluate if that is not known either.
    """
    found: Values = []
    for each in values:
        literal = each.value.get("reference") if isinstance(each.value, dict) else each.value
        if not isinstance(literal, str):
            continue
        if literal.startswith("#"):
            found += [own for own in _contained(ev, scope) if _is_named(own.value, literal)]
            continue
        resource = _in_bundle(ev, scope, literal)
        if resource is None and ev.environment.resolve is not None:
            resource = ev.environment.resolve(literal)
        if resource is not None:
            found.append(resource_node(resource))
        elif (type_name := referenced_type(each.value, literal)) is not None:
            found.append(Node(literal, UNRESOLVED + type_name))
        else:
            raise CannotEvaluate("Une référence n’est pas suivie ici.")
    return found


def referenced_type(reference: Any, literal: str) -> str | None:
    """The type of the target of a reference that is not contained; None if it is not known.

    `reference`: a Reference or an address. `literal`: its address.
    """
    declared = reference.get("type") if isinstance(reference, dict) else None
    match = _RELATIVE.fullmatch(literal) or _RESTFUL_URL.fullmatch(literal)
    found = declared if isinstance(declared, str) else match[1] if match else None
    return found if found in RESOURCE_TYPES else None


def _contained(ev: Evaluation, scope: Scope) -> Iterator[Node]:
    for outer in ev.variable("%rootResource", scope):
        members = outer.value.get("contained") if isinstance(outer.value, dict) else None
        for each in members if isinstance(members, list) else ():
            ev.budget.spend(1)
            if isinstance(each, dict):
                yield resource_node(each)


def _is_named(resource: Mapping[str, Any], literal: str) -> bool:
    return resource.get("id") == literal[1:]


def _in_bundle(ev: Evaluation, scope: Scope, literal: str) -> Mapping[str, Any] | None:
    """The resource of the Bundle entry with that address. http://hl7.org/fhir/R4/bundle.html"""
    for outer in ev.variable("%rootResource", scope):
        entries = outer.value.get("entry") if outer.type == "Bundle" else None
        for entry in entries if isinstance(entries, list) else ():
            ev.budget.spend(1)
            url = entry.get("fullUrl") if isinstance(entry, dict) else None
            if isinstance(url, str) and (url == literal or url.endswith(f"/{literal}")):
                resource = entry.get("resource")
                return resource if isinstance(resource, dict) else None
    return None


def _member_of(ev: Evaluation, values: Values, given: Given, scope: Scope) -> Values:
    url = _address(ev, given, scope)
    if url is None or not values:
        return []
    if ev.environment.member_of is None:
        raise CannotEvaluate(f"Le jeu de valeurs {url[:200]} n’est pas connu ici.")
    is_member = ev.environment.member_of(single(values).value, url)
    if is_member is None:
        raise CannotEvaluate(f"Les codes de {url[:200]} ne sont pas tous connus ici.")
    return truth(is_member)


def _conforms_to(ev: Evaluation, values: Values, given: Given, scope: Scope) -> Values:
    url = _address(ev, given, scope)
    if url is None or not values:
        return []
    node = single(values)
    own = url.partition("|")[0]
    name = own.removeprefix(_CORE)
    if own.startswith(_CORE) and is_type(f"FHIR.{name}"):
        # The value is valid against its own type: the validation of its resource checks that.
        return truth(has_type(node, f"FHIR.{name}"))
    conforms = ev.environment.conforms_to
    found = None if conforms is None else conforms(node.value, url)
    if found is None:
        raise CannotEvaluate(f"Le profil {url[:200]} n’est pas connu ici (conformsTo).")
    return truth(found)


def _address(ev: Evaluation, given: Given, scope: Scope) -> str | None:
    found = ev.values(given[0], scope)
    if not found:
        return None
    url = single(found).value
    if not isinstance(url, str):
        raise CannotEvaluate("Un texte est attendu.")
    return url


def _html_checks(ev: Evaluation, values: Values, _: Given, __: Scope) -> Values:
    problem = ev.environment.html_problem
    if problem is None:
        raise CannotEvaluate("Le texte n’est pas vérifié ici (htmlChecks).")
    ev.budget.spend(sum(len(str(each.value)) for each in values) // 20)
    return truth(all(problem(str(each.value)) is None for each in values))


FHIR_FUNCTIONS: Final[Mapping[str, Callable[[Evaluation, Values, Given, Scope], Values]]] = {
    "extension": _extension,
    "hasValue": _has_value,
    "getValue": _get_value,
    "resolve": _resolve,
    "memberOf": _member_of,
    "conformsTo": _conforms_to,
    "htmlChecks": _html_checks,
}
