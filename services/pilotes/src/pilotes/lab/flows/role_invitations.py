"""Invite somebody to a role in a pilot by a link, which they accept or decline, once."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pilotes.lab.ports import RoleInvitations
from pilotes.record.domain.decisions import Signatory
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.role_invitations import (
    SECRET_BYTES,
    RoleInvitation,
    invitation_id,
)
from pilotes.record.domain.roles import LABELS, Member
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot
from pilotes.record.flows.manage_members import give_role, roles_closed
from pilotes.record.ports import Membership
from socle.auth import Caller
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class RoleInvitationOrder:
    """A requested invitation. Fields as in `RoleInvitation`."""

    role: Member
    name: str
    inviter: str
    days: int
    """Of validity."""


async def invite_member(
    pilot_id: PilotId,
    order: RoleInvitationOrder,
    caller: Caller,
    *,
    desk: Desk,
    invitations: RoleInvitations,
    random_bytes: Callable[[int], bytes],
) -> str:
    """Store an invitation. Returns the last part of its link, which is readable only now. Raises
    Refusal if the caller gives no roles in the pilot, or it is closed."""
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    by = actor.require("name_members").subject
    secret = base64.b32encode(random_bytes(SECRET_BYTES)).decode().lower()
    now = desk.clock.now()
    ends = now + timedelta(days=order.days)
    name, inviter = order.name, order.inviter
    added = await invitations.add(
        RoleInvitation(invitation_id(secret), pilot.id, order.role, name, inviter, by, now, ends)
    )
    if not added:
        raise roles_closed()
    return secret


async def get_role_invitation(
    secret: str, caller: Caller, *, desk: Desk, invitations: RoleInvitations
) -> tuple[RoleInvitation, Pilot]:
    """The invitation of a link, and its pilot. Raises Refusal if it cannot be accepted by the
    caller."""
    found = await invitations.find(invitation_id(secret))
    pilot = await desk.records.find(found.pilot_id) if found else None
    if found is None or pilot is None:
        raise Refusal(
            "not_found",
            "Aucune invitation ne correspond à ce lien.",
            rule="role_invitation_unknown",
        )
    if not found.is_open(desk.clock.now()) or pilot.stage == "closed":
        raise _over()
    # Nobody names themself to give the opinion, as `name_member` states: nor by a link that they
    # made before they lost their role.
    if found.role == "crnum_member" and (
        caller.role == "coordinator" or caller.subject == found.invited_by
    ):
        raise Refusal(
            "conflict",
            "Qui coordonne les essais ne rend pas l'avis du Cr'Num.",
            rule="role_invitation_of_coordinator",
        )
    held = (await desk.records.roles_of(caller.subject)).get(pilot.id)
    if held is not None:
        raise _held(held)
    return found, pilot


async def accept_role(
    secret: str, caller: Caller, *, desk: Desk, invitations: RoleInvitations
) -> None:
    """Give the caller the role. Raises Refusal as `get_role_invitation` does."""
    found, _ = await get_role_invitation(secret, caller, desk=desk, invitations=invitations)
    async with desk.records.lock(found.pilot_id) as change:
        # They decide, without a role before it.
        locked = LockedPilot(change, Signatory(caller.subject, "public"), desk.clock.now())
        held = [each.role for each in await change.members() if each.subject == caller.subject]
        if held:
            raise _held(held[0])
        if not await change.settle_role_invitation(found.id, "accepted", locked.now):
            raise _over()
        member = Membership(caller.subject, found.role, found.name, locked.now, found.invited_by)
        await give_role(locked, member, invited_by=found.invited_by)


async def decline_role(
    secret: str, caller: Caller, *, desk: Desk, invitations: RoleInvitations
) -> None:
    """Decline the role: nobody can accept it by this link any more. Raises Refusal as
    `get_role_invitation` does."""
    found, _ = await get_role_invitation(secret, caller, desk=desk, invitations=invitations)
    async with desk.records.lock(found.pilot_id) as change:
        if not await change.settle_role_invitation(found.id, "declined", desk.clock.now()):
            raise _over()


async def withdraw_role_invitation(change: ChangeRequest, invitation: str, *, desk: Desk) -> None:
    """Withdraw an invitation of the pilot. `invitation`: its id. Raises Refusal as `Desk.lock`
    does, or if it is not open."""
    async with desk.lock(change) as locked:
        if not await locked.change.settle_role_invitation(invitation, "withdrawn", locked.now):
            raise not_withdrawn()


def not_withdrawn() -> Refusal:
    """The refusal to withdraw an invitation that is not open."""
    return Refusal(
        "conflict",
        "Cette invitation ne sert plus : elle est expirée, retirée, ou quelqu'un y a déjà répondu.",
        rule="not_now",
    )


def _over() -> Refusal:
    return Refusal(
        "gone",
        "Cette invitation ne sert plus : elle est expirée, retirée, ou déjà utilisée.",
        rule="role_invitation_over",
    )


def _held(role: Member) -> Refusal:
    return Refusal(
        "conflict",
        f"Vous avez déjà un rôle dans cet essai : {LABELS[role]}.",
        rule="role_held",
        role=LABELS[role],
    )
