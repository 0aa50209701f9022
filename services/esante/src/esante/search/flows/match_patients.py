"""Patient/$match: the patients that match a description, of those that the caller may search.

https://hl7.org/fhir/R4/patient-operation-match.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.core.flows.worker_pool import WorkerPool
from esante.search.domain.patient_matching import (
    Match,
    compare_patients,
    identifier_criterion,
    identifiers_of,
    names_of,
    search_value,
    traits_of,
)
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import MAX_BYTES, too_costly
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.ports import Searches
from socle.errors import Refusal

_CANDIDATES: Final = "50"
"""Of each search."""
_MAX_VALUES: Final = 10
"""Identifiers, and names, that are searched."""
_MAX_DESCRIBED: Final = 20
"""Identifiers, family names, and given names, of a description."""


async def match_patients(
    described: Mapping[str, Any],
    *,
    only_certain: bool,
    by: Access,
    searches: Searches,
    workers: WorkerPool,
    context: SearchContext,
) -> Sequence[tuple[Resource, Match]]:
    """The patients that match, best first.

    `described`: the parts of a Patient that are known. `only_certain`: one certain match or none.
    Raises Refusal without an identifier, or two of family name, given name and birth date; with the
    issue "too-costly" past `_MAX_DESCRIBED`, or if the patients to compare have `MAX_BYTES`.
    """
    _require_few(described)
    criteria = list(_searches_for(described))
    if not criteria:
        raise Refusal(
            "invalid",
            "Un identifiant est attendu, ou deux de ces trois : nom, prénom, date de naissance.",
            issue="required",
        )
    candidates: dict[str, Resource] = {}
    for pairs in criteria:
        query = parse_query([*pairs, ("_count", _CANDIDATES)], Scope("Patient"), context=context)
        page = await searches.search(query, access=by, context=context)
        candidates |= {each.id: each for each in page.matches}
        size = sum(len(each.text) for each in candidates.values())
        if size >= MAX_BYTES:
            raise too_costly("Les patients à comparer sont trop volumineux : précisez-les.")
    graded = await workers.run(size, lambda: _graded(described, candidates.values()))
    found = [(each, match) for each, match in graded if match.grade is not None]
    if only_certain:
        found = [(each, match) for each, match in found if match.grade == "certain"]
        # Two certain matches contradict each other.
        return found if len(found) == 1 else []
    return sorted(found, key=lambda one: (-one[1].score, one[0].id))


def _require_few(described: Mapping[str, Any]) -> None:
    """Raises Refusal past `_MAX_DESCRIBED`."""
    for listed in (
        identifiers_of(described),
        names_of(described, "family"),
        names_of(described, "given"),
    ):
        if any(place == _MAX_DESCRIBED for place, _ in enumerate(listed)):
            raise too_costly(
                f"Une description a {_MAX_DESCRIBED} identifiants, noms et prénoms au plus."
            )


def _graded(
    described: Mapping[str, Any], candidates: Iterable[Resource]
) -> list[tuple[Resource, Match]]:
    traits = traits_of(described)
    return [
        (each, compare_patients(traits, traits_of(parse_json(each.text)))) for each in candidates
    ]


def _searches_for(described: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    """The searches, one of which finds a patient that matches."""
    identifiers = [
        identifier_criterion(system, value) for system, value in identifiers_of(described)
    ]
    if identifiers:
        yield [("identifier", ",".join(identifiers[:_MAX_VALUES]))]
    known: list[tuple[str, str]] = []
    if families := [search_value(each) for each in names_of(described, "family")]:
        known.append(("family", ",".join(families[:_MAX_VALUES])))
    if givens := [search_value(each) for each in names_of(described, "given")]:
        known.append(("given", ",".join(givens[:_MAX_VALUES])))
    if isinstance(born := described.get("birthDate"), str) and born:
        known.append(("birthdate", born))
    for place, one in enumerate(known):
        for other in known[place + 1 :]:
            yield [one, other]
