"""Derive a trial's participants from its log again, and compare the outcomes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.actor import pilot_not_found
from pilotes.record.flows.desk import find_protocol_in_force
from pilotes.record.ports import Records
from pilotes.usage.domain.facts import Outcomes
from pilotes.usage.ports import FactStore
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The result of a recomputation."""

    participants: Mapping[str, int]
    """Participants whose window is over, by indicator."""
    corrected: int
    """Participants with derived data that differed from the log."""
    same: bool
    """Whether the outcomes before and after are equal."""


async def recompute(
    pilot_id: PilotId, *, records: Records, facts: FactStore, clock: Clock
) -> Recomputed:
    """Correct derived data that differ from the log. Raises Refusal if there is no such pilot."""
    pilot = await records.find(pilot_id)
    if pilot is None:
        raise pilot_not_found(pilot_id)
    written = find_protocol_in_force(pilot, await records.list_protocols(pilot_id))
    indicators = written.protocol.indicators if written else ()
    as_of = clock.now()
    before = await facts.outcomes(pilot_id, indicators, as_of, {})
    corrected = await facts.rederive(pilot_id)
    after = await facts.outcomes(pilot_id, indicators, as_of, {})
    return Recomputed(
        {name: len(found.arm) for name, found in after.items()},
        corrected,
        _digests(before) == _digests(after),
    )


def _digests(outcomes: Mapping[str, Outcomes]) -> dict[str, str]:
    return {name: _digest(each) for name, each in outcomes.items()}


def _digest(found: Outcomes) -> str:
    digest = hashlib.sha256("\n".join(found.arms).encode())
    columns = (
        found.participant, found.arm, found.first_exposure, found.outcome, found.before
    )  # fmt: skip
    for column in columns:
        digest.update(column.tobytes())
    return digest.hexdigest()
