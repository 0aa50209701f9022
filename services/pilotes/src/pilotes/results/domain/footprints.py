"""The resources that an arm takes, from the sums of disclosed groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.statistics.domain.sums import Sums
from pilotes.usage.domain.measures import FOOTPRINT, PROCESSOR


@dataclass(frozen=True, slots=True)
class Footprint:
    """The resources that the useful requests of an arm take."""

    arm: str
    requests: int
    """Number of useful requests of the disclosed people."""
    bytes: float
    """Bytes sent for each request."""
    seconds: float
    """The gateway's time for each request."""
    cpu_seconds: float | None
    """Processor time for each request; None: too few people with a measurement."""


def total_sums(groups: Sequence[TrancheGroup], at: int) -> Sums:
    """The sums of one arm over all groups. `at`: the position of the arm."""
    total = groups[0].sums[at]
    for group in groups[1:]:
        total = total + group.sums[at]
    return total


def estimate_footprints(disclosed: DisclosedFigures, arms: Sequence[str]) -> tuple[Footprint, ...]:
    """The footprint of each arm; empty while its three measures do not concern the same people.
    Processor time can concern fewer people: its measurement began later."""
    groups = _together(disclosed, FOOTPRINT)
    processor = _together(disclosed, PROCESSOR)
    estimates = []
    for at, arm in enumerate(arms if groups else ()):
        requests, sent, seconds = (float(total_sums(some, at).y) for some in groups)
        cpu_seconds_each = None
        if processor:
            measured, cpu_seconds = (float(total_sums(some, at).y) for some in processor)
            cpu_seconds_each = cpu_seconds / measured
        estimates.append(
            Footprint(arm, round(requests), sent / requests, seconds / requests, cpu_seconds_each)
        )
    return tuple(estimates)


def _together(
    disclosed: DisclosedFigures, names: Sequence[str]
) -> Sequence[Sequence[TrancheGroup]]:
    """The groups of each measure; empty unless all concern the same people."""
    groups = [disclosed.groups.get(name, ()) for name in names]
    sets = [{number for group in some for number in group.tranches} for some in groups]
    return groups if sets[0] and all(each == sets[0] for each in sets) else ()
