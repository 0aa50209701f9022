"""Deleted resources, as lines of an export: transaction Bundles.
https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from esante.core.domain.json_parser import parse_json
from esante.search.domain.indexing import index
from esante.search.domain.query.criteria import Criterion
from esante.search.domain.query.matcher import IndexedResource, matches


@dataclass(frozen=True, slots=True)
class DeletedResource:
    """A deleted resource, with its last content."""

    type: str
    id: str
    updated: datetime
    """When it was deleted."""
    text: bytes


def concerns(
    deleted: DeletedResource,
    criterion: Criterion,
    *,
    base: str,
    of_patients: bool,
    patients: Collection[str] | None,
) -> bool:
    """Whether the last content of a deleted resource meets a criterion, and is in a compartment.

    `of_patients`: only if it was in the compartment of a patient; `patients`: of one of those.
    """
    indexed = index(parse_json(deleted.text), base=base)
    own = IndexedResource(deleted.type, deleted.id, deleted.updated, indexed)
    if of_patients and not indexed.patients:
        return False
    if patients is not None and not any(each in patients for each in indexed.patients):
        return False
    return matches(criterion, own)


def deletion_bundle(references: Sequence[str]) -> bytes:
    """The Bundle that deletes those resources, `Patient/123` each."""
    entries = [{"request": {"method": "DELETE", "url": each}} for each in references]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
