"""Take a pilot to another stage: judged on its record, decided, signed, told to the gateway.

The one way to a stage: whoever forces it meets the same gate.
"""

from dataclasses import replace

from pilotes.record.domain.decisions import Entry
from pilotes.record.domain.gates import Missing, missing_for, used_by
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.stages import LABELS, NEXT, Stage, needs_reason
from pilotes.record.flows.desk import Desk, Held, Wish, told_of
from socle.errors import Refusal


async def open_gate(wish: Wish, end: Stage, reason: str, *, desk: Desk) -> tuple[Pilot, Entry]:
    """The pilot at its new stage, and the decision. Raises Refusal naming all that is missing.

    `closed` destroys the salt: nobody can be found in the pilot any more.
    """
    async with desk.hold(wish) as held:
        start = held.pilot.stage
        _check_step(start, end, reason)
        dossier = await held.dossier()
        if missing := missing_for(end, dossier):
            raise _shut(end, missing)
        written = await held.change.protocol()
        facts: dict[str, object] = {
            "from": start,
            "to": end,
            "reason": reason,
            "evidence": [told_of(piece) for piece in used_by(end, dossier)],
        }
        if written is not None:
            facts["protocol"] = {"version": written.protocol.version, "digest": written.digest}
        if end == "trial":
            facts["field"] = held.pilot.field
        if end == "closed":
            await held.change.destroy_salt()
            facts["salt"] = "destroyed"
        entry = await held.change.decide(held.says("stage", **facts))
        return await held.save(_moved(held, end)), entry


def _moved(held: Held, end: Stage) -> Pilot:
    pilot = held.pilot
    return replace(
        pilot,
        stage=end,
        paused=False,
        trial_at=held.now if end == "trial" else pilot.trial_at,
        closed_at=held.now if end == "closed" else None,
    )


def _check_step(start: Stage, end: Stage, reason: str) -> None:
    if end not in NEXT[start]:
        raise Refusal("conflict", _no_way(start, end), stage=start, next=list(NEXT[start]))
    if needs_reason(start, end) and not reason:
        raise Refusal("invalid", f"Dites pourquoi passer à « {LABELS[end]} » (reason).")


def _no_way(start: Stage, end: Stage) -> str:
    after = ", ".join(f"« {LABELS[each]} » ({each})" for each in NEXT[start])
    if not after:
        return "Ce pilote est clos : il ne va plus à aucune étape."
    if start == end:
        return f"Ce pilote est déjà à l'étape « {LABELS[end]} » : la suite est {after}."
    return (
        f"De l'étape « {LABELS[start]} » on ne va pas à « {LABELS[end]} » : la suite est {after}."
    )


def _shut(end: Stage, missing: tuple[Missing, ...]) -> Refusal:
    number = len(missing)
    what = "une pièce manque" if number == 1 else f"{number} pièces manquent"
    told = " ".join(each.sentence for each in missing)
    return Refusal(
        "conflict",
        f"L'étape « {LABELS[end]} » reste fermée, {what}. {told}",
        missing=[{"evidence": each.evidence, "sentence": each.sentence} for each in missing],
    )
