"""Wiring of the record: its store, its desk, its routes."""

from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.record_store import PostgresRecords
from pilotes.record.adapters.salts import Salts
from pilotes.record.api.decision_keys import decision_keys_router
from pilotes.record.api.processing_register import register_router
from pilotes.record.api.read_record import reading_router
from pilotes.record.api.roles import roles_router
from pilotes.record.api.stages import stages_router
from pilotes.record.api.usage_facts import usage_facts_router
from pilotes.record.api.write_record import writing_router
from pilotes.record.flows.desk import Desk
from pilotes.settings import PilotesSettings
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from pilotes.usage.adapters.seen_facts import PostgresSeenFacts
from pilotes.wiring.people import participant_check, wire_people
from pilotes.wiring.resources import NAME
from socle.auth import SigningKeys
from socle.clock import Clock
from socle.http import Router
from socle.outbox import Outbox
from socle.postgres import Pool


def wire_desk(
    pool: Pool, keys: SigningKeys, settings: PilotesSettings, clock: Clock
) -> tuple[Desk, DecisionSigner]:
    """The desk of the record, and the signer that verifies its decisions."""
    signer = DecisionSigner(keys)
    salts = Salts(settings.key.get_secret_value())
    outbox = Outbox(NAME, clock)
    records = PostgresRecords(pool, outbox, signer, salts, lapse_consents=lapse_consents)
    people = wire_people(pool, settings, clock, signer)
    seen_facts = PostgresSeenFacts(pool)
    return Desk(records, clock, participant_check(people), seen_facts.list_since), signer


def record_routers(desk: Desk, signer: DecisionSigner, keys: SigningKeys) -> tuple[Router, ...]:
    """The routes of the record."""
    return (
        reading_router(desk, read=signer.read),
        writing_router(desk),
        stages_router(desk),
        roles_router(desk),
        usage_facts_router(),
        register_router(desk),
        decision_keys_router(keys.public),
    )
