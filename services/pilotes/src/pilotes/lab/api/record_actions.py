"""The actions on the record: pause, resume, stage, evidence, effects, protocol."""

from collections.abc import Mapping
from typing import Final, get_args

from fastapi import Response

from pilotes.lab.api.action_forms import (
    REASON,
    Action,
    ActionTarget,
    LabPages,
    not_now,
)
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.record.api.pilot_models import EvidenceDraft, ReasonDraft, StepDraft
from pilotes.record.domain.evidence import LABELS as EVIDENCE
from pilotes.record.domain.evidence import GivenEvidenceType
from pilotes.record.domain.roles import Action as Permission
from pilotes.record.domain.stages import needs_reason
from pilotes.record.flows.confirm_effects import confirm_effects, get_effects
from pilotes.record.flows.desk import ChangeRequest, find_protocol_in_force
from pilotes.record.flows.give_evidence import give_evidence
from pilotes.record.flows.list_gates import list_gates
from pilotes.record.flows.open_gate import open_gate
from pilotes.record.flows.pause_pilot import pause_pilot, resume_pilot
from pilotes.record.flows.write_protocol import freeze_protocol
from socle.errors import Refusal

_OPTIONAL_REASON: Final = FormField("reason", required=False, most=4_000)


def change_of(target: ActionTarget, permission: Permission, revision: int) -> ChangeRequest:
    """The requested change on the revision that the page displayed."""
    return ChangeRequest(target.pilot.id, target.caller, permission, revision)


async def _prepare_pause(target: ActionTarget, lab: LabDesk) -> ActionForm:
    if target.pilot.state != "running":
        raise not_now("Cet essai n'est pas en cours : il n'y a rien à mettre en pause.")
    return ActionForm((REASON,), target.pilot.revision)


async def _pause(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    draft = ReasonDraft(reason=fields["reason"])
    change = change_of(target, "pause", revision)
    await pause_pilot(change, draft.reason, desk=given.lab.record)
    return None


async def _prepare_resume(target: ActionTarget, lab: LabDesk) -> ActionForm:
    if target.pilot.state != "paused":
        raise not_now("Cet essai n'est pas en pause.")
    reason = target.pilot.pause_reason
    return ActionForm((REASON,), target.pilot.revision, lines=(reason,) if reason else ())


async def _resume(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    draft = ReasonDraft(reason=fields["reason"])
    change = change_of(target, "resume", revision)
    await resume_pilot(change, draft.reason, desk=given.lab.record)
    return None


async def _prepare_stage(target: ActionTarget, lab: LabDesk) -> ActionForm:
    gates = list_gates(await lab.record.dossier(target.pilot), await lab.record.seen_facts())
    gate = next((each for each in gates if each.to == target.detail), None)
    if gate is None:
        raise not_now("Cet essai ne peut pas passer à cette étape maintenant.")
    return ActionForm(
        (REASON if gate.needs_reason else _OPTIONAL_REASON,),
        target.pilot.revision,
        lines=[each.sentence for each in gate.warnings],
        missing=[each.sentence for each in gate.missing],
        label=gate.label,
    )


async def _stage(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    draft = StepDraft.model_validate({"to": target.detail, "reason": fields["reason"]})
    if not draft.reason and needs_reason(target.pilot.stage, draft.to):
        raise Refusal("invalid", "Dites pourquoi.", rule="lab_reason_missing")
    change = change_of(target, "open_gate", revision)
    await open_gate(change, draft.to, draft.reason, desk=given.lab.record)
    return None


async def _prepare_evidence(target: ActionTarget, lab: LabDesk) -> ActionForm:
    kind = next((each for each in get_args(GivenEvidenceType) if each == target.detail), None)
    if kind is None:
        raise Refusal("not_found", "Cette pièce n'existe pas.", rule="lab_page_unknown")
    if target.pilot.stage == "closed":
        raise not_now("Cet essai est clos : on n'y dépose plus de pièce.")
    fields = (FormField("reference", "line", most=200), FormField("note", required=False))
    return ActionForm(fields, target.pilot.revision, label=EVIDENCE[kind])


async def _evidence(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    draft = EvidenceDraft.model_validate({**fields, "kind": target.detail})
    await give_evidence(
        change_of(target, "give_evidence", revision),
        draft.kind,
        reference=draft.reference,
        note=draft.note,
        desk=given.lab.record,
    )
    return None


async def _prepare_effects(target: ActionTarget, lab: LabDesk) -> ActionForm:
    effects = await get_effects(target.pilot, desk=lab.record)
    return ActionForm((), target.pilot.revision, lines=[each.sentence for each in effects])


async def _effects(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    await confirm_effects(change_of(target, "show_effects", revision), desk=given.lab.record)
    return None


async def _prepare_freeze(target: ActionTarget, lab: LabDesk) -> ActionForm:
    written = await lab.record.records.list_protocols(target.pilot.id)
    in_force = find_protocol_in_force(target.pilot, written)
    if in_force is None:
        raise not_now("Il n'y a pas encore de protocole à geler : écrivez-le.")
    if in_force.frozen:
        raise not_now(f"La version {in_force.protocol.version} du protocole est déjà gelée.")
    measured = [each.label for each in in_force.protocol.indicators]
    return ActionForm((), target.pilot.revision, lines=measured)


async def _freeze(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    await freeze_protocol(change_of(target, "freeze_protocol", revision), desk=given.lab.record)
    return None


RECORD_ACTIONS: Final[Mapping[str, Action]] = {
    "pause": Action(_prepare_pause, _pause),
    "reprise": Action(_prepare_resume, _resume),
    "etape": Action(_prepare_stage, _stage),
    "piece": Action(_prepare_evidence, _evidence),
    "effets": Action(_prepare_effects, _effects),
    "gel": Action(_prepare_freeze, _freeze),
}
"""By their names in addresses."""
