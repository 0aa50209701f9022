"""The changes of a board that screen readers announce; small changes of a delay are left out."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from portail.domain.board import Board, Departure, minutes_of_delay

ChangeType = Literal[
    "cancelled",
    "skipped",
    "platform",
    "later",
    "back",
    "platform_announced",
    "real_time_lost",
    "real_time_back",
]
SUDDEN_DELAY: Final = 3
"""Minutes by which a delay must grow between two boards to be announced."""
STEP: Final = 5
"""A delay that grows slowly is announced at each multiple of so many minutes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change to announce."""

    change_type: ChangeType
    departure: Departure | None = None
    """After the change; None for a change of the entire board."""


def changes(before: Board, after: Board) -> tuple[Change, ...]:
    """The changes between two boards of a stop, the most serious for travellers first."""
    known = {departure.key: departure for departure in before.departures}
    found = [
        Change(change_type, departure)
        for departure in after.departures
        if (old := known.get(departure.key)) is not None
        if (change_type := _change_of(old, departure)) is not None
    ]
    found += _board_changes(before, after)
    return tuple(sorted(found, key=lambda change: _BY_SEVERITY.index(change.change_type)))


_BY_SEVERITY: Final[tuple[ChangeType, ...]] = get_args(ChangeType)


def _change_of(old: Departure, new: Departure) -> ChangeType | None:
    if new.state != old.state and new.state == "cancelled":
        return "cancelled"
    if new.state != old.state and new.state == "skipped":
        return "skipped"
    if new.runs and not old.runs:
        return "back"
    if new.runs and new.platform_code and new.platform_code != old.platform_code:
        return "platform" if old.platform_code else "platform_announced"
    was, now = minutes_of_delay(old.delay or 0), minutes_of_delay(new.delay or 0)
    grown = now - was >= SUDDEN_DELAY or now // STEP > max(was, 0) // STEP
    return "later" if new.runs and grown else None


def _board_changes(before: Board, after: Board) -> list[Change]:
    was, now = (any(f.real_time.state == "live" for f in board.feeds) for board in (before, after))
    if was == now:
        return []
    return [Change("real_time_back" if now else "real_time_lost")]
