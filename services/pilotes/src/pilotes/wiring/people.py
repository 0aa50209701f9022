"""People put together: what they are told, what lets them in, what they agreed to."""

import hashlib
import os

from fastapi import APIRouter

from pilotes.adapters.code_store import PostgresCodes
from pilotes.adapters.consent_store import PostgresConsents
from pilotes.adapters.contribution_store import PostgresContributions
from pilotes.adapters.fact_store import erase_facts, list_facts
from pilotes.adapters.notice_store import PostgresNotices
from pilotes.adapters.qr_codes import qr_svg
from pilotes.adapters.report_store import PostgresReports
from pilotes.adapters.salts import Salts
from pilotes.adapters.survey_store import PostgresSurveys
from pilotes.adapters.trial_store import PostgresTrials
from pilotes.api.invitations import invitations_router
from pilotes.api.pages.enrolment import enrolment_pages
from pilotes.api.pages.mine import mine_pages
from pilotes.api.participations import participations_router
from pilotes.domain.pilot import PilotId
from pilotes.domain.subjects import Person
from pilotes.flows.acting import TakesPart
from pilotes.flows.desk import Desk
from pilotes.flows.participations import is_participant
from pilotes.flows.people_desk import PeopleDesk
from pilotes.settings import PilotesSettings
from pilotes.wiring.shared import NAME
from socle.clock import Clock
from socle.outbox import Outbox
from socle.postgres import Pool


def wire_people(pool: Pool, settings: PilotesSettings, clock: Clock) -> PeopleDesk:
    """What the use cases of people are given."""
    secret = settings.key.get_secret_value()
    key = hashlib.sha256(b"pilotes codes\n" + secret.encode()).digest()
    return PeopleDesk(
        codes=PostgresCodes(pool, key=key),
        trials=PostgresTrials(pool, Salts(secret)),
        consents=PostgresConsents(
            pool, Outbox(NAME, clock), key=key, erase_facts=erase_facts, list_facts=list_facts
        ),
        notices=PostgresNotices(pool),
        reports=PostgresReports(pool),
        contributions=PostgresContributions(pool),
        surveys=PostgresSurveys(pool),
        clock=clock,
        chance=os.urandom,
        public=settings.public,
    )


def people_routers(record: Desk, people: PeopleDesk) -> tuple[APIRouter, ...]:
    """Every address of people, and of those who have them take part."""
    return participations_router(people), invitations_router(record, people, qr_svg)


def people_pages(people: PeopleDesk) -> tuple[APIRouter, ...]:
    """What people read."""
    return enrolment_pages(people), mine_pages(people)


def takes_part(people: PeopleDesk) -> TakesPart:
    """Whether a person's consent stands in a pilot, for the record."""

    async def so(person: Person, pilot_id: PilotId) -> bool:
        return await is_participant(
            person, pilot_id, trials=people.trials, consents=people.consents
        )

    return so
