"""Patient/$merge: two records of one person become one, in one transaction.

https://hl7.org/fhir/R5/patient-operation-merge.html (R6 has the same parameters). Each resource
that refers to the source gets a version that refers to the target: the history says what it was.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from esante.access.domain.open_records import OpenRecords
from esante.access.flows.authorization import require_changeable, require_writable
from esante.access.flows.record_rules import version_author
from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_rewrite import rewrite
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource
from esante.core.domain.stamping import stamp
from esante.core.domain.structures import RESOURCE_TYPES
from esante.interactions.domain.binary import BINARY
from esante.interactions.domain.patient_merge import (
    check_identities,
    check_result,
    check_state,
    close_source,
    has_identifiers,
    merge_target,
    move_references,
)
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.flows.prepare_write import PATIENT, prepare_change, written_resource
from esante.interactions.flows.read import require_readable
from esante.search.domain.definitions import indexed_parameters_of
from esante.search.domain.indexing import index
from esante.search.domain.patient_matching import identifier_criterion
from esante.store.domain.index_keys import compartment_key, parameter_key, ref_element, self_key
from esante.store.domain.instants import next_instant
from esante.store.ports import Change, ResourceState, Transaction, WriteConflict
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.errors import Refusal

MOST: Final = 5_000
"""Resources that one merge moves."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of their texts."""
_REMAINING: Final = frozenset({PATIENT, APPEND_ONLY, "Provenance", SUBSCRIPTION})
"""Types whose references remain: links between patients are history, traces and provenances are
about what was, and a Subscription has the permissions and the criteria of its author."""

HasOpenEmergency = Callable[[Sequence[str], datetime, Transaction], Awaitable[bool]]
"""Whether an emergency access opens the record of one of those patients at that instant."""


@dataclass(frozen=True, slots=True)
class NamedPatient:
    """A patient as a request names them: by id, by identifiers, or by both."""

    id: str | None
    identifiers: Sequence[Mapping[str, Any]] = ()
    """Each with a system and a value; all are the patient's."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A request to merge."""

    source: NamedPatient
    """Whose record is closed."""
    target: NamedPatient
    """Who remains."""
    result: JsonObject | None
    """The Patient that remains, as the caller wants it; None: the target, and the identifiers of
    the source."""
    preview: bool
    """Whether nothing is written."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge has written, or would write."""

    source: Resource
    target: Resource
    moved: int
    """The number of other resources."""


async def merge_patients(
    merge: Merge,
    *,
    by: Access,
    dependencies: Dependencies,
    has_open_emergency: HasOpenEmergency,
    on_found: Callable[[Sequence[Resource]], None],
) -> Merged:
    """Merge the source into the target. A merge that was done can be repeated: it moves what was
    written about the source since. `on_found`: called with both patients once they may be read.

    Raises Refusal: "forbidden" unless the caller can change every type of both records, and for a
    professional outside one of the circles; "not_found" for a record that is closed to them; rule
    `unprocessable` for different INS, a patient that another merge has closed, and an unclear
    identifier; "conflict" while an emergency access is open; with the issue "too-costly" past
    `MOST` resources and `MAX_BYTES`.
    """
    _require_right(by)
    for _ in range(MAX_ATTEMPTS):
        try:
            async with dependencies.store.transaction() as within:
                attempt = _Attempt(merge, by, dependencies, within)
                await attempt.find(on_found)
                pair = (attempt.source_id, attempt.target_id)
                if await has_open_emergency(pair, dependencies.clock.now(), within):
                    raise Refusal(
                        "conflict",
                        "Un accès d'urgence est ouvert sur l'un de ces dossiers : fusionnez-les"
                        " quand il sera terminé.",
                    )
                changes = await attempt.changes()
                if not merge.preview:
                    await within.write(changes)
        except WriteConflict:
            continue
        source, target, *moved = changes
        return Merged(written_resource(source), written_resource(target), len(moved))
    raise Refusal("conflict", "Ces dossiers sont modifiés par d'autres au même moment.")


def _require_right(by: Access) -> None:
    """A merge moves whatever is in the record, also what the caller does not see: so it needs the
    right on every type, and says nothing of what is hidden."""
    require_permission(by, PATIENT, "u")
    if not any(
        each.patient is None and each.query is None for each in by.permitted("*", "u").grants
    ):
        raise Refusal(
            "forbidden",
            "Fusionner change toutes les ressources d'un dossier : il y faut le droit de modifier"
            " tous les types (user/*.u ou system/*.u).",
        )


