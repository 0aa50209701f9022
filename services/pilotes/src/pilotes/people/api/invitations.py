"""Invitations to a pilot: its notice, enrolment codes, their revocation."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.text_fields import Line, Name, RequestBody
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.identity.domain.codes import format_code
from pilotes.people.api.notice_models import (
    NoticeBody,
    NoticeDraft,
    notice_body,
    notice_wording,
)
from pilotes.people.domain.enrolment import Trial
from pilotes.people.domain.invitations import (
    MAX_CODES,
    MAX_DAYS,
    MAX_USES,
    Invitation,
    InvitationOrder,
    usage_range,
)
from pilotes.people.flows.invite import create_invitation
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.draws.designs import Place
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Action
from pilotes.record.flows.desk import ChangeRequest, Desk
from pilotes.record.flows.publish_notice import publish_notice
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages

Draw = Callable[[str], str]
"""An address as a QR code, in SVG."""


class InvitationDraft(RequestBody):
    """Des codes à faire."""

    count: int = Field(default=1, ge=1, le=MAX_CODES)
    uses: int = Field(default=1, ge=1, le=MAX_USES, description="de chaque code")
    days: int = Field(default=60, ge=1, le=MAX_DAYS, description="de validité")
    label: Line = Field(description="à quoi ils servent", examples=["Affiche de la gare"])
    place: Name | None = Field(
        default=None,
        description="si l'essai tire au sort des lieux : celui des personnes invitées, qu'elles ne"
        " choisissent alors pas",
    )

    def order(self) -> InvitationOrder:
        """What is ordered."""
        return InvitationOrder(self.count, self.uses, self.days, self.label, self.place)


class CodeBody(BaseModel):
    """Un code, montré une seule fois. `qr` : `link` en SVG."""

    code: str
    link: str
    qr: str


class InvitedBody(BaseModel):
    """Ce qui vient d'être fait."""

    invitation_id: int
    codes: list[CodeBody]


class UsageRangeBody(BaseModel):
    """Combien de fois des codes ont servi : un intervalle, car un nombre exact dirait qui vient de
    s'inscrire."""

    at_least: int
    at_most: int


class InvitationBody(BaseModel):
    """Des codes, sans les codes. `used` : entre combien et combien d'usages."""

    invitation_id: int
    label: str
    count: int
    uses: int
    used: UsageRangeBody
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    place: str | None


class InvitationsBody(BaseModel):
    """Tous ceux d'un pilote, les derniers d'abord."""

    invitations: list[InvitationBody]


def invitations_router(record: Desk, desk: PeopleDesk, draw: Draw, pages: Pages) -> Router:
    """The routes of the team that invites participants. `draw`: makes QR codes. `pages`: renders
    the sheet of invitations."""
    router = Router(tags=["participants"], dependencies=[Depends(forbid_caching)])
    _add_notice(router, record, desk)
    _add_codes(router, record, desk, draw, pages)
    _add_list(router, record, desk)
    _add_revocation(router, record, desk)
    return router


