"""The documents that a create or a transaction provides: whose record their contents are in, and
which documents they replace. https://profiles.ihe.net/ITI/MHD/ITI-65.html"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.interactions.domain.binary import BINARY
from esante.interactions.domain.document_sharing import (
    DOCUMENT_REFERENCE,
    SUPERSEDED,
    attachment_urls,
    local_reference,
    patient_of,
    replaced_documents,
    require_known_contents,
)
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.patch import Patch, prepare_patch
from esante.interactions.flows.transaction_plan import Step, entry_errors
from esante.interactions.flows.update import NO_PRECONDITION
from esante.interactions.flows.write_change import write_change
from esante.store.ports import Change, ResourceState, Transaction
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Replacement:
    """A DocumentReference that a new one replaces."""

    place: str
    """The FHIRPath of its reference in the new one."""
    id: str
    patient: str | None
    """Whom the new one is about (`Patient/1`)."""

    @property
    def identity(self) -> tuple[str, str]:
        """(type, id) of the replaced one."""
        return DOCUMENT_REFERENCE, self.id


def is_replacement(step: Step) -> bool:
    """Whether an entry can be a new document that replaces another one. Nearly all others are
    excluded by their text."""
    return (
        step.interaction == "create"
        and step.type == DOCUMENT_REFERENCE
        and '"replaces"' in step.text
    )


def find_replacements(
    steps: Sequence[Step], names: Mapping[str, str], *, base: str
) -> list[tuple[Step, Replacement]]:
    """The existing documents that the transaction replaces, each with the entry of the new one.
    Those that it creates are left out.

    `names`: the local reference of each entry, by the names that others use. `base`: the FHIR base.
    Raises Refusal if two documents replace the same one.
    """
    created = {
        each.id
        for each in steps
        if each.interaction == "create" and each.type == DOCUMENT_REFERENCE
    }
    found: dict[str, tuple[Step, Replacement]] = {}
    for step in steps:
        if is_replacement(step) and step.writes:
            for each in _replacements(step.resource.value, names, base):
                if each.id in found:
                    raise step.entry.refuse(
                        f"{DOCUMENT_REFERENCE}/{each.id} est déjà remplacé par une autre entrée."
                    )
                if each.id not in created:
                    found[each.id] = step, each
    return list(found.values())


def _replacements(
    document: Mapping[str, Any], names: Mapping[str, str], base: str
) -> list[Replacement]:
    patient = patient_of(document, names, base=base)
    places = {own: place for place, own in replaced_documents(document, names, base=base)}
    return [Replacement(place, own, patient) for own, place in places.items()]


async def write_create(
    change: Change,
    *,
    by: Access,
    dependencies: Dependencies,
    within: Transaction | None = None,
) -> None:
    """Write a new resource, whose id the server has assigned; if it is a document, make those that
    it replaces `superseded`.

    Parameters and errors as of `write_change`. Raises Refusal also as `prepare_replacement`.
    """
    text = change.text or b""
    replaced: list[Replacement] = []
    if change.type == DOCUMENT_REFERENCE and b'"replaces"' in text:
        find = partial(_replacements, names={}, base=dependencies.base)
        replaced = await dependencies.workers.run(len(text), lambda: find(parse_json(text)))
    if replaced and within is None:
        async with dependencies.store.transaction() as transaction:
            await write_create(change, by=by, dependencies=dependencies, within=transaction)
        return
    if replaced and within is not None:
        states = await within.find_for_update([each.identity for each in replaced])
        for each, state in zip(replaced, states, strict=True):
            made = await prepare_replacement(
                each, state, changed=False, by=by, dependencies=dependencies
            )
            await within.write([] if made is None else [made])
    await write_change(change, by=by, dependencies=dependencies, within=within, id_is_assigned=True)


async def prepare_replacement(
    replacement: Replacement,
    state: ResourceState,
    *,
    changed: bool,
    by: Access,
    dependencies: Dependencies,
) -> Change | None:
    """The change that makes a replaced document `superseded`; None if the transaction changes it.

    `state`: of the replaced document, before the transaction. `changed`: whether an entry changes
    it. Raises Refusal: as a patch of it; "invalid", rule `unprocessable`, if it is about another
    patient, or is not current.
    """

    def prepare() -> Change | None:
        change = None if changed else _supersede(replacement, state, by, dependencies)
        _require_replaceable(replacement, state, dependencies.base, changed=changed)
        return change

    try:
        return await dependencies.workers.run(len(state.text or b""), prepare)
    except Refusal as refusal:
        details = dict(refusal.details) | {"expression": [replacement.place]}
        raise Refusal(refusal.category, refusal.message, **details) from None


def _supersede(
    replacement: Replacement, state: ResourceState, by: Access, dependencies: Dependencies
) -> Change | None:
    return prepare_patch(
        _SUPERSEDE,
        *replacement.identity,
        state,
        by=by,
        dependencies=dependencies,
        precondition=NO_PRECONDITION,
    )


def _require_replaceable(
    replacement: Replacement, state: ResourceState, base: str, *, changed: bool
) -> None:
    """Raises Refusal as `prepare_replacement`."""
    if state.text is None:
        return  # an entry creates it
    replaced = parse_json(state.text)
    refuse = partial(Refusal, "invalid", rule="unprocessable", issue="business-rule")
    if patient_of(replaced, {}, base=base) != replacement.patient:
        raise refuse(f"{DOCUMENT_REFERENCE}/{replacement.id} n'est pas du même patient.")
    if not changed and replaced.get("status") != "current":
        raise refuse(
            f"{DOCUMENT_REFERENCE}/{replacement.id} n'est plus à jour : un autre le remplace déjà."
        )


def check_contents(steps: Sequence[Step], names: Mapping[str, str]) -> None:
    """Raises Refusal for a document whose content is an entry that the transaction does not have.
    `names`: as in `find_replacements`."""
    for step in documents_in(steps):
        if step.writes:
            with entry_errors(step):
                require_known_contents(step.resource.value, names)


def set_content_patients(steps: Sequence[Step], names: Mapping[str, str], *, base: str) -> None:
    """Set the `patient` of each Binary that is the content of a document in the transaction, unless
    it is of documents of several patients. Parameters as in `find_replacements`."""
    found: dict[str, set[str | None]] = {}
    for step in documents_in(steps):
        document = step.resource.value  # parsed once
        patient = patient_of(document, names, base=base)
        for _, url in attachment_urls(document):
            content = local_reference(url, names, base=base)
            found.setdefault(content or "", set()).add(patient)
    for step in steps if found else ():
        patients = found.get(f"{BINARY}/{step.id}", set()) if step.type == BINARY else set()
        step.patient = next(iter(patients)) if len(patients) == 1 else None


def documents_in(steps: Sequence[Step]) -> list[Step]:
    """The entries that write a DocumentReference with its content."""
    return [
        each
        for each in steps
        if each.type == DOCUMENT_REFERENCE and each.interaction in ("create", "update")
    ]


def _superseded(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"status": SUPERSEDED}


_SUPERSEDE: Final = Patch(_superseded, 0)
