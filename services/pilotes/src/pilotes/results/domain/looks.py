"""The planned looks of a trial: when its results are read, and what was disclosed then.

A look is due when its share of the planned people is disclosed. Only the number of people decides,
so that outcomes do not choose their moment. A share that is passed together with a later one has no
look of its own. The last look is that of all planned people, or of the trial when it is over; later
people change no verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pilotes.disclosure.domain.tranches import DisclosedFigures, drop_broken
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.usage.domain.facts import LATE_EVENT_DELAY

_EARLY: Final = timedelta(days=1)
"""How long before its planned end a trial can be ended and still be complete."""


@dataclass(frozen=True, slots=True, eq=False)
class TakenLook:
    """A planned look that took place."""

    number: int
    """Its position in the protocol, from 1."""
    at: datetime
    disclosed: DisclosedFigures
    """What was disclosed then, without the people whom a withdrawal removed since."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Figures that are read."""

    look: int
    """The number of the look."""
    disclosed: DisclosedFigures
    last: bool
    """Whether it uses up all the error that is left."""


@dataclass(frozen=True, slots=True)
class LookState:
    """What became of one planned look."""

    share: float
    """Of the planned people."""
    planned: int
    """The people whom it waits for."""
    at: datetime | None
    """When it took place; None: it did not, or not yet."""
    people: int | None
    """Disclosed people who are in it; None if `at` is."""


def place_look_at(pilot: Pilot, protocol: Protocol) -> datetime:
    """When a trial that draws places is read, once: after its end and the arrival of late events.
    `protocol`: the one in force."""
    return min(filter(None, (pilot.finished_at, protocol.ends_at))) + LATE_EVENT_DELAY


def ended_early(over_at: datetime, ends_at: datetime) -> bool:
    """Whether a trial that ended at `over_at` did so more than a day before its planned end."""
    return over_at < ends_at - _EARLY


def disclosed_people(disclosed: DisclosedFigures) -> int:
    """The disclosed people of all arms."""
    return sum(sum(size) for size in disclosed.sizes.values())


def reached_look(design: Protocol, disclosed: DisclosedFigures) -> int:
    """The number of the latest look whose share of the planned people is disclosed; 0: none."""
    people = disclosed_people(disclosed)
    return sum(people >= round(share * design.planned_total) for share in design.looks)


def with_due_look(
    taken: Sequence[TakenLook], design: Protocol, disclosed: DisclosedFigures, at: datetime
) -> tuple[TakenLook, ...]:
    """The looks that took place, with the one that is due, if any."""
    number = reached_look(design, disclosed)
    former = taken[-1].number if taken else 0
    return (*taken, TakenLook(number, at, disclosed)) if number > former else tuple(taken)


def without_broken(taken: Sequence[TakenLook], broken: Sequence[int]) -> tuple[TakenLook, ...]:
    """The looks without the tranches that lost a person since. `broken`: their numbers."""
    return tuple(replace(each, disclosed=drop_broken(each.disclosed, broken)) for each in taken)


def readings(
    design: Protocol,
    taken: Sequence[TakenLook],
    disclosed: DisclosedFigures,
    *,
    over_at: datetime | None,
    ends_at: datetime,
) -> tuple[Reading, ...]:
    """What is read of a trial with planned looks, in their order.

    `disclosed`: what is disclosed now. `over_at`: when the trial ended; None: it goes on.
    `ends_at`: its planned end, the latest of its protocols. A trial that was ended before it has as
    much error to use up as it has information, since its results can have been the reason.
    """
    most = len(design.looks)
    found = [Reading(each.number, each.disclosed, each.number == most) for each in taken]
    if over_at is None or (found and found[-1].last):
        return tuple(found)
    complete = not ended_early(over_at, ends_at) or reached_look(design, disclosed) == most
    return (*found, Reading(most, disclosed, complete))


def look_states(design: Protocol, taken: Sequence[TakenLook]) -> tuple[LookState, ...]:
    """Every planned look, in order."""
    by_number = {each.number: each for each in taken}
    return tuple(
        LookState(
            share,
            round(share * design.planned_total),
            by_number[number].at if number in by_number else None,
            disclosed_people(by_number[number].disclosed) if number in by_number else None,
        )
        for number, share in enumerate(design.looks, start=1)
    )
