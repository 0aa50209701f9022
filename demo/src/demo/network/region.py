"""The demo's Centre-Val de Loire: seven operators, as large as one asks."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from demo.network import coaches, rail
from demo.network.data_files import read
from demo.network.draft import Draft
from demo.network.model import Operator
from demo.network.towns import add_buses
from demo.network.trams import add_trams

LARGEST = 16


@cache
def region(scale: int = 1, seed: int = 1) -> tuple[Operator, ...]:
    """Every operator of the region; the same arguments give the same region.

    `scale` (1 to 16) adds town lines and coach lines, the railway and the trams stay as they are:
    1 is a region that starts in seconds, 16 about as many stops as the real one.
    """
    if not 1 <= scale <= LARGEST:
        raise ValueError(f"scale must lie between 1 and {LARGEST}, not {scale}")
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
