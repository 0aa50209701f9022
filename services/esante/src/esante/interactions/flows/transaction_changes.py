"""The change of one entry of a transaction, its references to other entries resolved."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_reparse import reparse
from esante.core.domain.permissions import Access
from esante.core.domain.references import references
from esante.interactions.domain.bundle_references import replace_references
from esante.interactions.domain.document_sharing import with_security_context
from esante.interactions.flows.delete import prepare_delete
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.patch import PatchReader, prepare_patch
from esante.interactions.flows.prepare_write import (
    check_resource_id,
    check_resource_type,
    prepare_create,
)
from esante.interactions.flows.transaction_plan import Step
from esante.interactions.flows.unchanged_update import changes_nothing
from esante.interactions.flows.update import (
    Precondition,
    id_taken,
    is_id_taken,
    prepare_update,
)
from esante.store.ports import Change, ResourceState
from socle.errors import Refusal

_RESTFUL_URL: Final = re.compile(r".*/([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})")
_ETAG: Final = re.compile(r'(?:W/)?"([1-9][0-9]{0,9})"')
_PLACEHOLDERS: Final = ("urn:uuid:", "urn:oid:")
_BUNDLE: Final = "Bundle"


def full_url_targets(steps: Sequence[Step]) -> dict[str, str]:
    """The local reference (`Patient/1`) of each `fullUrl`, and of the `type/id` at its end. Entries
    that delete are left out.

    Raises Refusal if two entries have one `fullUrl`.
    """
    found: dict[str, str] = {}
    for step in steps:
        if step.entry.full_url is None or step.id is None or step.interaction == "delete":
            continue
        place = "/".join(step.identity)
        if found.setdefault(step.entry.full_url, place) != place:
            raise step.entry.refuse(f"fullUrl {step.entry.full_url[:80]} vient deux fois.")
        if match := _RESTFUL_URL.fullmatch(step.entry.full_url):
            found.setdefault(match[1], place)
    return found


def prepare_entry_change(
    step: Step,
    state: ResourceState,
    names: Mapping[str, str],
    *,
    by: Access,
    dependencies: Dependencies,
    read_patch: PatchReader,
) -> Change | None:
    """The change of an entry that writes; None if its patch or update changes nothing.

    `state`: of its resource before the transaction. `names`: the local reference of each entry, by
    the names that other entries use. Raises Refusal as the interaction of the entry.
    """
    own = step.identity
    precondition = _precondition(step, required=dependencies.if_match_required)
    match step.interaction:
        case "delete":
            return prepare_delete(
                *own, state, by=by, dependencies=dependencies, precondition=precondition
            )
        case "patch":
            patch = read_patch(step.resource)
            return prepare_patch(
                patch, *own, state, by=by, dependencies=dependencies, precondition=precondition
            )
    resolved = with_security_context(resolve_references(step, names), step.patient)
    parsed = check_resource_type(resolved, step.type)
    if step.interaction == "create":
        return prepare_create(
            parsed, step.type, by=by, dependencies=dependencies, resource_id=step.id
        )
    if step.criteria is None:
        check_resource_id(parsed, *own)
    elif not step.found and is_id_taken(step.type, state, by=by):
        raise id_taken(*own)
    change = prepare_update(
        parsed, *own, state, by=by, dependencies=dependencies, precondition=precondition
    )
    return None if changes_nothing(change, parsed, state) else change


def resolve_references(step: Step, names: Mapping[str, str]) -> JsonObject:
    """The resource of an entry, its references to other entries replaced.

    `names`: as in `prepare_entry_change`. Raises Refusal for a reference to an unknown `urn:uuid:`
    or `urn:oid:`; a Bundle has entries of its own, which its references name.
    """
    original = step.text
    text = replace_references(original, names)
    for reference in references(text):
        if reference.startswith(_PLACEHOLDERS) and step.type != _BUNDLE:
            raise Refusal(
                "invalid",
                f"« {reference[:80]} » n'est le fullUrl d'aucune entrée.",
                issue="not-found",
            )
    if text == original:
        return step.resource
    content = step.entry.content
    # In a large Bundle it has not been parsed.
    return (
        reparse(content, text) if isinstance(content, JsonObject) else parse_object(text.encode())
    )


def _precondition(step: Step, *, required: bool) -> Precondition:
    headers = step.entry.headers
    if_none_match, if_match = headers.get(b"if-none-match"), headers.get(b"if-match")
    if if_none_match is not None and if_none_match.strip() != "*":
        raise Refusal("invalid", "Pour écrire, ifNoneMatch n'est compris que valant « * ».")
    absent = if_none_match is not None
    if if_match is None:
        return Precondition(absent=absent, required=required)
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise Refusal("invalid", 'ifMatch attend un ETag de ce serveur : W/"3".')
    return Precondition(version=int(match[1]), absent=absent)
