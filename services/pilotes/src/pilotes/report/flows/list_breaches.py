"""The breaches of guardrails that paused a trial, from its signed decisions."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_decisions import ReadDecision, iterate_decisions
from pilotes.record.flows.pause_pilot import GUARDRAIL_SIGNATORY
from pilotes.record.ports import ProtocolVersion
from pilotes.report.domain.breaches import Breach
from pilotes.safety.domain.guardrails import find_breach


async def list_pauses(
    pilot_id: PilotId, *, desk: Desk, read: ReadStatement
) -> Sequence[ReadDecision]:
    """The pauses of a pilot, the oldest first. No other decision is read: a public page reads this
    of each trial that is over."""
    pauses = iterate_decisions(pilot_id, records=desk.records, read=read, only="pause")
    return [each async for each in pauses]


def breaches_in(
    decisions: Iterable[ReadDecision], versions: Sequence[ProtocolVersion]
) -> Sequence[Breach]:
    """The breaches among decisions, in their order. `versions`: of the trial's protocol, in their
    order."""
    reasons = [
        (each.entry.at, each.facts["reason"])
        for each in decisions
        if each.entry.kind == "pause" and each.role == GUARDRAIL_SIGNATORY.role
    ]
    found = [(at, reason, _find_breach(at, reason, versions)) for at, reason in reasons]
    return [Breach(at, reason, *breach) for at, reason, breach in found if breach is not None]


def _find_breach(
    at: datetime, reason: str, versions: Sequence[ProtocolVersion]
) -> tuple[str, str] | None:
    """What was breached. The reason has the labels of the version in force on that day. Another one
    has them if an amendment came into force between the count and the pause, or the clocks of
    replicas differ."""

    def likelihood(version: ProtocolVersion) -> tuple[bool, int]:
        in_force = version.frozen_at is not None and version.frozen_at <= at
        return in_force, version.protocol.version

    likely = sorted(versions, key=likelihood, reverse=True)
    found = (find_breach(reason, each.protocol) for each in likely)
    return next((each for each in found if each is not None), None)
