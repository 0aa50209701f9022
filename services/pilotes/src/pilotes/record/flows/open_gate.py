"""Move a pilot to another stage: the gate is judged on the record, the decision signed, the gateway
notified.

No other use case changes the stage, and none bypasses a gate.
"""

from dataclasses import replace
from datetime import datetime

from pilotes.record.domain.decisions import ChainEntry
from pilotes.record.domain.fact_traffic import traffic_warnings, unseen_facts
from pilotes.record.domain.gates import MissingRequirement, evidence_used, missing_requirements
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.stages import LABELS, NEXT, Stage, needs_reason, state_of
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot, evidence_facts
from socle.errors import Refusal


async def open_gate(
    request: ChangeRequest, end: Stage, reason: str, *, desk: Desk
) -> tuple[Pilot, ChainEntry]:
    """Move the pilot to the stage `end`. Returns it, and the decision. The step to `closed`
    destroys the salt, so that no person can be identified in the pilot any more.

    Raises Refusal as `Desk.lock` does, or if `end` cannot follow the pilot's stage, a required
    reason is empty, or a requirement is not met; the last names everything that is missing. A trial
    that counts what nobody has done lately needs a reason.
    """
    # Before the transaction: a request that waited for a second connection could wait for itself.
    seen = await desk.seen_facts()
    async with desk.lock(request) as locked:
        start = locked.pilot.stage
        _check_step(start, end, reason)
        dossier = await locked.dossier()
        if missing := missing_requirements(end, dossier):
            raise _gate_refusal(end, missing)
        if (unseen := unseen_facts(end, dossier, seen)) and not reason:
            raise _traffic_refusal(end, traffic_warnings(unseen))
        written = await locked.change.protocol()
        facts: dict[str, object] = {
            "from": start,
            "to": end,
            "reason": reason,
            "evidence": [evidence_facts(piece) for piece in evidence_used(end, dossier)],
        }
        if written is not None:
            facts["protocol"] = {"version": written.protocol.version, "digest": written.digest}
        if unseen:
            facts["unseen_facts"] = ", ".join(unseen)
        if end == "trial":
            facts["field"] = locked.pilot.field
            facts["processing"] = locked.pilot.processing.digest
        await locked.change.drop_proposal()
        if end == "closed":
            await locked.change.destroy_salt()
            facts["salt"] = "destroyed"
        entry = await locked.change.add_decision(locked.new_decision("stage", **facts))
        return await locked.save(_at_stage(locked, end)), entry


def _at_stage(locked: LockedPilot, end: Stage) -> Pilot:
    pilot = locked.pilot
    return replace(
        pilot,
        stage=end,
        paused=False,
        pause_reason="",
        trial_at=locked.now if end == "trial" else pilot.trial_at,
        finished_at=_finished_at(locked, end),
        closed_at=locked.now if end == "closed" else None,
    )


def _finished_at(locked: LockedPilot, end: Stage) -> datetime | None:
    if state_of(end, paused=False) != "closed":
        return None
    return locked.pilot.finished_at or locked.now


def _check_step(start: Stage, end: Stage, reason: str) -> None:
    if end not in NEXT[start]:
        raise Refusal(
            "conflict", _step_refusal_text(start, end), stage=start, next=list(NEXT[start])
        )
    if needs_reason(start, end) and not reason:
        raise Refusal("invalid", f"Dites pourquoi passer à « {LABELS[end]} » (reason).")


def _step_refusal_text(start: Stage, end: Stage) -> str:
    after = ", ".join(f"« {LABELS[each]} » ({each})" for each in NEXT[start])
    if not after:
        return "Ce pilote est clos : il ne va plus à aucune étape."
    if start == end:
        return f"Ce pilote est déjà à l'étape « {LABELS[end]} » : la suite est {after}."
    return (
        f"De l'étape « {LABELS[start]} » on ne va pas à « {LABELS[end]} » : la suite est {after}."
    )


def _traffic_refusal(end: Stage, warnings: tuple[MissingRequirement, ...]) -> Refusal:
    sentences = " ".join(each.sentence for each in warnings)
    return Refusal(
        "conflict",
        f"L'étape « {LABELS[end]} » demande une raison. {sentences}",
        missing=[{"evidence": each.evidence, "sentence": each.sentence} for each in warnings],
    )


def _gate_refusal(end: Stage, missing: tuple[MissingRequirement, ...]) -> Refusal:
    number = len(missing)
    what = "une pièce manque" if number == 1 else f"{number} pièces manquent"
    sentences = " ".join(each.sentence for each in missing)
    return Refusal(
        "conflict",
        f"L'étape « {LABELS[end]} » reste fermée, {what}. {sentences}",
        missing=[{"evidence": each.evidence, "sentence": each.sentence} for each in missing],
    )
