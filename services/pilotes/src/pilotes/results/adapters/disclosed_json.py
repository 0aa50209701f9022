"""Disclosed figures as JSON."""

from typing import Any

import numpy as np

from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.statistics.domain.sums import Sums

_SUMS = ("n", "y", "yy", "xn", "x", "xx", "xy", "yx")


def disclosed_to_json(disclosed: DisclosedFigures) -> dict[str, Any]:
    """The figures as they are stored, JSON-ready."""
    return {
        "last": disclosed.last,
        "sizes": {str(number): size for number, size in disclosed.sizes.items()},
        "groups": {
            name: [_group(each) for each in some] for name, some in disclosed.groups.items()
        },
        "spent": {name: sorted(numbers) for name, numbers in disclosed.used_tranches.items()},
        "since": dict(disclosed.since),
    }


def disclosed_from_json(found: dict[str, Any]) -> DisclosedFigures:
    """The figures from the JSON of `disclosed_to_json`; none from an empty mapping."""
    if not found:
        return DisclosedFigures()
    return DisclosedFigures(
        last=found["last"],
        sizes={int(number): tuple(size) for number, size in found["sizes"].items()},
        groups={
            name: tuple(_group_of(each) for each in some) for name, some in found["groups"].items()
        },
        used_tranches={name: frozenset(numbers) for name, numbers in found["spent"].items()},
        since=found["since"],
    )


def _group(group: TrancheGroup) -> dict[str, Any]:
    return {
        "tranches": sorted(group.tranches),
        "sums": [[float(getattr(sums, name)) for name in _SUMS] for sums in group.sums],
        "people": group.people,
        "cells": group.cells,
    }


def _group_of(found: dict[str, Any]) -> TrancheGroup:
    return TrancheGroup(
        tranches=frozenset(found["tranches"]),
        sums=tuple(Sums(*(np.asarray(each) for each in sums)) for sums in found["sums"]),
        people=tuple(found["people"]),
        cells=tuple(tuple(cells) for cells in found["cells"]),
    )
