"""PUT /pilots/{pilot_id}/cost: declare the cost of a pilot."""

from fastapi import Depends, Request

from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.record.api.parameters import PilotPath
from pilotes.record.flows.desk import Desk
from pilotes.results.api.models import CostDraft
from pilotes.results.flows.declare_cost import declare_cost
from pilotes.results.ports import FigureStore
from socle.http import Router


def costs_router(desk: Desk, store: FigureStore) -> Router:
    """The route to declare the cost of a pilot."""
    router = Router(tags=["results"], dependencies=[Depends(forbid_caching), ACCOUNT_REQUIRED])

    @router.put(
        "/pilots/{pilot_id}/cost",
        operation_id="set_cost",
        summary="Déclarer le coût d'un pilote",
        status_code=204,
    )
    async def cost(request: Request, pilot_id: PilotPath, draft: CostDraft) -> None:
        """Remplace la déclaration précédente, qui est gardée."""
        await declare_cost(pilot_id, draft.cost(), caller(request), desk=desk, store=store)

    return router
