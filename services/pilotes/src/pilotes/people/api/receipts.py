"""Routes of receipts: of a participation, and of a code once pilots are closed."""

from fastapi import Depends, Request

from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.device import person_of_request
from pilotes.people.api.participation_models import (
    ReceiptBody,
    ReceiptCodeDraft,
    RetainedReceiptsBody,
)
from pilotes.people.flows.participations import find_participation
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.receipts import list_retained_receipts
from pilotes.record.api.parameters import PilotPath
from socle.http import Router


def receipts_router(desk: PeopleDesk) -> Router:
    """The routes."""
    router = Router(tags=["participants"], dependencies=[Depends(forbid_caching)])
    _add_own(router, desk)
    _add_retained(router, desk)
    return router


def _add_own(router: Router, desk: PeopleDesk) -> None:
    @router.get(
        "/participations/{pilot_id}/receipts",
        operation_id="list_consent_receipts",
        summary="Le reçu signé de mon accord",
    )
    async def receipts(request: Request, pilot_id: PilotPath) -> list[ReceiptBody]:
        """Un reçu ISO/IEC TS 27560 par période, et le même en JWS, que vérifient les clés de
        `/pilotes/v1/decision-keys`. Une copie scellée est gardée : après la clôture, le code de la
        personne l'ouvre."""
        person = person_of_request(request)
        found = await find_participation(
            person, pilot_id, trials=desk.trials, consents=desk.consents
        )
        return [
            ReceiptBody(receipt=dict(each.content), jws=each.jws)
            for each in await desk.issue_receipts(found, person)
        ]


def _add_retained(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations/receipts",
        operation_id="list_retained_receipts",
        summary="Mes reçus, dans les pilotes clos",
    )
    async def retained(written: ReceiptCodeDraft) -> list[RetainedReceiptsBody]:
        """Le code est dans le corps : une adresse est gardée dans des journaux."""
        found = await list_retained_receipts(
            written.code, receipts=desk.receipts, read=desk.read_signed
        )
        return [
            RetainedReceiptsBody(
                pilot_id=each.pilot_id,
                title=each.title,
                receipts=[
                    ReceiptBody(receipt=dict(one.content), jws=one.jws) for one in each.receipts
                ],
            )
            for each in found
        ]
