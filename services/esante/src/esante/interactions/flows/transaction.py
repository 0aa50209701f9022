"""transaction: all entries or none. https://hl7.org/fhir/R4/http.html#transaction"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from esante.core.domain.permissions import Access
from esante.interactions.domain.bundle_references import conditional_reference, references
from esante.interactions.domain.bundle_request import EntryRequest
from esante.interactions.domain.identifiers import identifiers_asked
from esante.interactions.flows.conditional import condition_key, exclusive_keys, find_one
from esante.interactions.flows.delete import nothing_there
from esante.interactions.flows.dependencies import TRIES, Needs
from esante.interactions.flows.patch import Patching
from esante.interactions.flows.read import shown_to
from esante.interactions.flows.transaction_changes import change_for, named
from esante.interactions.flows.transaction_plan import READS, Step, pairs, step_of
from esante.interactions.flows.update import target_of
from esante.store.ports import NEVER, Change, Stale, State, Transaction
from socle.errors import Refusal

_TURN: Final = 50  # entries, after which others may have the processor


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an entry. `change`: None where nothing was to be done; `state`: what was
    found; `identity`: None for a condition that nothing met."""

    entry: EntryRequest
    change: Change | None
    state: State
    identity: tuple[str, str] | None


async def transact(
    entries: Sequence[EntryRequest], *, by: Access, needs: Needs, patching: Patching
) -> dict[int, Done]:
    """Do all that writes, in one transaction: place of the entry → what became of it. Entries that
    read are the caller's to answer afterwards. Raises Refusal, and then nothing was done.

    `patching`: reads the patch an entry carries.
    """
    writing = [each for each in entries if each.method not in READS]
    for _ in range(TRIES):
        # Steps are found anew each time: what they found may have changed.
        steps = [step_of(each) for each in writing]
        work = _Work(steps, by, needs, patching)
        try:
            if all(each.doing == "create" and each.criteria is None for each in steps) and not any(
                _conditional(each) for each in steps
            ):
                changes = await work.changes_of({})
                if changes:
                    await needs.store.write(changes)
            else:
                async with needs.store.transaction() as transaction:
                    await transaction.write(await work.prepare(transaction))
        except Stale:
            continue
        return work.done
    raise Refusal("conflict", "Ces ressources sont modifiées par d'autres au même moment.")


def _conditional(step: Step) -> bool:
    return (
        step.doing != "delete"
        and "?" in step.resource.text
        and any(conditional_reference(each) for each in references(step.resource.text))
    )


