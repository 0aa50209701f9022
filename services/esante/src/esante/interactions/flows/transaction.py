"""transaction: all entries or none. https://hl7.org/fhir/R4/http.html#transaction"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from esante.core.domain.append_only import APPEND_ONLY, change_refused
from esante.core.domain.permissions import Access
from esante.core.domain.references import references
from esante.interactions.domain.bundle_references import conditional_reference
from esante.interactions.domain.bundle_request import EntryRequest
from esante.interactions.flows.check_attachments import AttachmentCheck
from esante.interactions.flows.conditional import condition_key, find_single_match, lock_keys
from esante.interactions.flows.delete import check_absent_delete
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.flows.patch import PatchReader
from esante.interactions.flows.provided_documents import (
    Replacement,
    check_contents,
    documents_in,
    find_replacements,
    is_replacement,
    prepare_replacement,
    set_content_patients,
)
from esante.interactions.flows.read import require_readable
from esante.interactions.flows.transaction_changes import full_url_targets, prepare_entry_change
from esante.interactions.flows.transaction_plan import (
    READS,
    Step,
    created_patients,
    entry_errors,
    parse_condition,
    plan_entry,
    refuse_overlaps,
    refuse_shared_conditions,
    refuse_shared_identifiers,
)
from esante.interactions.flows.transaction_results import EntryResult, recorded_versions
from esante.interactions.flows.update import conditional_target_id
from esante.interactions.flows.write_change import record_versions
from esante.interactions.ports import Pairs
from esante.store.ports import NEVER_EXISTED, Change, ResourceState, Transaction, WriteConflict
from socle.errors import Refusal

_YIELD_EVERY: Final = 50
"""Number of entries after which the event loop runs other tasks."""

ResultT = TypeVar("ResultT")


async def run_transaction(
    entries: Sequence[EntryRequest],
    *,
    by: Access,
    dependencies: Dependencies,
    read_patch: PatchReader,
    before_write: Callable[[], Awaitable[None]],
) -> dict[int, EntryResult]:
    """Execute the writing entries in one transaction; returns their results, by index of the entry.

    `entries`: all entries; the caller executes the reading ones afterwards. `read_patch`: parses
    the patch in a resource. `before_write`: raises an error if nothing is to be written any more.
    Raises Refusal if one entry fails; then nothing is written.
    """
    writing = [each for each in entries if each.method not in READS]
    for _ in range(MAX_ATTEMPTS):
        # Steps are planned again on each attempt: their matches can have changed.
        steps = [plan_entry(each) for each in writing]
        attempt = _Attempt(steps, by, dependencies, read_patch)
        try:
            await attempt.write(before_write)
        except WriteConflict:
            continue
        for each in attempt.results.values():
            if each.change is not None and each.change.warnings:
                dependencies.count_warnings(each.change.warnings)
        return attempt.results
    raise Refusal("conflict", "Ces ressources sont modifiées par d'autres au même moment.")


def _has_conditional_reference(step: Step) -> bool:
    return (
        step.interaction != "delete"
        and "?" in step.text
        and any(conditional_reference(each) for each in references(step.text))
    )


class _Attempt:
    """One attempt of a transaction. `results`: by index of the entry, after `write`."""

    def __init__(
        self, steps: list[Step], by: Access, dependencies: Dependencies, read_patch: PatchReader
    ) -> None:
        self._steps, self._by = steps, by
        self._dependencies, self._read_patch = dependencies, read_patch
        self.results: dict[int, EntryResult] = {}
        self._deleted = {s.identity for s in steps if s.interaction == "delete" and s.id}
        """What the transaction deletes, once its conditions are matched: no match of the rest."""

    async def write(self, before_write: Callable[[], Awaitable[None]]) -> None:
        """Write the changes. Raises Refusal, WriteConflict, and what `before_write` raises."""
        store, key = self._dependencies.store, self._dependencies.idempotency_key
        if (
            all(each.interaction == "create" and each.criteria is None for each in self._steps)
            and not any(_has_conditional_reference(each) for each in self._steps)
            and not any(is_replacement(each) for each in self._steps)
            and key is None
        ):
            self._assign_ids()
            changes = await self.prepare_changes({}, full_url_targets(self._steps))
            await before_write()
            if changes:
                await store.write(changes, ids_are_assigned=True)
            return
        async with store.transaction() as transaction:
            changes = await self.prepare(transaction)
            await before_write()
            await transaction.write(changes)
            await record_versions(recorded_versions(self.results), key, transaction)

    async def prepare(self, within: Transaction) -> list[Change]:
        """Match the conditions and return the changes. Raises Refusal."""
        await self._match_conditions(within)
        self._assign_ids()
        with_ids = [each for each in self._steps if each.id is not None]
        to_find = [e for e in with_ids if e.interaction != "create" or e.found]
        names = full_url_targets(self._steps) | await self._match_references(within)
        replaced = await self._parse(
            filter(is_replacement, self._steps),
            partial(find_replacements, self._steps, names, base=self._dependencies.base),
        )
        # All at once: rows are locked in one order.
        states = await within.find_for_update(
            [each.identity for each in to_find] + [each.identity for _, each in replaced]
        )
        changes = await self.prepare_changes(
            {step.entry.place: state for step, state in zip(to_find, states, strict=False)}, names
        )
        return changes + await self._replace(replaced, states[len(to_find) :])

    async def _replace(
        self, replaced: Sequence[tuple[Step, Replacement]], states: Sequence[ResourceState]
    ) -> list[Change]:
        """The changes of the documents that the transaction replaces. Raises Refusal."""
        changed = {each.identity for each in self._steps if each.id is not None and each.writes}
        changes: list[Change] = []
        for (step, each), state in zip(replaced, states, strict=True):
            make = partial(prepare_replacement, each, state, changed=each.identity in changed)
            with entry_errors(step):
                change = await make(by=self._by, dependencies=self._dependencies)
            changes += [] if change is None else [change]
        return changes

    def _assign_ids(self) -> None:
        for step in self._steps:
            if step.interaction == "create" and step.id is None:
                step.id = self._dependencies.new_id()

    async def _match_conditions(self, within: Transaction) -> None:
        conditional = [each for each in self._steps if each.criteria is not None]
        refuse_shared_conditions(conditional)
        if conditional:
            await within.lock(await self._parse(conditional, partial(_lock_keys, conditional)))
        # Deletes come first: what they delete is no match of the others.
        for step in sorted(conditional, key=lambda step: step.interaction != "delete"):
            with entry_errors(step):
                found = await self._match(step.type, step.criteria or (), within)
                if step.interaction == "delete" and found is not None:
                    self._deleted.add((step.type, found))
                elif step.interaction == "create" and (step.type, found) in self._deleted:
                    found = None
                step.found, step.id = found is not None, found
                if step.interaction == "update":
                    own = await self._parse([step], partial(_own_id, step))
                    step.id = (
                        conditional_target_id(own, found, step.type) or self._dependencies.new_id()
                    )
                if step.interaction == "patch" and found is None:
                    raise Refusal("not_found", "aucune ressource ne répond à la condition.")
        refuse_shared_identifiers(conditional)

    async def _match(self, resource_type: str, pairs: Pairs, within: Transaction) -> str | None:
        return await find_single_match(
            resource_type, pairs, by=self._by, dependencies=self._dependencies, within=within
        )

    async def _match_references(self, within: Transaction) -> dict[str, str]:
        """The target of each conditional reference (`Patient?identifier=…`)."""
        own = {
            condition_key(each.type, each.criteria): "/".join(each.identity)
            for each in self._steps
            if each.criteria is not None and each.id is not None and each.interaction != "delete"
        }
        found: dict[str, str] = {}
        for step in self._steps:
            if not _has_conditional_reference(step):
                continue
            for reference in set(references(step.text)) - found.keys():
                if (condition := conditional_reference(reference)) is None:
                    continue
                with entry_errors(step):
                    resource_type, criteria = condition[0], parse_condition(condition[1])
                    target = own.get(condition_key(resource_type, criteria))
                    if target is None:
                        one = await self._match(resource_type, criteria, within)
                        gone = one is None or (resource_type, one) in self._deleted
                        target = None if gone else f"{resource_type}/{one}"
                    if target is None:
                        raise Refusal(
                            "invalid", f"aucune ressource ne répond à « {reference[:100]} »."
                        )
                    found[reference] = target
        return found

    async def prepare_changes(
        self, states: Mapping[int, ResourceState], names: Mapping[str, str]
    ) -> list[Change]:
        """The changes of all entries, once their ids are known. Raises Refusal.

        `states`: the state of each existing resource, by index of the entry. `names`: the local
        reference of each entry, by the names that other entries use.
        """
        refuse_overlaps(self._steps)
        self._by = self._by.with_created(created_patients(self._steps, states))
        await self._parse(documents_in(self._steps), partial(self._relate_contents, names))
        changes: list[Change] = []
        for count, step in enumerate(self._steps, 1):
            state = states.get(step.entry.place, NEVER_EXISTED)
            change = None
            with entry_errors(step):
                if step.interaction == "delete" and state.text is None:
                    check_absent_delete(step.type, step.id, by=self._by)
                elif step.writes:
                    change = await self._prepare_step(step, state, names)
                    changes += [] if change is None else [change]
                else:
                    await require_readable(
                        self._by, *step.identity, state, dependencies=self._dependencies
                    )
            identity = None if step.id is None else step.identity
            self.results[step.entry.place] = EntryResult(step.entry, change, state, identity)
            if count % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        await self._check_attachments(changes)
        return changes

    def _relate_contents(self, names: Mapping[str, str]) -> None:
        check_contents(self._steps, names)
        set_content_patients(self._steps, names, base=self._dependencies.base)

    async def _parse(self, parsed: Iterable[Step], work: Callable[[], ResultT]) -> ResultT:
        """The result of what reads the resources of those entries: in a large Bundle they are
        parsed then, which takes as long as their texts are."""
        size = sum(len(each.text) for each in parsed if each.interaction != "delete")
        return await self._dependencies.workers.run(size, work)

    async def _check_attachments(self, changes: Sequence[Change]) -> None:
        """Check the attachments of all entries, which can refer to Binaries of others."""
        together = {(each.type, each.id): each for each in changes}
        attachments = AttachmentCheck(self._by, self._dependencies, together)
        for step in self._steps:
            if (change := self.results[step.entry.place].change) is not None:
                with entry_errors(step):
                    await attachments.check(change)

    async def _prepare_step(
        self, step: Step, state: ResourceState, names: Mapping[str, str]
    ) -> Change | None:
        if step.type == APPEND_ONLY and step.interaction in ("patch", "delete"):
            raise change_refused()
        size = len(state.text or b"") if step.interaction in ("patch", "delete") else 0
        size += 0 if step.interaction == "delete" else len(step.text)
        made = partial(
            prepare_entry_change,
            step,
            state,
            names,
            by=self._by,
            dependencies=self._dependencies,
            read_patch=self._read_patch,
        )
        return await self._dependencies.workers.run(size, made)


def _own_id(step: Step) -> object:
    return step.resource.value.get("id")


def _lock_keys(steps: Sequence[Step]) -> list[str]:
    found = []
    for step in steps:
        content = step.resource.value if step.interaction in ("create", "update") else None
        found += lock_keys(step.type, step.criteria or (), content)
    return found
