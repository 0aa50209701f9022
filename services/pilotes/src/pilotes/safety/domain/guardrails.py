"""Whether a trial does more harm than its protocol accepts.

A guardrail is breached when the complete confidence sequence of the difference to the control arm
is worse than its bound. However often it is checked, a guardrail that is not breached is called
breached in one trial in twenty at most.
"""

from collections.abc import Iterator
from typing import Final

from pilotes.record.domain.indicator_differences import indicator_difference
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import GuardrailState, judge_guardrail
from pilotes.usage.domain.facts import Outcomes

_REASON: Final = "Le garde-fou « {label} » est franchi dans le groupe « {arm} »."


def bounded_guardrails(protocol: Protocol) -> tuple[Indicator, ...]:
    """The guardrails that have a bound."""
    return tuple(
        each for each in protocol.indicators if each.role == "guardrail" and each.bound is not None
    )


def breached_arms(
    protocol: Protocol, indicator: Indicator, outcomes: Outcomes, *, design: Protocol
) -> Iterator[Arm]:
    """The arms on which the guardrail is breached; none on which there are too few people for an
    interval. `indicator`: a guardrail with a bound. `design`: the protocol with which the trial
    was opened: intervals are tuned once."""
    assert indicator.bound is not None
    control = Sums.of(*outcomes.of_arm(protocol.control))
    for arm in protocol.arms:
        if arm.name == protocol.control:
            continue
        sums = Sums.of(*outcomes.of_arm(arm.name))
        found = indicator_difference(indicator, arm.name, sums, control, design=design)
        state = judge_guardrail(
            float(found.low),
            float(found.high),
            direction=indicator.direction,
            bound=indicator.bound,
        )
        if state is GuardrailState.BREACHED:
            yield arm


def breach_reason(indicator: Indicator, arm: Arm) -> str:
    """The reason of the pause, in French. It is public and contains no figure."""
    return _REASON.format(label=indicator.label, arm=arm.label)


def find_breach(reason: str, protocol: Protocol) -> tuple[str, str] | None:
    """The id of the indicator and the name of the arm whose `breach_reason` it is in that protocol;
    None if it is none: an incident pauses a trial too."""
    for indicator in bounded_guardrails(protocol):
        for arm in protocol.arms:
            if breach_reason(indicator, arm) == reason:
                return indicator.id, arm.name
    return None
