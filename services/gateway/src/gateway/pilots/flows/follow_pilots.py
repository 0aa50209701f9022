"""Pilots and consents, followed from the bus into memory: one writer, read by every request.

The pilots are a snapshot, swapped at each change. Consents are one table for each pilot, changed in
place, since a million of them cannot be copied for each change. A record that is unreadable or
does not match its key counts as deleted; the previous one never stays in force.
"""

import base64
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from sys import intern

from gateway.events import ConsentV1, PilotV1
from gateway.pilots.domain.arms import Arm
from gateway.pilots.domain.pilots import Pilot, Pilots, Switch
from gateway.pilots.ports import PilotRecorder
from socle.events import Position, Received

log = logging.getLogger("gateway.pilots")

STALE_SECONDS = 40.0
"""The greatest age of the tables. A withdrawal takes effect within a minute even if the broker is
unreachable: past this age, no arm is assigned."""

_ByPerson = dict[str, dict[bytes, str]]
"""By pilot and pseudonym, what the consent says: the place, or the arm."""
Age = Callable[[], float]
"""The age of a followed table, in seconds."""


class PilotState:
    """Pilots and consents in memory. Implements `ConsentLookup`.

    `patterns`: those that a pilot may cover.
    """

    def __init__(self, patterns: frozenset[str], recorder: PilotRecorder) -> None:
        self._patterns, self._recorder = patterns, recorder
        self._consents: dict[str, dict[bytes, datetime]] = {}
        self._places: _ByPerson = {}
        self._arms: _ByPerson = {}
        self._ages: Sequence[Age] = ()
        self.pilots = Pilots()

    def set_ages(self, *ages: Age) -> None:
        """Set the ages of the followed tables. Until then, no arm is assigned."""
        self._ages = ages

    def fresh(self) -> bool:
        """Whether the tables are recent enough to assign arms."""
        return bool(self._ages) and all(age() <= STALE_SECONDS for age in self._ages)

    def why_not(self) -> str | None:
        """For `/readyz`: a French sentence while no arm is assigned, else None."""
        if self.fresh():
            return None
        return "les pilotes sont suspendus : leur table et celle des consentements ne sont pas lues"

    def consents(self, pilot: str, pseudonym: bytes) -> bool:
        """Whether the person of that pseudonym consents to the pilot."""
        return pseudonym in self._consents.get(pilot, ())

    def consented_at(self, pilot: str, pseudonym: bytes) -> datetime | None:
        """When the person of that pseudonym gave their consent to the pilot; None without one."""
        return self._consents.get(pilot, {}).get(pseudonym)

    def place(self, pilot: str, pseudonym: bytes) -> str | None:
        """The place of a person who consents to the pilot; None without one."""
        return self._places.get(pilot, {}).get(pseudonym)

    def drawn_arm(self, pilot: str, pseudonym: bytes) -> str | None:
        """The arm in the consent of a person; None without one."""
        return self._arms.get(pilot, {}).get(pseudonym)

    def assigning(self) -> Collection[str]:
        """The ids of the usable pilots that run or are paused, whatever their dates."""
        return {pilot.id for covering in self.pilots.covering.values() for pilot in covering}

    def has_consent(self, pilot: str, person: str) -> bool:
        """Whether a person consents to a pilot, by their pseudonym in hexadecimal."""
        return self.consents(pilot, bytes.fromhex(person))

    def follow_pilots(self, batch: Sequence[Received[PilotV1]]) -> None:
        """Apply the changes of pilots. Never raises."""
        changes: dict[str, Pilot | None] = {}
        for received in batch:
            event = received.data
            if event is not None and event.key() != received.key:
                _log_mismatch(received.position)
                event = None
            changes[received.key] = None if event is None else _pilot(event)
        previous = self.pilots
        self.pilots = previous.with_changes(changes, self._patterns)
        for name, why in self.pilots.refused.items():
            if previous.refused.get(name) != why:
                log.error("%s", why)
        self._recorder.update(self.pilots)

    def follow_consents(self, batch: Sequence[Received[ConsentV1]]) -> None:
        """Apply the changes of consents. Never raises."""
        for received in batch:
            event = received.data
            if event is not None and event.key() != received.key:
                _log_mismatch(received.position)
                event = None
            pilot, _, person = received.key.partition(":")
            try:
                pseudonym = bytes.fromhex(person)
            except ValueError:
                continue  # the key names nobody
            if event is None or event.withdrawn_at is not None:
                self._withdraw(pilot, pseudonym)
            else:
                self._agree(pilot, pseudonym, event)

    def _agree(self, pilot: str, pseudonym: bytes, event: ConsentV1) -> None:
        self._consents.setdefault(pilot, {})[pseudonym] = event.given_at
        _set(self._places, pilot, pseudonym, event.place)
        _set(self._arms, pilot, pseudonym, event.arm)

    def _withdraw(self, pilot: str, pseudonym: bytes) -> None:
        _set(self._places, pilot, pseudonym, None)
        _set(self._arms, pilot, pseudonym, None)
        consenting = self._consents.get(pilot)
        if consenting is not None:
            consenting.pop(pseudonym, None)
            if not consenting:
                del self._consents[pilot]


def _set(values: _ByPerson, pilot: str, pseudonym: bytes, value: str | None) -> None:
    """Set what the consent of a person says; None: nothing."""
    if value is not None:
        # One string for everybody who has it: they are parsed one by one.
        values.setdefault(pilot, {})[pseudonym] = intern(value)
    elif pilot in values:
        values[pilot].pop(pseudonym, None)
        if not values[pilot]:
            del values[pilot]


def _pilot(event: PilotV1) -> Pilot:
    return Pilot(
        id=event.pilot_id,
        state=event.state,
        arms=tuple(Arm(arm.name, arm.weight) for arm in event.arms),
        control=event.control,
        salt=base64.urlsafe_b64decode(f"{event.salt}=") if event.salt else None,
        routes=frozenset(event.routes),
        starts=event.starts_at,
        ends=event.ends_at,
        places={each.code: each.arm for each in event.places} or None,
        arms_in_consents=event.arms_in_consents,
        switches={
            place.code: tuple(
                Switch(each.at, each.arm) for each in sorted(place.switches, key=lambda one: one.at)
            )
            for place in event.places
            if place.switches
        },
    )


def _log_mismatch(at: Position) -> None:
    # Its position and not its key, which may be a person's pseudonym.
    log.error(
        "%s[%d]@%d does not match its key: taken as deleted",
        at.topic, at.partition, at.offset,
    )  # fmt: skip
