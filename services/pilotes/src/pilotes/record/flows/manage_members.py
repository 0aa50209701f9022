"""Give somebody a role in a pilot, or take it back; both are decisions."""

from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.roles import Member
from pilotes.record.flows.desk import Desk, Held, Wish
from pilotes.record.ports import Membership
from socle.errors import Refusal


async def name_member(wish: Wish, subject: str, role: Member, name: str, *, desk: Desk) -> Pilot:
    """From now on they are that in this pilot. Raises Refusal."""
    async with desk.hold(wish) as held:
        _require_open(held)
        if role == "crnum_member" and subject == held.signatory.subject:
            raise Refusal("conflict", "On ne se nomme pas soi-même pour rendre l'avis du Cr'Num.")
        member = Membership(subject, role, name, held.now, held.signatory.subject)
        await held.change.name(member)
        await held.change.decide(held.says("member", subject=subject, role=role))
        return await held.save(held.pilot)


async def dismiss_member(wish: Wish, subject: str, *, desk: Desk) -> Pilot:
    """From now on they are nothing in this pilot. Raises Refusal where they were not."""
    async with desk.hold(wish) as held:
        _require_open(held)
        if not await held.change.dismiss(subject):
            raise Refusal("not_found", "Cette personne n'a pas de rôle dans ce pilote.")
        await held.change.decide(held.says("member", subject=subject, role=None))
        return await held.save(held.pilot)


def _require_open(held: Held) -> None:
    if held.pilot.stage == "closed":
        raise Refusal("conflict", "Ce pilote est clos : ses rôles ne changent plus.")
