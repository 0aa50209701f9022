"""The changes of a board that a screen reader announces: not every passing minute."""

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
WORTH_ANNOUNCING: Final = 3
"""Minutes by which a delay must grow at once to be announced."""
STEP: Final = 5
"""Minutes: a creeping delay is announced at every fifth."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `departure` is None for a change of the entire board."""

    change_type: ChangeType
    departure: Departure | None = None


def changes(before: Board, after: Board) -> tuple[Change, ...]:
    """The changes between two boards of a stop, the most serious for travellers first."""
    known = {departure.key: departure for departure in before.departures}
    found = [
        Change(change_type, departure)
        for departure in after.departures
        if (old := known.get(departure.key)) is not None
        if (change_type := _what(old, departure)) is not None
    ]
    found += _of_the_board(before, after)
    return tuple(sorted(found, key=lambda change: _FIRST.index(change.change_type)))


_FIRST: Final[tuple[ChangeType, ...]] = get_args(ChangeType)


def _what(old: Departure, new: Departure) -> ChangeType | None:
    if new.state != old.state and new.state == "cancelled":
        return "cancelled"
    if new.state != old.state and new.state == "skipped":
        return "skipped"
    if new.runs and not old.runs:
        return "back"
    if new.runs and new.platform_code and new.platform_code != old.platform_code:
        return "platform" if old.platform_code else "platform_announced"
    was, now = minutes_of_delay(old.delay or 0), minutes_of_delay(new.delay or 0)
    grown = now - was >= WORTH_ANNOUNCING or now // STEP > max(was, 0) // STEP
    return "later" if new.runs and grown else None


def _of_the_board(before: Board, after: Board) -> list[Change]:
    was, now = (any(f.real_time.state == "live" for f in board.feeds) for board in (before, after))
    if was == now:
        return []
    return [Change("real_time_back" if now else "real_time_lost")]
