"""Pilots and consents, followed from the bus into memory: one writer, read by every request.

The pilots are a snapshot swapped at each change. The consents are one set a pilot, changed in
place: a million of them are not copied for each new one, and nobody waits between two looks.
What cannot be read, or does not fit its key, gives nothing: never what was said before it.
"""

import base64
import logging
from collections.abc import Callable, Collection, Sequence

from gateway.events import ConsentV1, PilotV1
from gateway.pilots.domain.arms import Arm
from gateway.pilots.domain.pilots import Pilot, Pilots
from gateway.pilots.ports import PilotRecorder
from socle.events import Position, Received

log = logging.getLogger("gateway.pilots")

STALE_SECONDS = 40.0
"""How old what is known may be. A withdrawal takes effect within a minute, also where the broker
cannot be heard: past this, nobody is given anything."""

Age = Callable[[], float]


class PilotState:
    """What `assign` reads; implements `ConsentLookup`. `patterns`: those that a pilot may cover."""

    def __init__(self, patterns: frozenset[str], figures: PilotRecorder) -> None:
        self._patterns, self._figures = patterns, figures
        self._consents: dict[str, set[bytes]] = {}
        self._ages: Sequence[Age] = ()
        self.pilots = Pilots()

    def begin(self, *ages: Age) -> None:
        """From now on what is known is as old as the oldest of the tables, in seconds."""
        self._ages = ages

    def fresh(self) -> bool:
        """Whether what is known may be acted upon."""
        return bool(self._ages) and all(age() <= STALE_SECONDS for age in self._ages)

    def why_not(self) -> str | None:
        """A French sentence where nobody is given anything, for `/readyz`."""
        if self.fresh():
            return None
        return "les pilotes sont suspendus : leur table et celle des consentements ne sont pas lues"

    def consents(self, pilot: str, pseudonym: bytes) -> bool:
        """Whether that person agrees to take part in that pilot."""
        return pseudonym in self._consents.get(pilot, ())

    def given(self) -> Collection[str]:
        """The pilots that give arms."""
        return {pilot.id for covering in self.pilots.covering.values() for pilot in covering}

    def agrees(self, pilot: str, person: str) -> bool:
        """Whether that person, by their pseudonym in hexadecimal, takes part in that pilot."""
        return self.consents(pilot, bytes.fromhex(person))

    def follow_pilots(self, batch: Sequence[Received[PilotV1]]) -> None:
        """UsageAggregate what the table tells. Never raises."""
        told: dict[str, Pilot | None] = {}
        for received in batch:
            event = received.data
            if event is not None and event.key() != received.key:
                _misplaced(received.position)
                event = None
            told[received.key] = None if event is None else _pilot(event)
        before = self.pilots
        self.pilots = before.changed(told, self._patterns)
        for name, why in self.pilots.refused.items():
            if before.refused.get(name) != why:
                log.error("%s", why)
        self._figures.told(self.pilots)

    def follow_consents(self, batch: Sequence[Received[ConsentV1]]) -> None:
        """UsageAggregate what the table tells. Never raises."""
        for received in batch:
            event = received.data
            if event is not None and event.key() != received.key:
                _misplaced(received.position)
                event = None
            pilot, _, person = received.key.partition(":")
            try:
                pseudonym = bytes.fromhex(person)
            except ValueError:
                continue
            if event is None or event.withdrawn_at is not None:
                self._withdraw(pilot, pseudonym)
            else:
                self._consents.setdefault(pilot, set()).add(pseudonym)

    def _withdraw(self, pilot: str, pseudonym: bytes) -> None:
        standing = self._consents.get(pilot)
        if standing is not None:
            standing.discard(pseudonym)
            if not standing:
                del self._consents[pilot]


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
    )


def _misplaced(at: Position) -> None:
    # Its place and not its key, which may be a person's pseudonym.
    log.error(
        "%s[%d]@%d speaks of something else than its key: taken as deleted",
        at.topic, at.partition, at.offset,
    )  # fmt: skip