class _Work:
    """One try."""

    def __init__(self, steps: list[Step], by: Access, needs: Needs, patching: Patching) -> None:
        self._steps, self._by, self._needs, self._patching = steps, by, needs, patching
        self.done: dict[int, Done] = {}

    async def prepare(self, within: Transaction) -> list[Change]:
        """The changes. Raises Refusal."""
        await self._meet_conditions(within)
        self._name()
        with_ids = [each for each in self._steps if each.id is not None]
        looked = [e for e in with_ids if e.doing != "create" or e.found]
        states = await within.find_for_change([each.identity for each in looked])
        met = await self._meet_references(within)
        return await self.changes_of(
            {step.entry.place: state for step, state in zip(looked, states, strict=True)}, met
        )

    def _name(self) -> None:
        for step in self._steps:
            if step.doing == "create" and step.id is None:
                step.id = self._needs.new_id()

    async def _meet_conditions(self, within: Transaction) -> None:
        conditional = [each for each in self._steps if each.criteria is not None]
        keys: dict[str, Step] = {}
        for step in conditional:
            key = condition_key(step.type, step.criteria or ())
            if keys.setdefault(key, step) is not step:
                raise step.entry.refuse(f"une autre entrée pose la même condition ({key[:80]}).")
        if conditional:
            await within.exclude_others([key for each in conditional for key in _exclusive(each)])
        for step in conditional:
            with at(step):
                found = await find_one(
                    step.type, step.criteria or (), by=self._by, needs=self._needs, within=within
                )
                step.found, step.id = found is not None, found
                if step.doing == "update":
                    own = step.resource.value.get("id")
                    step.id = target_of(own, found, step.type) or self._needs.new_id()
                if step.doing == "patch" and found is None:
                    raise Refusal("not_found", "aucune ressource ne répond à la condition.")
        _refuse_twins(conditional)

    async def _meet_references(self, within: Transaction) -> dict[str, str]:
        """What each conditional reference (`Patient?identifier=…`) stands for."""
        own = {
            condition_key(each.type, each.criteria): "/".join(each.identity)
            for each in self._steps
            if each.criteria is not None and each.id is not None
        }
        found: dict[str, str] = {}
        for step in self._steps:
            if not _conditional(step):
                continue
            for reference in set(references(step.resource.text)) - found.keys():
                if (told := conditional_reference(reference)) is None:
                    continue
                with at(step):
                    kind, criteria = told[0], pairs(told[1])
                    target = own.get(condition_key(kind, criteria))
                    if target is None:
                        one = await find_one(
                            kind, criteria, by=self._by, needs=self._needs, within=within
                        )
                        target = None if one is None else f"{kind}/{one}"
                    if target is None:
                        raise Refusal(
                            "invalid", f"aucune ressource ne répond à « {reference[:100]} »."
                        )
                    found[reference] = target
        return found

    async def changes_of(
        self, states: dict[int, State], met: dict[str, str] | None = None
    ) -> list[Change]:
        """The changes of all entries, identities known. Raises Refusal."""
        self._name()
        _refuse_overlaps(self._steps)
        names = named(self._steps) | (met or {})
        changes = []
        for turn, step in enumerate(self._steps, 1):
            state = states.get(step.entry.place, NEVER)
            change = None
            with at(step):
                if step.doing == "delete" and state.text is None:
                    nothing_there(step.type, step.id, by=self._by)
                elif step.writes:
                    change = await self._changed(step, state, names)
                    changes.append(change)
                else:
                    await shown_to(self._by, *step.identity, state, needs=self._needs)
            identity = None if step.id is None else step.identity
            self.done[step.entry.place] = Done(step.entry, change, state, identity)
            if turn % _TURN == 0:
                await asyncio.sleep(0)
        return changes

    async def _changed(self, step: Step, state: State, names: Mapping[str, str]) -> Change:
        size = len(state.text or b"") if step.doing in ("patch", "delete") else 0
        size += 0 if step.doing == "delete" else len(step.resource.text)
        made = partial(
            change_for,
            step,
            state,
            names,
            by=self._by,
            needs=self._needs,
            patching=self._patching,
        )
        return await self._needs.aside.do(size, made)


def _exclusive(step: Step) -> list[str]:
    content = step.resource.value if step.doing in ("create", "update") else None
    return exclusive_keys(step.type, step.criteria or (), content)


def _refuse_twins(conditional: Sequence[Step]) -> None:
    """No two entries may make what their conditions identify alike: by the time the second looks,
    the first one's is not there yet."""
    seen: dict[tuple[str, str | None, str | None], Step] = {}
    for step in conditional:
        if step.found or step.doing not in ("create", "update"):
            continue
        for token in identifiers_asked(step.criteria or ()):
            if seen.setdefault((step.type, token.system, token.code), step) is not step:
                raise step.entry.refuse("une autre entrée nomme le même identifiant.")


def _refuse_overlaps(steps: Sequence[Step]) -> None:
    """No two entries may be about one resource. https://hl7.org/fhir/R4/http.html#trules"""
    seen: dict[tuple[str, str], Step] = {}
    for step in steps:
        if step.id is None:
            continue
        other = seen.setdefault(step.identity, step)
        if other is not step:
            raise step.entry.refuse(
                f"{step.type}/{step.id} est déjà l'affaire de l'entrée {other.entry.place}."
            )


@contextmanager
def at(step: Step) -> Iterator[None]:
    """Say which entry is refused."""
    try:
        yield
    except Refusal as refusal:
        place = f"Bundle.entry[{step.entry.place}]"
        details = dict(refusal.details)
        if issues := details.get("issues"):
            details["issues"] = tuple(
                replace(issue, expression=tuple(_inside(place, e) for e in issue.expression))
                for issue in issues
            )
        else:
            details["expression"] = [_inside(place, e) for e in details.get("expression", [])] or [
                place
            ]
        sentence = f"Entrée {step.entry.place} : {refusal.message}"
        raise Refusal(refusal.category, sentence, **details) from None


def _inside(place: str, expression: str) -> str:
    return f"{place}.resource.{expression.partition('.')[2]}".rstrip(".")
