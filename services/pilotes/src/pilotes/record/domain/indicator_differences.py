"""The difference of one indicator between an arm and control, as the design of the trial has it."""

from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.statistics.domain.difference import Difference, difference
from pilotes.statistics.domain.ratios import ratio_difference
from pilotes.statistics.domain.sums import Sums


def indicator_difference(
    indicator: Indicator, arm: str, sums: Sums, control: Sums, *, design: Protocol
) -> Difference:
    """The difference, with an interval valid at any time. `arm`: its name; `sums`: of its people.
    `design`: the protocol the trial started with: intervals are tuned once."""
    planned = design.planned_answers(indicator, design.planned_pair(arm))
    if indicator.kind == "ratio":
        return ratio_difference(sums, control, planned=planned, design_effect=design.design_effect)
    return difference(
        sums,
        control,
        planned=planned,
        binary=indicator.binary,
        design_effect=design.design_effect,
    )
