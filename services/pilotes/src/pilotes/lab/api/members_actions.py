"""The actions on the members of a pilot: give a role, remove one."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from fastapi import Response

from pilotes.lab.api.access import pilot_page
from pilotes.lab.api.action_forms import Action, ActionTarget, LabPages, not_now
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.record_actions import change_of
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.record.api.pilot_models import MemberDraft
from pilotes.record.domain.roles import LABELS, Member
from pilotes.record.flows.manage_members import dismiss_member, name_member
from pilotes.record.ports import Membership
from socle.errors import Refusal

_ROLES: Final[Sequence[Member]] = get_args(Member)
_SUBJECT: Final = re.compile(r"[A-Za-z0-9:._~-]{1,200}")


async def _members(target: ActionTarget, lab: LabDesk) -> list[Membership]:
    if target.pilot.stage == "closed":
        raise not_now("Cet essai est clos : ses rôles ne changent plus.")
    return [*await lab.record.records.list_members(target.pilot.id)]


async def _prepare(target: ActionTarget, lab: LabDesk) -> ActionForm:
    own = pilot_page(target.pilot.id)
    return ActionForm(
        (
            FormField("subject", "line", most=200),
            FormField("name", "line", most=200),
            FormField(
                "role",
                "choice",
                choices=get_args(Member),
                labels={role: LABELS[role] for role in get_args(Member)},
            ),
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


MEMBERS_ACTIONS: Final[Mapping[str, Action]] = {
    "membres": Action(_prepare, _run),
    "retrait": Action(_prepare_removal, _remove),
}
"""By their names in addresses."""
