"""Times of appointments and slots, which are no Period and have no invariant in R4."""

from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node, is_after


def check_times(node: Node, place: Place, found: Findings) -> None:
    """Add the issue of an `end` before the `start`."""
    start, end = node.get("start"), node.get("end")
    if isinstance(start, str) and isinstance(end, str) and is_after(start, end):
        found.warning("business-rule", (place, "end", None), "La fin précède le début.", "time")