class _Attempt:
    """One attempt of a merge, in a transaction."""

    def __init__(
        self, merge: Merge, by: Access, dependencies: Dependencies, within: Transaction
    ) -> None:
        self._merge, self._by = merge, by
        self._dependencies, self._within = dependencies, within
        self.source_id, self.target_id = "", ""
        self._source, self._target = ResourceState(), ResourceState()

    async def find(self, on_found: Callable[[Sequence[Resource]], None]) -> None:
        """Find and lock both patients. Raises Refusal as `merge_patients`."""
        self.source_id = await self._id_of(self._merge.source, "source")
        self.target_id = await self._id_of(self._merge.target, "target")
        if self.source_id == self.target_id:
            raise Refusal("invalid", "La source et la cible sont le même patient.")
        ids = self.source_id, self.target_id
        states = await self._within.find_for_update([(PATIENT, each) for each in ids])
        self._source, self._target = states
        found = [
            await require_readable(self._by, PATIENT, own, state, dependencies=self._dependencies)
            for own, state in zip(ids, states, strict=True)
        ]
        on_found(found)
        permitted = require_permission(self._by, PATIENT, "u")
        for own, state in zip(ids, states, strict=True):
            require_changeable(permitted, PATIENT, own, state, server=self._dependencies)
        records = self._by.records
        if records is not None and not (
            isinstance(records, OpenRecords) and all(map(records.is_circle, ids))
        ):
            raise Refusal(
                "forbidden",
                "Seuls un programme et les professionnels qui sont dans les deux cercles de soins"
                " fusionnent deux dossiers.",
            )
        named = self._merge.source, self._merge.target
        for each, resource in zip(named, found, strict=True):
            if not has_identifiers(parse_object(resource.text).value, each.identifiers):
                raise _unclear(f"Patient/{resource.id} n'a pas les identifiants qui le désignent.")

    async def _id_of(self, named: NamedPatient, which: str) -> str:
        if named.id is not None:
            return named.id
        pairs = [
            ("identifier", identifier_criterion(e["system"], e["value"])) for e in named.identifiers
        ]
        if not pairs:
            raise Refusal(
                "invalid",
                f"« {which}-patient » ou « {which}-patient-identifier » est attendu.",
                issue="required",
            )
        matches = await self._dependencies.find_matches(
            PATIENT, pairs, by=self._by, within=self._within
        )
        if len(matches) != 1:
            raise _unclear(
                f"« {which}-patient-identifier » : aucun patient que vous voyez n'a ces"
                " identifiants, ou plusieurs les ont."
            )
        return matches[0].id

    async def changes(self) -> list[Change]:
        """The change of the source, that of the target, then the others. Raises Refusal."""
        source, target = _parsed(self._source), _parsed(self._target)
        base, result = self._dependencies.base, self._merge.result
        check_state(source.value, target.value, self.target_id, base)
        if result is None:
            merged = merge_target(target.value, source.value, self.source_id, base)
            result = parse_object(rewrite(target, merged).encode())
        else:
            named = self._merge.target.identifiers
            check_result(result.value, self.target_id, self.source_id, named, base)
        check_identities(source.value, target.value, result.value)
        closed = close_source(source.value, self.target_id, base)
        patients = [
            self._patient(self.source_id, parse_object(rewrite(source, closed).encode())),
            self._patient(self.target_id, result),
        ]
        return patients + await self._moved()

    def _patient(self, own: str, parsed: JsonObject) -> Change:
        change = prepare_change(
            parsed,
            PATIENT,
            own,
            previous=self._source if own == self.source_id else self._target,
            interaction="update",
            by=self._by,
            dependencies=self._dependencies,
        )
        permitted = require_permission(self._by, PATIENT, "u")
        require_writable(permitted, change, server=self._dependencies)
        return change

    async def _moved(self) -> list[Change]:
        elements = _referring_elements(self.source_id)
        found = await self._within.list_referring(elements, limit=MOST + 1)
        if len(found) > MOST or sum(size for _, _, size in found) > MAX_BYTES:
            raise Refusal(
                "invalid",
                f"Une fusion déplace {MOST} ressources et {MAX_BYTES >> 20} Mio au plus : ce qui"
                " cite la source est plus long.",
                issue="too-costly",
            )
        identities = [(resource_type, own) for resource_type, own, _ in found]
        states = await self._within.find_for_update(identities)
        changes: list[Change] = []
        for identity, state in zip(identities, states, strict=True):
            move = partial(self._move, *identity, state)
            change = await self._dependencies.workers.run(len(state.text or b""), move)
            changes += [] if change is None else [change]
        return changes

    def _move(self, resource_type: str, resource_id: str, state: ResourceState) -> Change | None:
        """The change of one resource; None if it was deleted, or refers to the source no more.

        It is not validated: what was stored stays as it was, but for the references.
        """
        if state.text is None:
            return None
        base, dependencies = self._dependencies.base, self._dependencies
        text = move_references(state.text.decode(), self.source_id, self.target_id, base)
        if text.encode() == state.text:
            return None
        version = state.version + 1
        updated = next_instant(state.updated, dependencies.clock.now())
        parsed = parse_object(text.encode())
        stamped = stamp(parsed, resource_id=resource_id, version=version, updated=updated)
        return Change(
            resource_type,
            resource_id,
            version,
            updated,
            "update",
            stamped.encode(),
            index(parsed.value, base=base),
            state.version,
            carries_content=resource_type == BINARY,
            replaced_digests=state.index_digests,
            author=state.author,
            version_author=version_author(self._by),
        )


def _parsed(state: ResourceState) -> JsonObject:
    assert state.text is not None
    return parse_object(state.text)


def _referring_elements(patient: str) -> Mapping[str, Collection[int]]:
    """The elements of `refs` of what refers to a patient, by resource type."""
    own = self_key(PATIENT, patient)
    member = ref_element(compartment_key(PATIENT), own)
    return {
        each: [member, *(ref_element(parameter, own) for parameter in _reference_parameters(each))]
        for each in RESOURCE_TYPES - _REMAINING
    }


def _reference_parameters(resource_type: str) -> list[int]:
    """The keys of the parameters of a type that can refer to a patient."""
    return [
        parameter_key(resource_type, each.code)
        for each in indexed_parameters_of(resource_type).values()
        if each.type == "reference" and (not each.targets or PATIENT in each.targets)
    ]


def _unclear(sentence: str) -> Refusal:
    return Refusal("invalid", sentence, rule="unprocessable", issue="business-rule")
