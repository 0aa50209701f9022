"""The permissions of a caller as search criteria.

The only place where permissions become criteria; `search.domain.query.narrowing` adds them to
every query.
"""

from dataclasses import replace
from typing import Final

from esante.access.domain.open_records import OpenRecords
from esante.access.domain.record_criteria import records_criterion
from esante.access.domain.security_labels import MASKED_FROM_PATIENT, labelled
from esante.core.domain.permissions import Access, Grant
from esante.search.domain.query.code_sets import R4_CODES
from esante.search.domain.query.criteria import AllOf, Criterion, Not, all_of, any_of
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.matcher import needs_database
from esante.search.domain.query.parameter_lookup import require_standard
from esante.search.domain.query.query_parser import in_compartment, read_pairs
from socle.errors import Refusal

_UNRESTRICTED: Final = AllOf()


def access_filter(resource_type: str, access: Access, context: SearchContext) -> Criterion | None:
    """The criterion that narrows searches of that type; None if the caller cannot search it.

    `context`: of the search, for the criteria in grants.
    """
    permitted = access.permitted(resource_type, "s")
    if permitted.unrestricted:
        return _UNRESTRICTED
    criteria = [grant_criterion(resource_type, each, context) for each in permitted.grants]
    known = [each for each in criteria if each is not None]
    return any_of(known) if known else None


def grant_criterion(resource_type: str, grant: Grant, context: SearchContext) -> Criterion | None:
    """The criterion of one grant; None if its query is invalid, joins other resources
    or searches words.

    Value sets, code systems and search parameters in it are those of R4 only: others can be
    uploaded by the bearer.
    """
    context = replace(context, codes=R4_CODES)
    found: list[Criterion] = []
    if grant.patient is not None:
        found.append(in_compartment(resource_type, "Patient", grant.patient))
        if grant.records is None:
            found.append(Not(labelled(resource_type, MASKED_FROM_PATIENT)))
    if isinstance(grant.records, OpenRecords):
        found.append(records_criterion(resource_type, grant.records))
    if grant.query is None:
        return all_of(found)
    try:
        pairs = read_pairs(grant.query.encode())
        require_standard(resource_type, pairs)
        for name, value in pairs:
            found.append(parse_criterion(resource_type, name, value, context=context))
    except Refusal:
        return None
    return None if any(map(needs_database, found)) else all_of(found)
