"""Wiring of the lab: the pages of coordinators."""

import aiohttp

from pilotes.contributions.adapters import PostgresContributions
from pilotes.lab.adapters.drafts import PostgresDrafts
from pilotes.lab.adapters.platform_health import GatewayHealth
from pilotes.lab.adapters.role_invitations import PostgresRoleInvitations
from pilotes.lab.api.action_forms import LabPages
from pilotes.lab.api.action_pages import action_pages
from pilotes.lab.api.new_pilot_page import new_pilot_page
from pilotes.lab.api.own_roles_pages import own_roles_pages
from pilotes.lab.api.pilot_pages import lab_pages
from pilotes.lab.api.role_invitation_page import role_invitation_page
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.people.adapters.qr_codes import qr_svg
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.adapters.ledger import PostgresLedgers
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.desk import Desk
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.safety.adapters import PostgresReports
from pilotes.surveys.adapters import PostgresSurveys
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from socle.http import Router
from socle.pages import Pages
from socle.postgres import Pool


def coordinator_pages(
    pool: Pool,
    desk: Desk,
    people: PeopleDesk,
    pages: Pages,
    *,
    read: ReadStatement,
    session: aiohttp.ClientSession,
    gateway: str | None,
) -> tuple[Router, ...]:
    """The pages of coordinators. `gateway`: its address for this service, if its health is
    displayed."""
    lab = LabDesk(
        record=desk,
        people=people,
        figures=PostgresFigures(pool),
        recruitment=PostgresRecruitment(pool),
        reports=PostgresReports(pool),
        contributions=PostgresContributions(pool),
        ledgers=PostgresLedgers(pool),
        read=read,
        health=GatewayHealth(session, gateway),
        drafts=PostgresDrafts(pool),
        surveys=PostgresSurveys(pool),
        invitations=PostgresRoleInvitations(pool),
    )
    given = LabPages(lab, pages, qr_svg)
    # The forms first: their addresses are below that of a pilot.
    return (
        action_pages(given),
        new_pilot_page(given),
        role_invitation_page(given),
        own_roles_pages(given),
        lab_pages(given),
    )
