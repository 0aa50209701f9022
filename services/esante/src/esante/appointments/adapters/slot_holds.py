"""The slots that appointments hold, written in the transaction of the Appointment.

A slot has one Appointment at most: the primary key of `held_slot` decides between concurrent ones.
Implements `AttachedRows`.
"""

from collections.abc import Callable, Sequence
from typing import Final

import orjson

from esante.appointments.domain.held_slots import SLOT, held_slots
from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_rewrite import rewrite
from esante.core.domain.stamping import stamp
from esante.search.domain.indexing import index
from esante.store.adapters.resource_store import PostgresTransaction
from esante.store.domain.instants import next_instant
from esante.store.ports import Change, ResourceState
from socle.clock import Clock
from socle.errors import Refusal
from socle.postgres import Connection

_RELEASE: Final = """
DELETE FROM held_slot WHERE appointment = $1 AND NOT slot = ANY($2) RETURNING slot"""
_HOLD: Final = """
INSERT INTO held_slot (slot, appointment) SELECT unnest($2::text[]), $1
ON CONFLICT DO NOTHING RETURNING slot"""
_LIST: Final = "SELECT slot FROM held_slot WHERE appointment = $1"
_MOST_SLOTS: Final = 20
"""Slots of one Appointment: nobody takes a whole agenda."""
_WRITTEN_HERE: Final = """
SELECT id FROM resource
WHERE type = 'Slot' AND id = ANY($1) AND xmin = pg_current_xact_id()::xid"""
"""The slots that this transaction has written."""


class SlotHolds:
    """`open_transaction`: opens the transaction of a connection, which writes resources.
    `base`: the FHIR base."""

    def __init__(
        self, open_transaction: Callable[[Connection], PostgresTransaction], clock: Clock, base: str
    ) -> None:
        self._open, self._clock, self._base = open_transaction, clock, base

    def concern(self, change: Change) -> bool:
        """Whether the Appointment can hold slots, or have held some."""
        return bool(change.replaces) or b'"slot"' in (change.text or b"")

    async def write(self, connection: Connection, change: Change) -> None:
        """Hold the slots of an Appointment, and free those that it holds no more.

        A slot becomes busy or free. Raises Refusal("conflict") for a slot that is not free.
        """
        wanted: tuple[str, ...] = ()
        if change.text is not None:
            wanted = held_slots(orjson.loads(change.text), base=self._base)
        if not wanted and not change.replaces:
            return
        if len(wanted) > _MOST_SLOTS:
            raise _too_many()
        freed = [row["slot"] for row in await connection.fetch(_RELEASE, change.id, wanted)]
        own = {row["slot"] for row in await connection.fetch(_LIST, change.id)}
        added = [each for each in wanted if each not in own]
        # One statement a slot, in one order: two appointments never wait for each other.
        for slot in added:
            if not await connection.fetch(_HOLD, change.id, [slot]):
                raise _taken(slot)
        await self._set_status(connection, added, "busy")
        await self._set_status(connection, freed, "free")

    async def _set_status(self, connection: Connection, slots: Sequence[str], status: str) -> None:
        """Write the status of those slots that exist. Raises Refusal as `write`."""
        if not slots:
            return
        transaction = self._open(connection)
        states = await transaction.find_for_update([(SLOT, each) for each in slots])
        # A client can write the Slot and its Appointment in one transaction, in any order.
        here = {row["id"] for row in await connection.fetch(_WRITTEN_HERE, slots)}
        changes = []
        for slot, state in zip(slots, states, strict=True):
            if state.text is None:
                continue
            parsed = parse_object(state.text)
            current = parsed.value.get("status")
            if status == "free" and current != "busy":
                continue  # the practice has blocked it since
            if status == "busy" and current != "free" and slot not in here:
                raise _taken(slot)
            if current != status:
                changes.append(self._change(slot, state, parsed, status))
        if changes:
            await transaction.write(changes)

    def _change(self, slot: str, state: ResourceState, parsed: JsonObject, status: str) -> Change:
        """The next version of a Slot, which differs by its status."""
        changed = parse_object(rewrite(parsed, {**parsed.value, "status": status}).encode())
        version = state.version + 1
        updated = next_instant(state.updated, self._clock.now())
        text = stamp(changed, resource_id=slot, version=version, updated=updated)
        return Change(
            *(SLOT, slot, version, updated, "update", text.encode()),
            index(changed.value, base=self._base),
            state.version,
            replaced_digests=state.index_digests,
        )


def _too_many() -> Refusal:
    return Refusal(
        "invalid",
        f"Un rendez-vous prend {_MOST_SLOTS} créneaux au plus.",
        rule="unprocessable",
        issue="business-rule",
        expression=["Appointment.slot"],
    )


def _taken(slot: str) -> Refusal:
    return Refusal(
        "conflict",
        f"Le créneau Slot/{slot} n'est pas libre : choisissez-en un autre (Slot?status=free).",
        expression=["Appointment.slot"],
    )
