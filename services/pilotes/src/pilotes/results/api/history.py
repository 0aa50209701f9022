"""GET /pilots/{pilot_id}/indicators/history: how each interval became narrower."""

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.caller import ACCOUNT_IN_SOME_CASES, caller
from pilotes.record.api.parameters import PilotPath
from pilotes.record.flows.desk import Desk
from pilotes.results.domain.figure_table import rounded
from pilotes.results.domain.history import IndicatorHistory
from pilotes.results.flows.get_histories import get_histories
from pilotes.results.ports import FigureStore
from socle.http import Router


class HistoryPointBody(BaseModel):
    """The difference to control after some people were disclosed."""

    people: int = Field(description="Des deux bras ensemble, ceux qui ont une mesure")
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    verdict: str
    guardrail: str | None


class HistoryBody(BaseModel):
    """The differences of one indicator and one arm, the fewest people first."""

    indicator: str
    arm: str
    bound: float | None = Field(description="La limite d'un garde-fou ; sinon null")
    points: list[HistoryPointBody]

    @classmethod
    def of(cls, history: IndicatorHistory) -> "HistoryBody":
        """The body of a history."""
        return cls(
            indicator=history.indicator.id,
            arm=history.arm,
            bound=history.indicator.bound,
            points=[
                HistoryPointBody(
                    people=each.people,
                    difference=rounded(each.contrast.estimate),
                    difference_low=rounded(each.contrast.low),
                    difference_high=rounded(each.contrast.high),
                    verdict=each.contrast.verdict.value,
                    guardrail=None if each.contrast.guard is None else each.contrast.guard.value,
                )
                for each in history.points
            ],
        )


class HistoriesBody(BaseModel):
    """The history of each indicator and each arm but control."""

    pilot: str
    k: int = Field(description="Chaque point ajoute au moins k personnes par bras")
    histories: list[HistoryBody]


def history_router(desk: Desk, store: FigureStore) -> Router:
    """The route of the histories."""
    router = Router(tags=["results"], dependencies=[Depends(forbid_caching)])

    @router.get(
        "/pilots/{pilot_id}/indicators/history",
        operation_id="get_indicator_history",
        summary="Les résultats au fil des personnes observées",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def history(request: Request, pilot_id: PilotPath) -> HistoriesBody:
        """Chaque écart au témoin et son intervalle, à mesure que des groupes de personnes sont
        montrés. Ouvert à tous dès que l'essai est fini ; avant, à son équipe."""
        results, found = await get_histories(pilot_id, caller(request), desk=desk, store=store)
        return HistoriesBody(
            pilot=results.pilot.id,
            k=results.figures.k,
            histories=[HistoryBody.of(each) for each in found],
        )

    return router
