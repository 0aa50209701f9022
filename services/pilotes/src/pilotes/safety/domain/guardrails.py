"""Whether a trial does harm beyond what its protocol accepts.

A guardrail is breached when the whole confidence sequence of the difference to the control arm lies
beyond its bound: looked at however often, one that holds is taken for breached in one trial in
twenty at most.
"""

from collections.abc import Iterator

from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.statistics.domain.difference import difference
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import Guard, guard
from pilotes.usage.domain.facts import Outcomes


def guardrails(protocol: Protocol) -> tuple[Indicator, ...]:
    """Those that have a bound."""
    return tuple(
        each for each in protocol.indicators if each.role == "guardrail" and each.bound is not None
    )


def breaches(protocol: Protocol, indicator: Indicator, outcomes: Outcomes) -> Iterator[Arm]:
    """The arms on which it is breached."""
    assert indicator.bound is not None
    control = Sums.of(*outcomes.of(protocol.control))
    for arm in protocol.arms:
        if arm.name == protocol.control:
            continue
        found = difference(
            Sums.of(*outcomes.of(arm.name)),
            control,
            planned=2.0 * protocol.planned_per_arm,
            binary=indicator.binary,
        )
        state = guard(
            float(found.low),
            float(found.high),
            direction=indicator.direction,
            bound=indicator.bound,
        )
        if state is Guard.BREACHED:
            yield arm


def why_paused(indicator: Indicator, arm: Arm) -> str:
    """The reason of the pause, in French; it tells no figure."""
    return f"Le garde-fou « {indicator.label} » est franchi sur le bras « {arm.label} »."
