"""The actions on the members of a pilot: give a role, remove one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, get_args

from fastapi import Response
from pydantic import Field

from pilotes.french.domain import format_instant
from pilotes.http.api.addresses import OWN_ROLES
from pilotes.http.api.text_fields import Line, RequestBody
from pilotes.lab.api.access import pilot_page
from pilotes.lab.api.action_forms import Action, ActionTarget, LabPages, not_now
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.record_actions import change_of
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.lab.flows.role_invitations import (
    RoleInvitationOrder,
    invite_member,
    not_withdrawn,
    withdraw_role_invitation,
)
from pilotes.record.api.pilot_models import MemberDraft
from pilotes.record.domain.role_invitations import ENDED_LABELS, MOST_DAYS, RoleInvitation
from pilotes.record.domain.roles import LABELS, Member
from pilotes.record.flows.manage_members import dismiss_member, name_member, require_open
from pilotes.record.ports import Membership
from socle.errors import Refusal

_ROLES: Final[Sequence[Member]] = get_args(Member)
_SUBJECT: Final = re.compile(r"[A-Za-z0-9:._~-]{1,200}")


_ROLE: Final = FormField(
    "role", "choice", choices=_ROLES, labels={role: LABELS[role] for role in _ROLES}
)


async def _members(target: ActionTarget, lab: LabDesk) -> list[Membership]:
    require_open(target.pilot)
    return [*await lab.record.records.list_members(target.pilot.id)]


async def _prepare(target: ActionTarget, lab: LabDesk) -> ActionForm:
    own = pilot_page(target.pilot.id)
    return ActionForm(
        (
            FormField("subject", "line", most=200),
            FormField("name", "line", most=200),
            _ROLE,
        ),
        target.pilot.revision,
        listed=[
            (f"{each.name}, {LABELS[each.role]}", f"{own}/retrait/{each.subject}")
            for each in await _members(target, lab)
        ],
    )


async def _run(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    draft = MemberDraft.model_validate({"role": fields["role"], "name": fields["name"]})
    subject = fields["subject"].strip()
    if not _SUBJECT.fullmatch(subject):
        raise Refusal("invalid", "Cet identifiant n'en est pas un.", rule="lab_subject_invalid")
    change = change_of(target, "name_members", revision)
    await name_member(change, subject, draft.role, draft.name, desk=given.lab.record)
    return None


async def _prepare_removal(target: ActionTarget, lab: LabDesk) -> ActionForm:
    members = await _members(target, lab)
    found = next((each for each in members if each.subject == target.detail), None)
    if found is None:
        raise not_now("Cette personne n'a pas, ou plus, de rôle dans cet essai.")
    return ActionForm((), target.pilot.revision, lines=(f"{found.name}, {LABELS[found.role]}",))


async def _remove(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    change = change_of(target, "name_members", revision)
    await dismiss_member(change, target.detail, desk=given.lab.record)
    return None


class RoleInvitationBody(RequestBody):
    """An invitation to a role, as it is typed."""

    role: Member
    name: Line
    inviter: Line
    days: int = Field(ge=1, le=MOST_DAYS)


async def _prepare_invitation(target: ActionTarget, lab: LabDesk) -> ActionForm:
    await _members(target, lab)
    own, now = pilot_page(target.pilot.id), lab.record.clock.now()
    invitations = await lab.invitations.list_of(target.pilot.id)
    return ActionForm(
        (
            _ROLE,
            FormField("name", "line", most=200),
            FormField("inviter", "line", value=target.caller.name or "", most=200),
            FormField("days", "number", value="7", most=MOST_DAYS),
        ),
        target.pilot.revision,
        listed=[
            (_invitation_text(each), f"{own}/invitation/{each.id}")
            for each in invitations
            if each.is_open(now)
        ],
        lines=[
            f"{each.name}, {LABELS[each.role]} : invitation {ENDED_LABELS[each.state]}"
            for each in invitations
            if not each.is_open(now)
        ],
    )


def _invitation_text(invitation: RoleInvitation) -> str:
    until = format_instant(invitation.expires_at)
    return f"{invitation.name}, {LABELS[invitation.role]}, jusqu'au {until}"


async def _invite(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    """The page with the link. It changes nothing of the pilot: no revision is checked."""
    body = RoleInvitationBody.model_validate({**fields, "days": fields["days"].strip()})
    lab = given.lab
    secret = await invite_member(
        target.pilot.id,
        RoleInvitationOrder(body.role, body.name, body.inviter, body.days),
        target.caller,
        desk=lab.record,
        invitations=lab.invitations,
        random_bytes=lab.people.random_bytes,
    )
    return given.pages.answer(
        "lab/lien-role.html",
        pilot=target.pilot,
        link=f"{lab.people.public}{OWN_ROLES}/invitation/{secret}",
        name=body.name,
        role=LABELS[body.role],
        days=body.days,
        back=f"{pilot_page(target.pilot.id)}/inviter",
    )


async def _prepare_withdrawal(target: ActionTarget, lab: LabDesk) -> ActionForm:
    listed = await lab.invitations.list_of(target.pilot.id)
    found = next((each for each in listed if each.id == target.detail), None)
    if found is None:
        raise Refusal("not_found", "Cette invitation n'existe pas.", rule="lab_page_unknown")
    if not found.is_open(lab.record.clock.now()):
        raise not_withdrawn()
    return ActionForm((), target.pilot.revision, lines=(_invitation_text(found),))


async def _withdraw(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    change = replace(change_of(target, "name_members", revision), revision=None)
    await withdraw_role_invitation(change, target.detail, desk=given.lab.record)
    return None


MEMBERS_ACTIONS: Final[Mapping[str, Action]] = {
    "membres": Action(_prepare, _run),
    "retrait": Action(_prepare_removal, _remove),
    "inviter": Action(_prepare_invitation, _invite),
    "invitation": Action(_prepare_withdrawal, _withdraw),
}
"""By their names in addresses."""
