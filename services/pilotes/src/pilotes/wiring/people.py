"""Wiring of the participants' capability: notices, codes, consents, their pages."""

import hashlib
import os
from functools import partial

from pilotes.identity.domain.person import Person
from pilotes.messages.adapters.recipient_store import erase_recipient
from pilotes.people.adapters.code_store import PostgresCodes
from pilotes.people.adapters.consent_store import PostgresConsents
from pilotes.people.adapters.joint_store import PostgresJointConsents
from pilotes.people.adapters.qr_codes import qr_svg
from pilotes.people.adapters.receipt_store import PostgresReceipts
from pilotes.people.adapters.trial_store import PostgresTrials
from pilotes.people.api.invitations import invitations_router
from pilotes.people.api.pages.enrolment import enrolment_pages
from pilotes.people.api.pages.my_participations import my_participations_pages
from pilotes.people.api.pages.receipts import receipt_pages
from pilotes.people.api.pages.renewal import renewal_pages
from pilotes.people.api.pages.second_signature import second_signature_pages
from pilotes.people.api.participations import participations_router
from pilotes.people.api.receipts import receipts_router
from pilotes.people.api.second_signatures import second_signatures_router
from pilotes.people.flows.participations import is_participant
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.notice_store import PostgresNotices
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.actor import IsParticipant
from pilotes.record.flows.desk import Desk
from pilotes.safety.adapters import PostgresReports
from pilotes.settings import PilotesSettings
from pilotes.surveys.adapters import PostgresSurveys
from pilotes.surveys.flows import pending_surveys
from pilotes.usage.adapters.fact_store import erase_facts
from pilotes.usage.adapters.restricted_facts import list_stored_facts, restrict_facts
from pilotes.wiring.messages import wire_messages
from pilotes.wiring.resources import NAME
from socle.clock import Clock
from socle.http import Router
from socle.outbox import Outbox
from socle.pages import Pages
from socle.postgres import Connection, Pool


def wire_people(
    pool: Pool, settings: PilotesSettings, clock: Clock, signer: DecisionSigner
) -> PeopleDesk:
    """The dependencies of the participants' use cases. `signer`: signs their receipts."""
    secret = settings.key.get_secret_value()
    key = hashlib.sha256(b"pilotes codes\n" + secret.encode()).digest()
    trials = PostgresTrials(pool, Salts(secret))
    return PeopleDesk(
        codes=PostgresCodes(pool, key=key),
        trials=trials,
        consents=PostgresConsents(
            pool,
            Outbox(NAME, clock),
            key=key,
            erase_facts=_erase_person,
            restrict_facts=restrict_facts,
            list_facts=list_stored_facts,
        ),
        joints=PostgresJointConsents(pool, Outbox(NAME, clock), key=key),
        notices=PostgresNotices(pool),
        receipts=PostgresReceipts(pool),
        sign_receipt=signer.sign_receipt,
        read_signed=signer.read,
        reports=PostgresReports(pool),
        pending_surveys=partial(
            pending_surveys, trials=trials, surveys=PostgresSurveys(pool), clock=clock
        ),
        reminded_pilots=wire_messages(pool, settings, clock).list_reminded_pilots,
        clock=clock,
        random_bytes=os.urandom,
        public=settings.public,
    )


async def _erase_person(connection: Connection, pilot_id: str, pseudonym: bytes) -> int:
    """Implements `EraseFacts`. The address of a person is erased with their facts."""
    await erase_recipient(connection, pilot_id, pseudonym)
    return await erase_facts(connection, pilot_id, pseudonym)


def people_routers(record: Desk, people: PeopleDesk, pages: Pages) -> tuple[Router, ...]:
    """The API routes of participants and of the teams that invite them."""
    return (
        participations_router(people),
        second_signatures_router(people),
        receipts_router(people),
        invitations_router(record, people, qr_svg, pages),
    )


def people_pages(people: PeopleDesk, pages: Pages) -> tuple[Router, ...]:
    """The pages of participants."""
    return (
        enrolment_pages(people, pages),
        my_participations_pages(people, pages),
        renewal_pages(people, pages),
        second_signature_pages(people, pages),
        receipt_pages(people, pages),
    )


def participant_check(people: PeopleDesk) -> IsParticipant:
    """The check that the record needs: whether a person has an active consent in a pilot."""

    async def check(person: Person, pilot_id: PilotId) -> bool:
        return await is_participant(
            person, pilot_id, trials=people.trials, consents=people.consents
        )

    return check
