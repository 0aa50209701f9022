"""Whether people were drawn in the planned proportions, and have the arms that they were drawn."""

from collections.abc import Sequence
from typing import Final

from pilotes.record.ports import ProtocolVersion
from pilotes.results.ports import FigureUpdate
from pilotes.statistics.domain.sample_ratio import AllocationPeriod, check_sample_ratio

_MISASSIGNED_PEOPLE: Final = 3
_MISASSIGNED_SHARE: Final = 0.01
"""Misassigned people, and their share, from which a draw is broken. An older gateway assigns about
half of the people to another arm. Nobody is misassigned by what they do themselves: an exposure
counts under the consent that it names alone. One of a gateway that names none can be of a consent
that was erased since."""


async def draws_as_planned(
    update: FigureUpdate, protocols: Sequence[ProtocolVersion], arms: Sequence[str]
) -> bool:
    """Whether no sample ratio mismatch is found among the people who were drawn, and in a trial of
    permuted blocks nearly all have the arm in their consent, which an older gateway does not read.
    `protocols`: of the trial, in order. `arms`: names."""
    periods = await _allocation_periods(update, protocols, arms)
    # After the retention period the assignments are deleted: the ratio cannot be checked again, and
    # the last result is used.
    exposed = sum(sum(each.counts) for each in periods)
    if not exposed:
        return update.stored.ratio_as_planned
    if protocols[0].protocol.design.in_blocks:
        misassigned = await update.count_misassigned()
        if misassigned >= _MISASSIGNED_PEOPLE and misassigned > _MISASSIGNED_SHARE * exposed:
            return False
    return not check_sample_ratio(periods).broken


def weight_of(name: str, written: ProtocolVersion) -> float:
    """The weight of the arm of that name; 0 if the protocol has none."""
    return next((float(arm.weight) for arm in written.protocol.arms if arm.name == name), 0.0)


async def _allocation_periods(
    update: FigureUpdate, protocols: Sequence[ProtocolVersion], arms: Sequence[str]
) -> list[AllocationPeriod]:
    """The people of each arm, for each protocol with the weights people were assigned with."""
    since = [each.frozen_at for each in protocols[1:] if each.frozen_at is not None]
    counts_by_arm = await update.counts_by_arm(since)
    return [
        AllocationPeriod(
            tuple(counts.get(arm, 0) for arm in arms),
            tuple(weight_of(arm, written) for arm in arms),
        )
        for counts, written in zip(counts_by_arm, protocols, strict=True)
    ]
