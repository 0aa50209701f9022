"""Finds the search parameters that a query names."""

from collections.abc import Iterable

from esante.search.domain.definitions import SearchParameter, parameters_of
from esante.search.domain.query.filter_parser import comparisons_of, parse_filter
from esante.search.domain.uploaded_parameters import uploaded_parameters
from socle.errors import Refusal


class UnknownParameter(Refusal):
    """The type has no search parameter of that name."""

    def __init__(self, name: str, resource_type: str) -> None:
        super().__init__(
            "invalid", f"« {name} » n'est pas un paramètre de recherche de {resource_type}."
        )


class ParameterNotReady(Refusal):
    """The stored resources are not indexed yet by an uploaded parameter: a search would be
    incomplete."""

    def __init__(self, name: str, resource_type: str) -> None:
        super().__init__(
            "unavailable",
            f"« {name} » de {resource_type} vient d'être défini : les ressources déjà enregistrées"
            " sont en cours d'indexation. Réessayez plus tard.",
            retry_after=10,
            issue="too-costly",
        )


def parameter_of(resource_type: str, code: str) -> SearchParameter:
    """The search parameter of that name. Raises UnknownParameter if the type has none."""
    found = parameters_of(resource_type).get(code)
    if found is None:
        if code in uploaded_parameters().indexing.get(resource_type, ()):
            raise ParameterNotReady(code, resource_type)
        raise UnknownParameter(code, resource_type)
    return found


def reference_of(resource_type: str, code: str) -> SearchParameter:
    """The reference parameter of that name.

    Raises UnknownParameter if the type has none, and Refusal if it is not a reference.
    """
    found = parameter_of(resource_type, code)
    if found.type != "reference":
        raise Refusal("invalid", f"« {code} » de {resource_type} n'est pas une référence.")
    return found


def require_standard(resource_type: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Raises Refusal if a criterion of that type, outside of chains, is an uploaded parameter,
    whose meaning can change."""
    uploaded = uploaded_parameters().searchable.get(resource_type)
    if not uploaded:
        return
    for name, value in pairs:
        codes = [name.partition(":")[0].partition(".")[0]]
        if name == "_filter":
            codes = [each.path[0].name for each in comparisons_of(parse_filter(value))]
        for code in codes:
            if code in uploaded:
                raise Refusal(
                    "invalid",
                    f"« {code} » est défini par un SearchParameter enregistré ici, qui peut"
                    " changer : il ne sert qu'aux recherches.",
                    issue="not-supported",
                )
