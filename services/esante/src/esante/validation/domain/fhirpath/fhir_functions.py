"""The functions that FHIR adds to FHIRPath. https://hl7.org/fhir/R4/fhirpath.html#functions"""

from collections.abc import Iterator

from esante.validation.domain.fhirpath.evaluator import (
    Evaluation,
    Scope,
    Values,
    single,
    truth,
)
from esante.validation.domain.fhirpath.expressions import CannotEvaluate, Expression
from esante.validation.domain.fhirpath.nodes import Node, Unresolved, children, resource_node
from esante.validation.domain.profiles.slicing import is_in_value_set
from esante.validation.domain.reference_targets import referenced_type


def extensions(
    ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope
) -> Values:
    """The extensions of a url."""
    url = single(ev.values(given[0], scope)).value
    found: Values = []
    for each in values:
        for extension in children(each, "extension"):
            ev.budget.spend(1)
            if isinstance(extension.value, dict) and extension.value.get("url") == url:
                found.append(extension)
    return found


def has_value(_: Evaluation, values: Values, __: tuple[Expression, ...], ___: Scope) -> Values:
    """Whether there is one value, and it is a primitive."""
    return truth(len(values) == 1 and not isinstance(values[0].value, dict | None))


def resolve(ev: Evaluation, values: Values, _: tuple[Expression, ...], scope: Scope) -> Values:
    """The contained resource of a reference; of another, its type alone."""
    found: Values = []
    for each in values:
        reference = each.value.get("reference") if isinstance(each.value, dict) else each.value
        if not isinstance(reference, str):
            continue
        if reference.startswith("#"):
            found += [own for own in _contained(ev, scope) if own.value.get("id") == reference[1:]]
        elif (type_name := referenced_type(each.value, reference)) is not None:
            found.append(Unresolved(reference, type_name))
        else:
            raise CannotEvaluate("Une référence n’est pas suivie ici.")
    return found


def _contained(ev: Evaluation, scope: Scope) -> Iterator[Node]:
    for outer in ev.variable("%rootResource", scope):
        members = outer.value.get("contained") if isinstance(outer.value, dict) else None
        for each in members if isinstance(members, list) else ():
            ev.budget.spend(1)
            if isinstance(each, dict):
                yield resource_node(each)


def member_of(
    ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope
) -> Values:
    """Whether a code is in a value set. Raises CannotEvaluate if its codes are not known."""
    url = single(ev.values(given[0], scope)).value
    codes = ev.codes.find(url) if isinstance(url, str) else None
    if codes is None:
        ev.codes.undecided.add(str(url))
        raise CannotEvaluate(f"Le jeu de valeurs {str(url)[:200]} n’est pas connu ici.")
    if not values:
        return []
    is_member = is_in_value_set(single(values).value, codes, ev.budget)
    if is_member is None:
        ev.codes.undecided.add(str(url))
        raise CannotEvaluate(f"Les codes de {str(url)[:200]} ne sont pas tous connus ici.")
    return truth(is_member)
