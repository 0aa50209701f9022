"""The records that are open to a professional, as a search criterion of each resource type."""

from typing import Final

from esante.access.domain.consent_effects import Condition, Every, OnData, Opposite, Some
from esante.access.domain.consent_provision import DataConditions
from esante.access.domain.open_records import OpenRecords
from esante.access.domain.security_labels import (
    MASKED_FROM_CARERS,
    NORMAL,
    covered_labels,
    labelled,
)
from esante.core.domain.record_types import SHARED_WITHOUT_PATIENT
from esante.search.domain.definitions import MAIN_DATE, parameters_of
from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Criterion,
    Dates,
    DateTest,
    Not,
    SelfReference,
    Tokens,
    all_of,
)
from esante.search.domain.query.record_criteria import AuthoredBy, InRecords, Unattached
from esante.store.domain.index_keys import (
    parameter_key,
    present_element,
    self_key,
    token_element,
)

_CODE_PARAMETERS: Final = {
    "Composition": "type",
    "DocumentReference": "type",
    "Encounter": "type",
    "Immunization": "vaccine-code",
}
_CODE, _MEDICATION = "code", "medication"
_MESSAGE: Final = "Communication"
_TRUE, _FALSE = AllOf(), AnyOf()


def records_criterion(resource_type: str, records: OpenRecords) -> Criterion:
    """The criterion of the resources of a type that are visible to the professional.

    Those of most types differ by keys alone, so that a search of several types remains one.
    """
    if (known := records.criteria.get(resource_type)) is None:
        known = records.criteria[resource_type] = _visible(resource_type, records)
    return known


def _visible(resource_type: str, records: OpenRecords) -> Criterion:
    anybody = resource_type in SHARED_WITHOUT_PATIENT
    found: list[Criterion] = [Unattached(None if anybody else records.author)]
    masked = _masked(resource_type, records.masks)
    unmasked: list[Criterion] = [Not(masked), AuthoredBy(records.author)]
    if records.plain:
        found.append(AllOf((InRecords(records.plain, records.openings), AnyOf(tuple(unmasked)))))
    for each in records.conditional:
        lifted = _criterion(resource_type, each.unmasked)
        visible = AnyOf((*unmasked, lifted) if lifted != _FALSE else tuple(unmasked))
        condition = _criterion(resource_type, each.visible)
        found.append(all_of([InRecords(each.elements), condition, visible]))
    return AnyOf(tuple(found))


def _masked(resource_type: str, masks: tuple[str, ...]) -> Tokens:
    """The criterion of what is masked. Messages of the category `alert`, which this server writes,
    have measured values and the reasons of emergency accesses: they are masked from carers."""
    masked = labelled(resource_type, masks)
    if resource_type != _MESSAGE or masks != MASKED_FROM_CARERS:
        return masked
    alert = token_element(parameter_key(_MESSAGE, "category"), None, "alert")
    return Tokens((*masked.elements, alert))


def _criterion(resource_type: str, condition: Condition) -> Criterion:
    match condition:
        case Every(of):
            return _all([_criterion(resource_type, each) for each in of])
        case Some(of):
            return _any([_criterion(resource_type, each) for each in of])
        case Opposite(of):
            inner = _criterion(resource_type, of)
            return _FALSE if inner == _TRUE else _TRUE if inner == _FALSE else Not(inner)
        case OnData(data, in_doubt):
            return _data_criterion(resource_type, data, in_doubt=in_doubt)


def _all(criteria: list[Criterion]) -> Criterion:
    return _FALSE if _FALSE in criteria else all_of([each for each in criteria if each != _TRUE])


def _any(criteria: list[Criterion]) -> Criterion:
    if _TRUE in criteria:
        return _TRUE
    found = tuple(each for each in criteria if each != _FALSE)
    return found[0] if len(found) == 1 else AnyOf(found)


def _data_criterion(resource_type: str, data: DataConditions, *, in_doubt: bool) -> Criterion:
    doubtful = _TRUE if in_doubt else _FALSE
    if data.types and resource_type not in data.types:
        # A class that is no resource type could be met by any resource.
        return _FALSE if data.is_complete else doubtful
    found: list[Criterion] = [] if data.is_complete else [doubtful]
    if data.codes:
        found.append(_code_criterion(resource_type, data.codes, in_doubt=in_doubt))
    if data.labels:
        found.append(_label_criterion(resource_type, tuple(code for _, code in data.labels)))
    if data.resources:
        keys = tuple(self_key(*each) for each in data.resources)
        found.append(SelfReference(keys))
    if data.period is not None:
        parameter = MAIN_DATE.get(resource_type)
        if parameter is None:
            found.append(doubtful)
        else:
            within = Dates(parameter, True, (DateTest("ap", *data.period),))
            undated = Not(Tokens((present_element(parameter_key(resource_type, parameter)),)))
            found.append(_any([within, undated]) if in_doubt else within)
    return _all(found)


def _code_criterion(
    resource_type: str, codes: tuple[tuple[str | None, str], ...], *, in_doubt: bool
) -> Criterion:
    known = parameters_of(resource_type)
    parameter = _CODE_PARAMETERS.get(resource_type, _CODE)
    found: list[Criterion] = []
    if parameter in known:
        key = parameter_key(resource_type, parameter)
        found.append(Tokens(tuple(token_element(key, *each) for each in codes)))
    if in_doubt and _MEDICATION in known:
        # The code is that of a Medication that the resource refers to.
        found.append(Tokens((present_element(parameter_key(resource_type, _MEDICATION)),)))
    return _any(found)


def _label_criterion(resource_type: str, codes: tuple[str, ...]) -> Criterion:
    covered = tuple(dict.fromkeys(each for code in codes for each in covered_labels(code)))
    found: list[Criterion] = [labelled(resource_type, covered)]
    if NORMAL in covered:
        more = tuple(each for each in ("R", "V") if each not in covered)
        found.append(Not(labelled(resource_type, more)) if more else _TRUE)
    return _any(found)
