"""When an indicator of a trial is read, which decides what its interval means."""

from typing import Literal

from pilotes.record.domain.protocol import IndicatorRole, Protocol

Moment = Literal["any_time", "looks", "end"]
"""`looks`: at the planned ones. `end`: once, after the trial."""


def moment_of(protocol: Protocol, role: IndicatorRole, *, at_looks: bool) -> Moment:
    """When indicators of that role are read. `at_looks`: the trial has planned looks, which do not
    hold for guardrails."""
    if protocol.design.by_place:
        return "end"
    return "looks" if at_looks and role != "guardrail" else "any_time"
