"""Give a person a role in a pilot, or remove it; both are decisions."""

from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.roles import NO_PARTICIPANTS, Member
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot
from pilotes.record.ports import Membership
from socle.errors import Refusal


async def name_member(
    request: ChangeRequest, subject: str, role: Member, name: str, *, desk: Desk
) -> Pilot:
    """Give a person a role, in place of the one they had. `name`: the one that the team uses. The
    consent of a project holder or a member of the Cr'Num covers nothing more.

    Raises Refusal as `Desk.lock` does, or if the pilot is closed or the caller names themself a
    member of the Cr'Num.
    """
    async with desk.lock(request) as locked:
        if role == "crnum_member" and subject == locked.signatory.subject:
            raise Refusal("conflict", "On ne se nomme pas soi-même pour rendre l'avis du Cr'Num.")
        member = Membership(subject, role, name, locked.now, locked.signatory.subject)
        return await give_role(locked, member)


async def give_role(locked: LockedPilot, member: Membership, **facts: object) -> Pilot:
    """Store a role and the decision about it. `facts`: further ones of the decision. Raises Refusal
    if the pilot is closed."""
    require_open(locked.pilot)
    subject, role = member.subject, member.role
    await locked.change.set_member(member)
    if role in NO_PARTICIPANTS and locked.pilot.published:
        # Nobody leads or judges a pilot in which they are counted.
        await locked.change.lapse_consents(locked.now, subject=subject)
    decision = locked.new_decision("member", subject=subject, role=role, **facts)
    await locked.change.add_decision(decision)
    return await locked.save(locked.pilot)


async def dismiss_member(request: ChangeRequest, subject: str, *, desk: Desk) -> Pilot:
    """Remove the person's role. Raises Refusal as `Desk.lock` does, or if they have none or the
    pilot is closed."""
    async with desk.lock(request) as locked:
        require_open(locked.pilot)
        if not await locked.change.remove_member(subject):
            raise Refusal("not_found", "Cette personne n'a pas de rôle dans ce pilote.")
        await locked.change.add_decision(locked.new_decision("member", subject=subject, role=None))
        return await locked.save(locked.pilot)


def require_open(pilot: Pilot) -> None:
    """Raise Refusal if the pilot is closed."""
    if pilot.stage == "closed":
        raise roles_closed()


def roles_closed() -> Refusal:
    """The refusal of a change to the roles of a closed pilot."""
    return Refusal("conflict", "Cet essai est clos : ses rôles ne changent plus.")
