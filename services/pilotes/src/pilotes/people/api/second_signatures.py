"""Routes of second signers, for programs: what their code opens, the signature, its withdrawal."""

from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, Field, StringConstraints

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.text_fields import Line, RequestBody
from pilotes.identity.api.caller import caller
from pilotes.people.api.participation_models import PeriodBody, period_body
from pilotes.people.domain.capacity import JointCapacity, Mandate, MandateScope, MandateType
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.second_signature import (
    get_second_signature,
    sign_second,
    withdraw_as_second_signer,
)
from pilotes.record.domain.draws.designs import DesignType
from socle.http import Router

_Code = Annotated[str, StringConstraints(min_length=1, max_length=96)]


class SignerCodeDraft(RequestBody):
    """Le code de qui signe avec quelqu'un, ou pour quelqu'un."""

    code: _Code = Field(examples=["7K3M9QXT2A4B6C8DEFGHJKMN"])


class SignatureDraft(SignerCodeDraft):
    """Une signature : après quelle notice, à quel titre. `scope` et `ends_on` : de la mesure qui
    habilite."""

    notice_version: Line = Field(examples=["NOTICE_VERSION"])
    mandate: MandateType = "parent"
    scope: MandateScope = "person"
    ends_on: date | None = None


class SecondSignatureBody(BaseModel):
    """Ce qu'un code ouvre. `notice` : ce qui est à lire ; absente si aucune signature n'est
    attendue. `design_type` : ce qui est tiré au sort, comme dans une offre. `period` : ce que les
    deux ont signé, et qui n'est pas retiré."""

    pilot_id: str
    capacity: JointCapacity
    notice_version: str
    notice: dict[str, Any] | None
    design_type: DesignType | None
    period: PeriodBody | None


def second_signatures_router(desk: PeopleDesk) -> Router:
    """The routes. The code is in the body: it would be stored with an address."""
    router = Router(tags=["participants"], dependencies=[Depends(forbid_caching)])
    _add_offer(router, desk)
    _add_signature(router, desk)
    _add_withdrawal(router, desk)
    return router


def _add_offer(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations/signatures/offer",
        operation_id="get_second_signature",
        summary="Ce qu'ouvre le code d'une seconde signature",
    )
    async def offer(written: SignerCodeDraft) -> SecondSignatureBody:
        """Un parent signe avec un enfant de moins de 15 ans ; une personne habilitée signe pour un
        adulte protégé. Rien n'est compté avant."""
        found = await get_second_signature(
            written.code,
            joints=desk.joints,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        if found.obstacle is not None:
            raise found.obstacle
        return SecondSignatureBody(
            pilot_id=found.joint.pilot_id,
            capacity=found.joint.capacity,
            notice_version=found.joint.notice_version,
            notice=None if found.trial is None else found.trial.notice.content(),
            design_type=None if found.trial is None else found.trial.protocol.design.kind,
            period=None if found.period is None else period_body(found.period),
        )


def _add_signature(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations/signatures",
        operation_id="sign_consent",
        status_code=201,
        summary="Signer avec quelqu'un, ou pour quelqu'un",
    )
    async def sign(request: Request, written: SignatureDraft) -> PeriodBody:
        """La participation commence. Une mesure qui ne porte que sur les biens, ou qui s'arrête
        avant l'essai, est refusée."""
        consent = await sign_second(
            written.code,
            Mandate(written.mandate, written.scope, written.ends_on),
            caller(request).role,
            notice_version=written.notice_version,
            joints=desk.joints,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        return period_body(consent)


def _add_withdrawal(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations/signatures/withdrawal",
        operation_id="withdraw_signature",
        status_code=204,
        summary="Retirer sa signature, ou refuser de signer",
    )
    async def withdraw(written: SignerCodeDraft) -> None:
        """Comme un retrait de la personne elle-même. Qui a donné son accord seul est seul à pouvoir
        le retirer."""
        await withdraw_as_second_signer(
            written.code, joints=desk.joints, consents=desk.consents, clock=desk.clock
        )
