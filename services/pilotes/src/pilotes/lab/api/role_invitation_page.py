"""`/lab/mes-roles/invitation/{link}`: somebody reads to which role they are invited, and accepts or
declines it."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import OWN_ROLES
from pilotes.http.api.forms import read_form
from pilotes.lab.api.access import for_account, require_account
from pilotes.lab.api.action_forms import LabPages
from pilotes.lab.flows.role_invitations import accept_role, decline_role, get_role_invitation
from pilotes.record.domain.roles import LABELS, NO_PARTICIPANTS
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Router
from socle.pages import NOT_CACHED

_PATH: Final = OWN_ROLES + "/invitation/{secret}"
_ANSWERS: Final = {"accept": accept_role, "decline": decline_role}


def role_invitation_page(given: LabPages) -> Router:
    """The router of the page. Opening it changes nothing."""
    router = Router(include_in_schema=False)

    @router.get(_PATH, name="lab-role-invitation")
    async def show(request: Request, secret: str) -> Response:
        async def build(caller: Caller) -> Response:
            found, pilot = await get_role_invitation(
                secret, caller, desk=given.lab.record, invitations=given.lab.invitations
            )
            return given.pages.answer(
                "lab/invitation-role.html",
                invitation=found,
                pilot=pilot,
                role=LABELS[found.role],
                no_participant=found.role in NO_PARTICIPANTS,
            )

        return await for_account(request, build)

    @router.post(_PATH, name="lab-role-invitation-answer")
    async def answer(request: Request, secret: str) -> Response:
        form = await read_form(request, announced=True)
        settle, caller = _ANSWERS.get(form.get("do")), require_account(request)
        if settle is None:
            raise Refusal("invalid", "Ce formulaire est incomplet.", rule="form_unreadable")
        await settle(secret, caller, desk=given.lab.record, invitations=given.lab.invitations)
        done = f"{OWN_ROLES}?fait={form.get('do')}_role"
        return RedirectResponse(done, 303, {"cache-control": NOT_CACHED})

    return router
