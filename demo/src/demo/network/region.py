"""The demo region, Centre-Val de Loire: seven operators, at the requested scale."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from demo.network import coaches, rail
from demo.network.data_files import read
from demo.network.draft import Draft
from demo.network.model import MAX_SCALE, Operator
from demo.network.towns import add_buses
from demo.network.trams import add_trams


@cache
def region(scale: int = 1, seed: int = 1) -> tuple[Operator, ...]:
    """The operators of the region; the same arguments give the same region.

    `scale`: 1 to `MAX_SCALE`. It adds town lines and coach lines; trains and trams stay the same. A
    region of scale 1 starts in seconds, one of scale 16 has about as many stops as the real one.
    Raises ValueError for another scale.
    """
    if not 1 <= scale <= MAX_SCALE:
        raise ValueError(f"scale must lie between 1 and {MAX_SCALE}, not {scale}")
    return tuple(_operator(declared, scale, seed) for declared in read("operators")["operators"])


def _operator(declared: Mapping[str, Any], scale: int, seed: int) -> Operator:
    if declared["id"] == "sncf":
        return rail.build(declared, seed)
    if declared["id"] == "remi":
        return coaches.build(declared, scale, seed)
    draft = Draft(declared["id"], seed)
    add_trams(draft)
    add_buses(draft, scale)
    return draft.operator(declared)
