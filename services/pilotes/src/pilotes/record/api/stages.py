"""Steering a pilot: its stages, its pause; and the table of who may what."""

from dataclasses import asdict

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from pilotes.http.api.cache_control import private
from pilotes.http.api.preconditions import Write
from pilotes.identity.api.caller import caller
from pilotes.record.api.change_requests import change_request, changed_pilot
from pilotes.record.api.parameters import PilotPath
from pilotes.record.api.pilot_models import EvidenceBody, PilotBody, ReasonDraft, StepDraft
from pilotes.record.api.read_record import evidence_body, see
from pilotes.record.domain.roles import (
    ACTIONS,
    LABELS,
    MAY,
    ROLES,
    SECTIONS,
    SEES,
    Action,
    Member,
    Role,
    Section,
)
from pilotes.record.flows.confirm_effects import confirm_effects, show_effects
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.open_gate import open_gate
from pilotes.record.flows.pause_pilot import pause_pilot, resume_pilot
from pilotes.statistics.domain.power import Unit


class RolesBody(BaseModel):
    """Who may do what, and who sees what. `labels`: the roles in French."""

    labels: dict[Role, str]
    may: dict[Action, list[Role]]
    sees: dict[Section, list[Role]]


class MeBody(BaseModel):
    """Who the platform knows a caller as. `subject`: what a coordinator names them by in a pilot;
    null for whoever did not log in. `roles`: of theirs, by pilot."""

    subject: str | None
    platform_role: str
    roles: dict[str, Member]


class EffectBody(BaseModel):
    """The smallest difference of one indicator that four trials in five would find."""

    indicator: str
    label: str
    per_arm: int
    unit: Unit
    smallest: float | None
    sees_target: bool | None
    sentence: str


class EffectsBody(BaseModel):
    """What the trial can see."""

    effects: list[EffectBody]


def steering_router(desk: Desk) -> APIRouter:
    """Every address that moves a pilot."""
    router = APIRouter(tags=["pilotes"], dependencies=[Depends(private)])
    _add_stages(router, desk)
    _add_pause(router, desk)
    _add_effects(router, desk)
    _add_roles(router, desk)
    return router


def _add_stages(router: APIRouter, desk: Desk) -> None:
    @router.post("/pilots/{pilot_id}/stage", summary="Passer à une autre étape")
    async def step(write: Write, pilot_id: PilotPath, written: StepDraft) -> PilotBody:
        """Une décision signée ; refusée en nommant chaque pièce qui manque. `closed` détruit le
        sel : plus personne ne peut être retrouvé dans ce pilote."""
        wish = change_request(write, pilot_id, "open_gate")
        pilot, _ = await open_gate(wish, written.to, written.reason, desk=desk)
        return await changed_pilot(pilot, write, desk)


def _add_pause(router: APIRouter, desk: Desk) -> None:
    @router.post("/pilots/{pilot_id}/pause", summary="Mettre en pause")
    async def pause(write: Write, pilot_id: PilotPath, written: ReasonDraft) -> PilotBody:
        """Tout le monde revient au bras témoin, dès la requête suivante."""
        wish = change_request(write, pilot_id, "pause")
        pilot, _ = await pause_pilot(wish, written.reason, desk=desk)
        return await changed_pilot(pilot, write, desk)

    @router.post("/pilots/{pilot_id}/resume", summary="Reprendre")
    async def resume(write: Write, pilot_id: PilotPath, written: ReasonDraft) -> PilotBody:
        """Les bras sont de nouveau donnés."""
        wish = change_request(write, pilot_id, "resume")
        pilot, _ = await resume_pilot(wish, written.reason, desk=desk)
        return await changed_pilot(pilot, write, desk)


def _add_effects(router: APIRouter, desk: Desk) -> None:
    @router.get("/pilots/{pilot_id}/effects", summary="Ce que l'essai pourra voir")
    async def effects(request: Request, pilot_id: PilotPath) -> EffectsBody:
        """Le plus petit effet détectable de chaque indicateur, avec les effectifs prévus."""
        pilot, acting = await desk.look(pilot_id, caller(request))
        see(acting, "gates")
        found = await show_effects(pilot, desk=desk)
        return EffectsBody(effects=[EffectBody(**asdict(each)) for each in found])

    @router.post("/pilots/{pilot_id}/effects", status_code=201, summary="Confirmer qu'on l'a vu")
    async def confirm(write: Write, pilot_id: PilotPath) -> EvidenceBody:
        """Les chiffres sont gardés tels que montrés."""
        wish = change_request(write, pilot_id, "show_effects")
        return evidence_body(await confirm_effects(wish, desk=desk))


def _add_roles(router: APIRouter, desk: Desk) -> None:
    @router.get("/roles", summary="Qui peut quoi, qui voit quoi")
    async def roles() -> RolesBody:
        """La table que l'interface applique."""
        return RolesBody(
            labels=dict(LABELS),
            may={action: [r for r in ROLES if r in MAY[action]] for action in ACTIONS},
            sees={section: [r for r in ROLES if r in SEES[section]] for section in SECTIONS},
        )

    @router.get("/me", summary="Qui vous êtes ici")
    async def me(request: Request) -> MeBody:
        """Votre identifiant, à donner à la coordination pour qu'elle vous nomme dans un pilote."""
        who = caller(request)
        held = await desk.records.roles_of(who.subject) if who.subject else {}
        return MeBody(
            subject=who.subject or None,
            platform_role=who.role,
            roles={str(pilot): role for pilot, role in held.items()},
        )
