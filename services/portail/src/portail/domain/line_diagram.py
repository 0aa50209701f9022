"""The diagram of a line: which lane each stop is on, and the strokes between them.

The most frequent pattern is the trunk, on lane 0. Stops that only other trips serve are put on the
trunk where they prolong it or lie between two of its neighbours; otherwise they are a branch, on a
lane of its own, which leaves at one stop and can come back at another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

MOST_LANES: Final = 5
"""Further branches share the last lane."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A stroke of one row: between lanes, in its upper half (to its stop) or lower half."""

    upper: bool
    start: int
    """The lane at the upper end."""
    end: int
    """The lane at the lower end."""


@dataclass(frozen=True, slots=True)
class DiagramRow:
    """The row of one stop."""

    lane: int
    """Where its stop is."""
    strokes: tuple[Stroke, ...]


@dataclass(slots=True)
class _Branch:
    """Stops on one lane, with the rows where it leaves and comes back; -1: it does not."""

    lane: int
    rows: list[int]
    leaves: int = -1
    returns: int = -1
    extent: range = field(default_factory=lambda: range(0))


def diagram_of(count: int, patterns: Sequence[Sequence[int]]) -> tuple[DiagramRow, ...]:
    """The rows of a diagram of `count` stops. `patterns`: ascending rows, the trunk first."""
    branches = _branches(patterns)
    lane_of = {row: branch.lane for branch in branches for row in branch.rows}
    strokes: list[list[Stroke]] = [[] for _ in range(count)]
    for branch in branches:
        _draw(branch, lane_of, strokes)
    return tuple(
        DiagramRow(lane_of.get(row, 0), tuple(dict.fromkeys(strokes[row]))) for row in range(count)
    )


def _branches(patterns: Sequence[Sequence[int]]) -> list[_Branch]:
    branches: list[_Branch] = []
    owner: dict[int, _Branch] = {}
    for pattern in patterns:
        for part, before, after in _unknown_parts(pattern, owner):
            branch = _extended(part, owner.get(before), owner.get(after), before, after)
            if branch is None:
                branch = _Branch(0, list(part), before, after)
                first = before if before >= 0 else part[0]
                branch.extent = range(first, max(after, part[-1]) + 1)
                branch.lane = _free_lane(branch, branches)
                branches.append(branch)
            owner |= dict.fromkeys(part, branch)
    return branches


def _unknown_parts(
    pattern: Sequence[int], known: dict[int, _Branch]
) -> list[tuple[list[int], int, int]]:
    """The successive rows of a pattern that no branch has, with the rows before and after them;
    -1: none."""
    parts: list[tuple[list[int], int, int]] = []
    part, before = list[int](), -1
    for row in pattern:
        if row not in known:
            part.append(row)
            continue
        if part:
            parts.append((part, before, row))
            part = []
        before = row
    return [*parts, (part, before, -1)] if part else parts


def _extended(
    part: list[int], one: _Branch | None, other: _Branch | None, before: int, after: int
) -> _Branch | None:
    """The branch that these rows prolong, or whose neighbours they lie between; None if they are a
    branch of their own."""
    branch = one or other
    if branch is None or (one is not None and other is not None and one is not other):
        return None
    rows = branch.rows
    if before >= 0 and after >= 0:
        fits = rows.index(after) == rows.index(before) + 1
    elif before >= 0:
        fits = before == rows[-1] and branch.returns < 0
    else:
        fits = after == rows[0] and branch.leaves < 0
    if not fits:
        return None
    branch.rows = sorted([*rows, *part])
    start = branch.leaves if branch.leaves >= 0 else branch.rows[0]
    branch.extent = range(start, max(branch.returns, branch.rows[-1]) + 1)
    return branch


def _free_lane(branch: _Branch, branches: Sequence[_Branch]) -> int:
    """The first lane that no other branch has beside these rows."""
    taken = {
        other.lane
        for other in branches
        if other.extent.start <= branch.extent[-1] and branch.extent.start <= other.extent[-1]
    }
    return next((lane for lane in range(MOST_LANES) if lane not in taken), MOST_LANES - 1)


def _draw(branch: _Branch, lane_of: dict[int, int], strokes: list[list[Stroke]]) -> None:
    lane, first, last = branch.lane, branch.rows[0], branch.rows[-1]
    if branch.leaves >= 0:
        strokes[branch.leaves].append(Stroke(False, lane_of[branch.leaves], lane))
        first = branch.leaves + 1
        strokes[first].append(Stroke(True, lane, lane))
    if branch.returns >= 0:
        strokes[branch.returns].append(Stroke(True, lane, lane_of[branch.returns]))
        last = branch.returns - 1
        strokes[last].append(Stroke(False, lane, lane))
    for row in range(first, last + 1):
        if row > first:
            strokes[row].append(Stroke(True, lane, lane))
        if row < last:
            strokes[row].append(Stroke(False, lane, lane))
