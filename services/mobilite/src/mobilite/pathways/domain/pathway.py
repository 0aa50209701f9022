"""The rows of pathways.txt, as a person walks or rolls along them.

https://gtfs.org/documentation/schedule/reference/#pathwaystxt
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Final, Literal

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR, WALKING_SPEED
from mobilite.gtfs.domain.enumerations import Access
from mobilite.timetable.domain.notes import Row
from mobilite.timetable.domain.timetable import STATION, Timetable

PathwayMode = Literal[
    "walkway", "stairs", "moving_sidewalk", "escalator", "elevator", "fare_gate", "exit_gate"
]
MODES: Final[tuple[PathwayMode, ...]] = (
    "walkway", "stairs", "moving_sidewalk", "escalator", "elevator", "fare_gate", "exit_gate",
)  # fmt: skip
"""pathway_mode 1 to 7."""
Problem = Literal["unknown_pathway_stop", "wrong_pathway", "wrong_pathway_value"]
"""Why a row is dropped, or, the last, why one of its values is ignored."""

STEP_SECONDS: Final = 0.7
"""A step of stairs, up or down."""
SLOW_SPEED: Final = 0.5
"""Metres a second on stairs without a number of steps, and the slowest escalator of EN 115."""
LIFT_SECONDS: Final = 60
"""A lift without a time: to wait for it and to ride."""
GATE_SECONDS: Final = 5
"""A gate without a time."""
UNKNOWN_SECONDS: Final = 30
"""Anything else without time, length and places of its ends."""
STEEPEST: Final = 0.083
"""The max_slope that a wheelchair climbs, as GTFS gives it for wheelchairs moved by hand."""
NARROWEST: Final = 0.8
"""Metres: the width of the wheelchair of the European rules (TSI PRM), with the hands."""
_MOST_SECONDS: Final = 3600
_MOST_METRES: Final = 5000
"""More than that is an error of the feed."""


@dataclass(frozen=True, slots=True)
class Pathway:
    """One row of pathways.txt in one direction."""

    row: int
    """Of the file, from 0; both directions have one."""
    source: int
    """→ stops of the feed; so is the target."""
    target: int
    mode: PathwayMode
    seconds: int
    """`traversal_time`, else an estimate: 0 or more."""
    metres: float | None = None
    """`length`; None if the feed gives none."""
    stairs: int = 0
    """Steps up; negative: down; 0: none, or not given."""
    sign: str = ""
    """`signposted_as`, in this direction."""
    wheelchair: Access = "yes"
    """Whether a wheelchair passes: not by stairs, escalators, steep or narrow ways. Unknown by
    moving sidewalks, and gates of unknown width."""

    def backwards(self, sign: str) -> "Pathway":
        """The same row in the other direction."""
        return replace(self, source=self.target, target=self.source, stairs=-self.stairs, sign=sign)


@dataclass(frozen=True, slots=True)
class PathwayRows:
    """The usable rows of a feed, and what is wrong with the others."""

    pathways: tuple[Pathway, ...] = ()
    problems: Mapping[Problem, tuple[str, ...]] = field(default_factory=dict)
    """The pathway_id of each case."""


def read_pathways(timetable: Timetable) -> PathwayRows:
    """The pathways of a feed, each in the directions in which people can go."""
    found: list[Pathway] = []
    problems: dict[Problem, list[str]] = {}
    for number, row in enumerate(timetable.notes.rows("pathways")):
        problem = _problem(timetable, row)
        if problem is not None:
            problems.setdefault(problem, []).append(str(row.get("pathway_id", "")))
        if problem not in ("unknown_pathway_stop", "wrong_pathway"):
            found += _directions(timetable, number, row)
    return PathwayRows(tuple(found), {code: tuple(ids) for code, ids in problems.items()})


def _problem(timetable: Timetable, row: Row) -> Problem | None:
    ends = [_end(timetable, row, side) for side in ("from", "to")]
    if -1 in ends:
        return "unknown_pathway_stop"
    if ends[0] == ends[1] or row.get("pathway_mode") not in range(1, len(MODES) + 1):
        return "wrong_pathway"
    limits = {"traversal_time": _MOST_SECONDS, "length": _MOST_METRES, "min_width": _MOST_METRES}
    for column, most in limits.items():
        if column in row and _number(row, column, most) is None:
            return "wrong_pathway_value"
    return None


def _end(timetable: Timetable, row: Row, side: str) -> int:
    """The row of a stop; -1 if it is unknown, or a station, which has no place to stand."""
    stop = timetable.stop_ids.index_of(str(row.get(f"{side}_stop_id", "")))
    return -1 if stop is None or timetable.stop_kind[stop] == STATION else stop


def _directions(timetable: Timetable, number: int, row: Row) -> Iterator[Pathway]:
    source, target = (_end(timetable, row, side) for side in ("from", "to"))
    mode = MODES[int(row["pathway_mode"]) - 1]
    # Some feeds write 0 for what they do not know.
    metres = _number(row, "length", _MOST_METRES) or None
    stairs = row.get("stair_count", 0)
    stairs = stairs if isinstance(stairs, int) and abs(stairs) < _MOST_METRES else 0
    given = _number(row, "traversal_time", _MOST_SECONDS)
    length = _straight(timetable, source, target) if metres is None else metres
    onwards = Pathway(
        number,
        source,
        target,
        mode,
        ceil(given) if given else estimate(mode, length, stairs),
        metres,
        stairs,
        str(row.get("signposted_as", "")),
        _wheelchair(mode, row, stairs),
    )
    yield onwards
    # People leave by an exit gate, whatever the row states.
    if row.get("is_bidirectional") == 1 and mode != "exit_gate":
        yield onwards.backwards(str(row.get("reversed_signposted_as", "")))


def estimate(mode: PathwayMode, metres: float | None, stairs: int) -> int:
    """The seconds of a pathway without a time. `metres`: None if unknown; `stairs`: 0 if
    unknown."""
    if mode == "elevator":
        return LIFT_SECONDS
    if mode in ("fare_gate", "exit_gate"):
        return GATE_SECONDS + ceil((metres or 0) / WALKING_SPEED)
    if mode == "stairs" and stairs:
        return ceil(abs(stairs) * STEP_SECONDS)
    if metres is None:
        return UNKNOWN_SECONDS
    return ceil(metres / (SLOW_SPEED if mode in ("stairs", "escalator") else WALKING_SPEED))


def _wheelchair(mode: PathwayMode, row: Row, stairs: int) -> Access:
    slope, width = row.get("max_slope", 0), _number(row, "min_width", _MOST_METRES)
    steep = isinstance(slope, int | float) and abs(slope) > STEEPEST
    if mode in ("stairs", "escalator") or stairs or steep or (width and width < NARROWEST):
        return "no"
    if mode == "moving_sidewalk" or (mode in ("fare_gate", "exit_gate") and not width):
        return "unknown"
    return "yes"


def _number(row: Row, column: str, most: float) -> float | None:
    """A number from 0 to `most`; None if there is none, or another."""
    value: Any = row.get(column)
    return float(value) if isinstance(value, int | float) and 0 <= value <= most else None


def _straight(timetable: Timetable, source: int, target: int) -> float | None:
    """The straight distance × 1.3; None where an end has no place but that of its parent."""
    lats, lons, parents = timetable.stop_lat, timetable.stop_lon, timetable.stop_parent
    for stop in (source, target):
        parent = int(parents[stop])
        if parent >= 0 and (lats[stop], lons[stop]) == (lats[parent], lons[parent]):
            return None
    ends = lats[source], lons[source], lats[[target]], lons[[target]]
    apart = float(distances(*ends)[0])
    return None if np.isnan(apart) else apart * DETOUR
