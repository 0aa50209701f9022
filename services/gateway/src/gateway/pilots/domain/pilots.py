"""The pilots: the routes that each covers, and the arm of each participant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Self

from gateway.pilots.domain.arms import TOTAL_WEIGHT, Arm, arm_at, draw_number
from socle.errors import Refusal

State = Literal["draft", "running", "paused", "closed"]

MIN_ARMS: Final = 2
MAX_ARMS: Final = 8
MAX_PILOTS: Final = 100
MAX_ON_A_ROUTE: Final = 16
"""Pilots that can cover one route: all go into the token for the service, whose size is limited."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A later arm of a place."""

    at: datetime
    """The place has the arm from then on."""
    arm: str


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot."""

    id: str
    state: State
    arms: tuple[Arm, ...]
    """In the order that assigns their intervals (`arms`)."""
    control: str
    """The name of the arm that is served as if there were no pilot."""
    salt: bytes | None
    """The key of pseudonyms and arms; None once destroyed."""
    routes: frozenset[str]
    """The patterns of the route table that it covers."""
    starts: datetime | None = None
    """No arm is assigned before; None: no such limit."""
    ends: datetime | None = None
    """No arm is assigned from then on; None: no such limit."""
    places: Mapping[str, str] | None = None
    """By place, the arm of its people from the start; None: each person is drawn."""
    switches: Mapping[str, tuple[Switch, ...]] = field(default_factory=dict)
    """By place, its later arms, in the order of time. Places that keep their arm are absent."""
    arms_in_consents: bool = False
    """Whether the arm of a person is the one in their consent."""

    def check(self, patterns: frozenset[str]) -> None:
        """Raises Refusal("invalid") with everything that makes the pilot unusable.

        `patterns`: those that a pilot may cover.
        """
        if wrong := list(self._mistakes(patterns)):
            raise Refusal("invalid", f"Le pilote {self.id} est écarté : {' ; '.join(wrong)}.")

    @property
    def active(self) -> bool:
        """Whether its state lets it assign arms: paused, it assigns the control arm to everyone."""
        return self.state in ("running", "paused")

    def arm_of(
        self, subject: str, now: datetime, place: str | None = None, drawn: str | None = None
    ) -> str | None:
        """The arm of a person who consented; None if the pilot assigns none now. `place`, `drawn`:
        the place and the arm in their consent."""
        if self.salt is None or not self.active:
            return None
        if (self.starts and now < self.starts) or (self.ends and now >= self.ends):
            return None
        if self.arms_in_consents and drawn not in {arm.name for arm in self.arms}:
            return None
        if self.places is not None and place not in self.places:
            return None
        if self.state == "paused":
            return self.control
        if self.arms_in_consents:
            return drawn
        if self.places is not None:
            return self._arm_of_place(place or "", self.places, now)
        return arm_at(self.arms, draw_number(self.salt, subject))

    def _arm_of_place(self, place: str, places: Mapping[str, str], now: datetime) -> str:
        arm = places[place]
        for each in self.switches.get(place, ()):
            if now < each.at:
                break
            arm = each.arm
        return arm

    def _mistakes(self, patterns: frozenset[str]) -> Iterable[str]:
        names = [arm.name for arm in self.arms]
        if not MIN_ARMS <= len(names) <= MAX_ARMS:
            yield f"{len(names)} bras, il en faut de {MIN_ARMS} à {MAX_ARMS}"
        if len(set(names)) < len(names):
            yield "deux bras portent le même nom"
        if (total := sum(arm.weight for arm in self.arms)) != TOTAL_WEIGHT:
            yield f"la somme des poids est {total}, elle doit être {TOTAL_WEIGHT}"
        if self.control not in names:
            yield f"le bras témoin {self.control} n'est pas un de ses bras"
        if self.arms_in_consents and self.places is not None:
            yield "il tire au sort des lieux, et des personnes"
        drawn = set((self.places or {}).values())
        drawn.update(each.arm for some in self.switches.values() for each in some)
        for arm in sorted(drawn - set(names)):
            yield f"un lieu reçoit {arm}, qui n'est pas un de ses bras"
        if self.salt is None:
            yield "il n'a pas de sel"
        if not self.routes:
            yield "il ne couvre aucune route"
        for route in sorted(self.routes - patterns):
            yield f"la route {route} n'est pas de celles qu'un pilote peut couvrir"
        if self.starts and self.ends and self.starts >= self.ends:
            yield "il finit avant de commencer"


@dataclass(frozen=True, slots=True)
class Pilots:
    """A snapshot of all pilots."""

    by_id: Mapping[str, Pilot] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    """Id → why the pilot is unusable; only active ones are checked."""
    covering: Mapping[str, tuple[Pilot, ...]] = field(default_factory=dict)
    """Route pattern → active pilots, in the order of their ids; uncovered routes are absent."""

    def with_changes(self, changes: Mapping[str, Pilot | None], patterns: frozenset[str]) -> Self:
        """The snapshot after changes.

        `changes`: id → the new version of the pilot, or None if it is deleted.
        `patterns`: those that a pilot may cover.
        """
        known = {**self.by_id, **changes}
        pilots = {name: known[name] for name in sorted(known)}
        by_id = {name: pilot for name, pilot in pilots.items() if pilot is not None}
        refused: dict[str, str] = {}
        covering: dict[str, tuple[Pilot, ...]] = {}
        accepted = 0
        for pilot in by_id.values():
            if not pilot.active:
                continue
            try:
                pilot.check(patterns)
                _check_limits(pilot, accepted, covering)
            except Refusal as refusal:
                refused[pilot.id] = refusal.message
                continue
            accepted += 1
            for route in pilot.routes:
                covering[route] = (*covering.get(route, ()), pilot)
        return type(self)(by_id, refused, covering)


def _check_limits(pilot: Pilot, accepted: int, covering: Mapping[str, tuple[Pilot, ...]]) -> None:
    if accepted >= MAX_PILOTS:
        raise Refusal("invalid", f"Le pilote {pilot.id} est écarté : il y en a déjà {MAX_PILOTS}.")
    full = sorted(r for r in pilot.routes if len(covering.get(r, ())) >= MAX_ON_A_ROUTE)
    if full:
        raise Refusal(
            "invalid",
            f"Le pilote {pilot.id} est écarté : {MAX_ON_A_ROUTE} pilotes couvrent déjà {full[0]}.",
        )
