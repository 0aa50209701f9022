"""What a coordinator has to look at first in a pilot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.results.domain.estimates import Figures
from pilotes.safety.domain.incident_reports import Report
from pilotes.statistics.domain.verdict import GuardrailState

AlarmType = Literal["paused", "draw", "guardrail", "incident", "answers", "ended"]
"""`paused`: the pilot is paused. `draw`: sample ratio mismatch. `guardrail`: one is breached.
`incident`: a severe one that did not pause the pilot. `answers`: the shares of people with an
outcome differ. `ended`: the end of the protocol is over, and the trial goes on."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a pilot."""

    type: AlarmType
    detail: str = ""
    """From the record, in French: a reason, the label of an indicator. Empty without one."""


def alarms_of(
    pilot: Pilot,
    protocol: Protocol | None,
    figures: Figures | None,
    reports: Sequence[Report],
    *,
    now: datetime,
) -> tuple[Alarm, ...]:
    """The alarms of a pilot, the gravest first; none unless its trial is under way.

    `protocol`: the one in force. `figures`: None before there are any. `reports`: those that no
    decision to resume the pilot followed.
    """
    if pilot.stage != "trial":
        return ()
    return tuple(_alarms(pilot, protocol, figures, reports, now))


def _alarms(
    pilot: Pilot,
    protocol: Protocol | None,
    figures: Figures | None,
    reports: Sequence[Report],
    now: datetime,
) -> Iterator[Alarm]:
    if pilot.paused:
        yield Alarm("paused", pilot.pause_reason)
    elif any(each.severity == "severe" and not each.paused_trial for each in reports):
        yield Alarm("incident")
    for figure in figures.figures if figures else ():
        if any(each.guard is GuardrailState.BREACHED for each in figure.contrasts):
            yield Alarm("guardrail", figure.indicator.label)
    if figures and not figures.ratio_as_planned:
        yield Alarm("draw")
    for figure in figures.figures if figures else ():
        if any(each.answers_differ for each in figure.contrasts):
            yield Alarm("answers", figure.indicator.label)
    if protocol and protocol.ends_at <= now:
        yield Alarm("ended")
