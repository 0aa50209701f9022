"""Disclosed figures as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, astuple
from datetime import datetime
from math import inf, isfinite
from typing import Any

import numpy as np

from pilotes.disclosure.domain.places import PlaceFigures
from pilotes.disclosure.domain.scheduled_places import ScheduleFigures
from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.results.domain.looks import TakenLook
from pilotes.statistics.domain.place_means import PlaceDifference, PlaceSums
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
        "places": {name: _places(each) for name, each in disclosed.by_place.items()},
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
        # Figures of earlier releases have no places.
        by_place={name: _places_of(each) for name, each in found.get("places", {}).items()},
    )


def looks_to_json(taken: Sequence[TakenLook]) -> list[dict[str, Any]]:
    """The planned looks as they are stored, JSON-ready."""
    return [
        {
            "number": each.number,
            "at": each.at.isoformat(),
            "disclosed": disclosed_to_json(each.disclosed),
        }
        for each in taken
    ]


def looks_from_json(found: Sequence[dict[str, Any]]) -> tuple[TakenLook, ...]:
    """The planned looks from the JSON of `looks_to_json`."""
    return tuple(
        TakenLook(
            each["number"],
            datetime.fromisoformat(each["at"]),
            disclosed_from_json(each["disclosed"]),
        )
        for each in found
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


def _places(each: PlaceFigures | ScheduleFigures) -> dict[str, Any]:
    if isinstance(each, ScheduleFigures):
        return {"schedule": _schedule(each), "tranches": sorted(each.tranches)}
    return {
        "tranches": sorted(each.tranches),
        **{
            name: [list(astuple(sums)) for sums in getattr(each, name)]
            for name in ("outcomes", "answers")
        },
    }


def _places_of(found: dict[str, Any]) -> PlaceFigures | ScheduleFigures:
    if "schedule" in found:
        return _schedule_of(found["schedule"], frozenset(found["tranches"]))
    outcomes, answers = (
        tuple(PlaceSums(*each) for each in found[name]) for name in ("outcomes", "answers")
    )
    return PlaceFigures(frozenset(found["tranches"]), outcomes, answers)


def _schedule(each: ScheduleFigures) -> dict[str, Any]:
    effect = asdict(each.effect)
    # JSON has no infinity: a bound that is not known is null.
    effect |= {name: effect[name] if isfinite(effect[name]) else None for name in ("low", "high")}
    return {
        "units": each.units,
        "level": each.level,
        "effect": effect,
        "answers_p": each.answers_p,
    }


def _schedule_of(found: dict[str, Any], tranches: frozenset[int]) -> ScheduleFigures:
    unknown = {"low": -inf, "high": inf}
    known = {name: value for name, value in found["effect"].items() if value is not None}
    effect = PlaceDifference(**(unknown | known))
    return ScheduleFigures(tranches, found["units"], found["level"], effect, found["answers_p"])
