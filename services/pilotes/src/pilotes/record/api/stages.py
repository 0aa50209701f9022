"""Routes that change the stage of a pilot, pause it, and confirm its detectable effects."""

from dataclasses import asdict

from fastapi import Depends, Request
from pydantic import BaseModel

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.preconditions import Write
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.record.api.change_requests import change_request, changed_pilot
from pilotes.record.api.parameters import PilotPath
from pilotes.record.api.pilot_models import EvidenceBody, PilotBody, ReasonDraft, StepDraft
from pilotes.record.api.read_record import evidence_body, require_section
from pilotes.record.flows.confirm_effects import confirm_effects, get_effects
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.open_gate import open_gate
from pilotes.record.flows.pause_pilot import pause_pilot, resume_pilot
from pilotes.statistics.domain.power import Unit
from socle.http import Router


class EffectBody(BaseModel):
    """The smallest difference of one indicator that four trials in five would find; of a guardrail,
    the smallest harm that pauses four in five.

    `per_arm`: people with an outcome, of the arm that has the fewest; if places switch, half of
    those whose observation is in one period. `smallest`: in `unit`; null if not even the greatest
    possible one would be found.
    `sees_target`: whether the target is at least as great; null without a target in that unit.
    """

    indicator: str
    label: str
    per_arm: int
    unit: Unit
    smallest: float | None
    sees_target: bool | None
    sentence: str


class EffectsBody(BaseModel):
    """The smallest differences that a trial can find."""

    effects: list[EffectBody]


def stages_router(desk: Desk) -> Router:
    """The routes of stages, pauses and detectable effects."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching), ACCOUNT_REQUIRED])
    _add_stages(router, desk)
    _add_pause(router, desk)
    _add_effects(router, desk)
    return router


def _add_stages(router: Router, desk: Desk) -> None:
    @router.post(
        "/pilots/{pilot_id}/stage", operation_id="change_stage", summary="Passer à une autre étape"
    )
    async def step(write: Write, pilot_id: PilotPath, written: StepDraft) -> PilotBody:
        """Une décision signée ; refusée en nommant chaque pièce qui manque. `closed` détruit le
        sel : plus personne ne peut être retrouvé dans ce pilote."""
        change = change_request(write, pilot_id, "open_gate")
        pilot, _ = await open_gate(change, written.to, written.reason, desk=desk)
        return await changed_pilot(pilot, write, desk)


def _add_pause(router: Router, desk: Desk) -> None:
    @router.post("/pilots/{pilot_id}/pause", operation_id="pause_pilot", summary="Mettre en pause")
    async def pause(write: Write, pilot_id: PilotPath, written: ReasonDraft) -> PilotBody:
        """Tout le monde revient au bras témoin, dès la requête suivante."""
        change = change_request(write, pilot_id, "pause")
        pilot, _ = await pause_pilot(change, written.reason, desk=desk)
        return await changed_pilot(pilot, write, desk)

    @router.post("/pilots/{pilot_id}/resume", operation_id="resume_pilot", summary="Reprendre")
    async def resume(write: Write, pilot_id: PilotPath, written: ReasonDraft) -> PilotBody:
        """Les bras sont de nouveau donnés."""
        change = change_request(write, pilot_id, "resume")
        pilot, _ = await resume_pilot(change, written.reason, desk=desk)
        return await changed_pilot(pilot, write, desk)


def _add_effects(router: Router, desk: Desk) -> None:
    @router.get(
        "/pilots/{pilot_id}/effects",
        operation_id="list_effects",
        summary="Ce que l'essai pourra voir",
    )
    async def effects(request: Request, pilot_id: PilotPath) -> EffectsBody:
        """Le plus petit effet détectable de chaque indicateur, avec les effectifs prévus."""
        pilot, actor = await desk.get_pilot(pilot_id, caller(request))
        require_section(actor, "gates")
        found = await get_effects(pilot, desk=desk)
        return EffectsBody(effects=[EffectBody(**asdict(each)) for each in found])

    @router.post(
        "/pilots/{pilot_id}/effects",
        operation_id="confirm_effect",
        status_code=201,
        summary="Confirmer qu'on l'a vu",
    )
    async def confirm(write: Write, pilot_id: PilotPath) -> EvidenceBody:
        """Les chiffres sont gardés tels que montrés."""
        change = change_request(write, pilot_id, "show_effects")
        return evidence_body(await confirm_effects(change, desk=desk))
