"""GET /pilots/{pilot_id}/recruitment: how many people a trial has reached, day by day."""

from datetime import date

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from pilotes.disclosure.domain.thresholds import threshold
from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.caller import ACCOUNT_IN_SOME_CASES, caller
from pilotes.record.api.parameters import PilotPath
from pilotes.record.api.read_record import require_section
from pilotes.record.domain.roles import can_see_results
from pilotes.record.flows.desk import Desk
from pilotes.usage.flows.record_recruitment import list_recruitment
from pilotes.usage.ports import RecruitmentLog
from socle.http import Router


class ReachedBody(BaseModel):
    """A day on which the count changed (UTC)."""

    day: date
    at_least: int = Field(
        description="Dans tous les bras, chacun arrondi au multiple inférieur de k"
    )


class RecruitmentBody(BaseModel):
    """How many people a trial has reached, the first day first."""

    pilot: str
    k: int = Field(description="Le pas de l'arrondi : un nombre exact dirait qui vient d'arriver")
    days: list[ReachedBody]


def recruitment_router(desk: Desk, log: RecruitmentLog) -> Router:
    """The route of the counts."""
    router = Router(tags=["results"], dependencies=[Depends(forbid_caching)])

    @router.get(
        "/pilots/{pilot_id}/recruitment",
        operation_id="get_recruitment",
        summary="Combien de personnes l'essai a atteintes",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def recruitment(request: Request, pilot_id: PilotPath) -> RecruitmentBody:
        """Les jours où le nombre a changé, par pas de k. Ouvert à tous dès que l'essai est fini ;
        avant, à son équipe."""
        pilot, actor = await desk.get_pilot(pilot_id, caller(request))
        if not can_see_results(pilot.stage, actor.roles):
            require_section(actor, "project")
        found = await list_recruitment(pilot, log=log)
        return RecruitmentBody(
            pilot=pilot.id,
            k=threshold(pilot.field),
            days=[ReachedBody(day=each.day, at_least=each.at_least) for each in found],
        )

    return router
