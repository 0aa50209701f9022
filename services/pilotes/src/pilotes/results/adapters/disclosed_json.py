"""What was shown of a pilot, as JSON."""

from typing import Any

import numpy as np

from pilotes.disclosure.domain.tranches import Group, Shown
from pilotes.statistics.domain.sums import Sums

_SUMS = ("n", "y", "yy", "xn", "x", "xx", "xy", "yx")


def shown_json(shown: Shown) -> dict[str, Any]:
    """All of it."""
    return {
        "last": shown.last,
        "sizes": {str(number): size for number, size in shown.sizes.items()},
        "groups": {name: [_group(each) for each in some] for name, some in shown.groups.items()},
        "spent": {name: sorted(numbers) for name, numbers in shown.spent.items()},
        "since": dict(shown.since),
    }


def shown_of(found: dict[str, Any]) -> Shown:
    """The same, read again."""
    if not found:
        return Shown()
    return Shown(
        last=found["last"],
        sizes={int(number): tuple(size) for number, size in found["sizes"].items()},
        groups={
            name: tuple(_group_of(each) for each in some) for name, some in found["groups"].items()
        },
        spent={name: frozenset(numbers) for name, numbers in found["spent"].items()},
        since=found["since"],
    )


def _group(group: Group) -> dict[str, Any]:
    return {
        "tranches": sorted(group.tranches),
        "sums": [[float(getattr(sums, name)) for name in _SUMS] for sums in group.sums],
        "people": group.people,
        "cells": group.cells,
    }


def _group_of(found: dict[str, Any]) -> Group:
    return Group(
        tranches=frozenset(found["tranches"]),
        sums=tuple(Sums(*(np.asarray(each) for each in sums)) for sums in found["sums"]),
        people=tuple(found["people"]),
        cells=tuple(tuple(cells) for cells in found["cells"]),
    )
