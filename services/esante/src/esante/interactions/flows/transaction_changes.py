"""The change that one entry of a transaction makes, links between entries led."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Parsed, read
from esante.interactions.domain.bundle_references import linked, references
from esante.interactions.flows.create import creation
from esante.interactions.flows.delete import deletion
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.patch import Patching, patched
from esante.interactions.flows.prepare_write import recognised, recognised_as
from esante.interactions.flows.transaction_plan import Step
from esante.interactions.flows.update import Precondition, replace, taken
from esante.store.ports import Change, State
from socle.errors import Refusal

_RESTFUL: Final = re.compile(r".*/([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})")
_ETAG: Final = re.compile(r'(?:W/)?"([1-9][0-9]{0,9})"')
_PLACEHOLDERS: Final = ("urn:uuid:", "urn:oid:")


def named(steps: Sequence[Step]) -> dict[str, str]:
    """What each `fullUrl` stands for here; of a server's address its end (`Patient/1`) too, as
    references beside it would say it. Raises Refusal for one that stands for two."""
    found: dict[str, str] = {}
    for step in steps:
        if step.entry.full_url is None or step.id is None or step.doing == "delete":
            continue
        place = "/".join(step.identity)
        if found.setdefault(step.entry.full_url, place) != place:
            raise step.entry.refuse(f"fullUrl {step.entry.full_url[:80]} vient deux fois.")
        if match := _RESTFUL.fullmatch(step.entry.full_url):
            found.setdefault(match[1], place)
    return found


def change_for(
    step: Step,
    state: State,
    names: Mapping[str, str],
    *,
    by: Access,
    needs: Needs,
    patching: Patching,
) -> Change:
    """Raises Refusal."""
    kind, own = step.identity
    if_ = _precondition(step, required=needs.if_match_required)
    match step.doing:
        case "delete":
            return deletion(kind, own, state, by=by, needs=needs, if_=if_)
        case "patch":
            change = patching(step.resource)
            return patched(change, kind, own, state, by=by, needs=needs, if_=if_)
        case "create":
            parsed = recognised(_led(step, names), kind)
            return creation(parsed, kind, by=by, needs=needs, resource_id=own)
    parsed = recognised(_led(step, names), kind)
    if step.criteria is None:
        recognised_as(parsed, kind, own)
    elif not step.found and state.text is not None:
        raise taken(kind, own)
    return replace(parsed, kind, own, state, by=by, needs=needs, if_=if_)


def _led(step: Step, names: Mapping[str, str]) -> Parsed:
    before = step.resource
    text = linked(before.text, names)
    for reference in references(text):
        if reference.startswith(_PLACEHOLDERS):
            raise Refusal(
                "invalid",
                f"« {reference[:80]} » n'est le fullUrl d'aucune entrée.",
                issue="not-found",
            )
    return before if text == before.text else read(text.encode())


def _precondition(step: Step, *, required: bool) -> Precondition:
    headers = step.entry.headers
    told = headers.get(b"if-match")
    if told is None:
        return Precondition(absent=headers.get(b"if-none-match") == "*", required=required)
    match = _ETAG.fullmatch(told.strip())
    if match is None:
        raise Refusal("invalid", 'ifMatch attend un ETag de ce serveur : W/"3".')
    return Precondition(version=int(match[1]))