def _add_notice(router: Router, record: Desk, desk: PeopleDesk) -> None:
    @router.get(
        "/pilots/{pilot_id}/notice",
        operation_id="get_information_notice",
        summary="La notice d'information",
    )
    async def read(request: Request, pilot_id: PilotPath) -> NoticeBody:
        """Celle que l'on lit aujourd'hui avant d'accepter."""
        await record.get_pilot(pilot_id, caller(request))
        trial = await desk.trials.find(pilot_id)
        if trial is None or trial.notice is None:
            raise Refusal("not_found", "Ce pilote n'a pas encore de notice d'information.")
        return notice_body(trial.notice)

    @router.post(
        "/pilots/{pilot_id}/notices",
        operation_id="publish_information_notice",
        status_code=201,
        summary="Publier une version de la notice",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def publish(request: Request, pilot_id: PilotPath, written: NoticeDraft) -> NoticeBody:
        """Avec sa version facile à lire et sa version en anglais, elle est signée et ne change
        plus ; qui a accepté avant reste lié à celle qu'il a lue.
        Pendant l'essai, elle met en vigueur l'amendement proposé ; si elle dit autre chose
        qu'avant, plus rien n'est compté des participants avant leur nouvel accord."""
        # Each version has a new name and overwrites nothing: no revision is required.
        change = ChangeRequest(pilot_id, caller(request), "inform", None)
        return notice_body(await publish_notice(change, notice_wording(written), desk=record))


def _add_codes(router: Router, record: Desk, desk: PeopleDesk, draw: Draw, pages: Pages) -> None:
    @router.post(
        "/pilots/{pilot_id}/invitations",
        operation_id="create_invitations",
        status_code=201,
        summary="Faire des codes d'inscription",
        response_model=InvitedBody,
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def make(
        request: Request,
        pilot_id: PilotPath,
        written: InvitationDraft,
        accept: Annotated[str, Header()] = "",
    ) -> InvitedBody | Response:
        """Montrés maintenant et jamais plus. Avec `Accept: text/html`, la planche à imprimer."""
        trial, by = await _trial_and_inviter(request, pilot_id, "invite", record, desk)
        order = written.order()
        design = trial.protocol.design if trial.protocol else None
        made = await create_invitation(
            pilot_id,
            order,
            design=design,
            by=by,
            codes=desk.codes,
            clock=desk.clock,
            random_bytes=desk.random_bytes,
        )
        codes = [code_body(each, desk, draw) for each in made.codes]
        if "text/html" in accept:
            single_use = order.uses == 1
            return invitation_sheet(
                pages,
                trial.pilot,
                codes,
                public=desk.public,
                single_use=single_use,
                place=design.find_place(order.place) if design else None,
            )
        return InvitedBody(invitation_id=made.id, codes=codes)


def _add_list(router: Router, record: Desk, desk: PeopleDesk) -> None:
    @router.get(
        "/pilots/{pilot_id}/invitations",
        operation_id="list_invitations",
        summary="Les codes faits, sans les codes",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def every(request: Request, pilot_id: PilotPath) -> InvitationsBody:
        """Combien ont servi, jusqu'à quand ils valent."""
        await _trial_and_inviter(request, pilot_id, "invite", record, desk)
        return InvitationsBody(
            invitations=[
                InvitationBody(
                    invitation_id=each.id,
                    label=each.label,
                    count=each.count,
                    uses=each.uses,
                    used=_used(each),
                    made_at=each.made_at,
                    expires_at=each.expires_at,
                    revoked_at=each.revoked_at,
                    place=each.place,
                )
                for each in await desk.codes.list_of(pilot_id)
            ]
        )


def _add_revocation(router: Router, record: Desk, desk: PeopleDesk) -> None:
    @router.delete(
        "/pilots/{pilot_id}/invitations/{invitation_id}",
        operation_id="revoke_invitations",
        status_code=204,
        summary="Reprendre des codes",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def revoke(
        request: Request,
        pilot_id: PilotPath,
        invitation_id: Annotated[int, Path(ge=1, lt=2**63)],
    ) -> None:
        """Ils n'ouvrent plus rien ; qui est déjà entré n'est pas touché."""
        await _trial_and_inviter(request, pilot_id, "invite", record, desk)
        if not await desk.codes.revoke(pilot_id, invitation_id, desk.clock.now()):
            raise Refusal("not_found", "Ce pilote n'a pas fait ces codes.")


async def _trial_and_inviter(
    request: Request, pilot_id: PilotId, action: Action, record: Desk, desk: PeopleDesk
) -> tuple[Trial, str]:
    """The pilot, and the subject of the caller. Raises Refusal if the pilot is not visible to them,
    or they are not permitted to do the action."""
    _, actor = await record.get_pilot(pilot_id, caller(request))
    signatory = actor.require(action)
    trial = await desk.trials.find(pilot_id)
    if trial is None:
        raise Refusal("not_found", f"Aucun pilote ne porte le nom {pilot_id}.")
    return trial, signatory.subject


def invitation_sheet(
    pages: Pages,
    pilot: Pilot,
    codes: Sequence[CodeBody],
    *,
    public: str,
    single_use: bool,
    place: Place | None,
) -> Response:
    """The invitations to print. `public`: the platform's address in browsers. `place`: that of the
    people who are invited; None: of any, or the trial draws people."""
    return pages.answer(
        "invitations/page.html",
        pilot=pilot,
        codes=[(each.code, Markup(each.qr)) for each in codes],  # noqa: S704
        public=public,
        address=public.partition("://")[2] + "/participer",
        single_use=single_use,
        place=place,
    )


def _used(invitation: Invitation) -> UsageRangeBody:
    least, most = usage_range(invitation.used, invitation.count * invitation.uses)
    return UsageRangeBody(at_least=least, at_most=most)


def code_body(code: str, desk: PeopleDesk, draw: Draw) -> CodeBody:
    """A code with its link, and the link as a QR code."""
    link = f"{desk.public}/participer/c/{code}"
    return CodeBody(code=format_code(code), link=link, qr=draw(link))
