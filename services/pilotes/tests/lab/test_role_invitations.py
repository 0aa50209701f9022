"""A role in a pilot that a person accepts by a link, once."""

import asyncio
import re
from datetime import timedelta

from page_texts import french_texts, texts_in
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, JUDGE, PUBLIC, SOMEBODY, Lab
from visitors import Page, Visitor

from pilotes.lab.adapters.role_invitations import PostgresRoleInvitations
from pilotes.record.adapters.ledger import PostgresLedgers
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.role_invitations import RoleInvitation
from pilotes.record.flows.verify_record import verify_record
from pilotes.retention.adapters import PostgresRetention
from socle.postgres import transaction
from socle.testing import until

PAGE = "/lab/pilotes/alertes"
INVITED = ("professional", "nouvelle")
OTHER = ("patient", "autre")
_WAITS = """
SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


async def link_to(pilots: Lab, **fields: str) -> str:
    """The path of a new invitation."""
    visitor = Visitor(pilots, COORDINATOR)
    page = await visitor.go(f"{PAGE}/inviter")
    order = {"role": "partner", "name": "Zoé", "inviter": "Sacha", "days": "7"} | fields
    made = await visitor.go(f"{PAGE}/inviter", page.hidden | order)
    found = re.search(rf">{PUBLIC}(/lab/mes-roles/invitation/\w+)<", made.text)
    assert found, made.words
    return found[1]


async def answered(pilots: Lab, link: str, who: tuple[str, str], answer: str) -> Page:
    visitor = Visitor(pilots, who)
    page = await visitor.go(link)
    return await visitor.go(link, page.hidden | {"do": answer})


async def members(pilots: Lab) -> dict[str, str]:
    found = (await pilots.request("GET", "/pilots/alertes/members")).json["members"]
    return {each["subject"]: each["role"] for each in found}


async def test_an_invited_person_accepts_a_role_once(pilots: Lab) -> None:
    await pilots.create_pilot()
    before = await members(pilots)
    link = await link_to(pilots, role="project_holder", name="Zoé <i>B.</i>")
    assert (await Visitor(pilots, ANONYMOUS).go(link)).status == 302
    assert (await Visitor(pilots, ANONYMOUS).go(link, {"do": "accept"})).status == 401
    invited = Visitor(pilots, INVITED)
    page = await invited.go(link)
    assert "Sacha, de la coordination des essais, vous invite" in page.words
    assert "Zoé <i>B.</i>" in page.words
    assert "Si vous y participez avec ce compte, plus rien n'est compté de vous" in page.words
    assert "Si vous y participez sans compte, arrêtez d'abord" in page.words
    assert (await invited.go(link, page.hidden)).status == 400
    english = await Visitor(pilots, INVITED, language="en").go(link)
    assert not set(french_texts()) & texts_in(english.text, "en")
    # To read it changes nothing.
    assert await members(pilots) == before
    # Two of them at once: one has the role.
    somebody = Visitor(pilots, SOMEBODY)
    other = (await somebody.go(link)).hidden | {"do": "accept"}
    pages = await asyncio.gather(
        invited.go(link, page.hidden | {"do": "accept"}), somebody.go(link, other)
    )
    assert sorted(each.status for each in pages) == [200, 410]
    (accepted,) = [each for each in pages if each.status == 200]
    assert "Vous avez ce rôle" in accepted.words
    assert "Vous êtes le porteur du projet dans cet essai" in accepted.words
    now = await members(pilots)
    assert len(now) == len(before) + 1
    assert {now.get(who[1]) for who in (INVITED, SOMEBODY)} == {"project_holder", None}
    verified = await verify_record(ledgers=PostgresLedgers(pilots.pool), read=pilots.signer.read)
    assert not verified.errors
    page = await Visitor(pilots, COORDINATOR).go(f"{PAGE}/inviter")
    assert "Zoé <i>B.</i>, le porteur du projet : invitation acceptée" in page.words
    await decline_withdraw_and_refuse(pilots)


async def decline_withdraw_and_refuse(pilots: Lab) -> None:
    """What ends an invitation otherwise."""
    coordinator, before = Visitor(pilots, COORDINATOR), await members(pilots)
    declined = await answered(pilots, await link_to(pilots), OTHER, "decline")
    assert "Vous avez refusé ce rôle" in declined.words
    withdrawn = await link_to(pilots)
    listed = await coordinator.go(f"{PAGE}/inviter")
    assert "Zoé, un partenaire, jusqu'au" in listed.words
    assert "Zoé, un partenaire : invitation refusée" in listed.words
    (removal,) = re.findall(rf'href="({PAGE}/invitation/\w+)"', listed.text)
    form = (await coordinator.go(removal)).hidden
    assert "L'invitation est retirée" in (await coordinator.go(removal, form)).words
    assert "ne sert plus" in (await coordinator.go(removal)).words
    expired = await link_to(pilots, days="1")
    pilots.clock.advance(86_400)
    for link in (withdrawn, expired):
        page = await Visitor(pilots, OTHER).go(link)
        assert (page.status, page.title) == (410, "Ce lien ne sert plus")
    unknown = await Visitor(pilots, OTHER).go("/lab/mes-roles/invitation/%00")
    assert unknown.status == 404
    # Whoever judges has that role alone, and no coordinator judges.
    held = await Visitor(pilots, JUDGE).go(await link_to(pilots))
    assert (held.status, held.title) == (409, "Vous avez déjà un rôle")
    own_link = await link_to(pilots, role="crnum_member")
    for own_role in (COORDINATOR, ("professional", COORDINATOR[1])):
        own = await Visitor(pilots, own_role).go(own_link)
        assert "Qui coordonne les essais ne rend pas l'avis" in own.words
    wrong = await coordinator.go(f"{PAGE}/inviter", listed.hidden | {"days": "31", "name": "Z"})
    assert (wrong.status, 'href="#days"' in wrong.text) == (400, True)
    assert await members(pilots) == before
    assert (await Visitor(pilots, HOLDER).go(f"{PAGE}/inviter")).status == 302
    await old_ones_are_deleted(pilots)


async def old_ones_are_deleted(pilots: Lab) -> None:
    """90 days after their end, or after the answer."""
    retention, count = PostgresRetention(pilots.pool), "SELECT count(*) FROM role_invitation"
    ends = "SELECT max(coalesce(settled_at, expires_at)) FROM role_invitation"
    last = await pilots.pool.fetchval(ends)
    for days, left in ((90, 2), (91, 0)):
        await retention.erase_due(last + timedelta(days=days))
        assert await pilots.pool.fetchval(count) == left


async def test_a_pilot_that_is_being_closed_takes_no_invitation(pilots: Lab) -> None:
    await pilots.create_pilot()
    store, now = PostgresRoleInvitations(pilots.pool), pilots.clock.now()
    ends = now + timedelta(days=7)
    pilot = PilotId("alertes")
    invitation = RoleInvitation("i", pilot, "partner", "Zoé", "Sacha", "c-1", now, ends)

    async def waits() -> bool:
        return bool(await pilots.pool.fetchval(_WAITS)) or adding.done()

    async with transaction(pilots.pool) as connection:
        await connection.execute("UPDATE pilot SET stage = 'closed', salt = NULL")
        adding = asyncio.create_task(store.add(invitation))
        await until(waits)
    assert not await adding
    assert await store.list_of(pilot) == []
