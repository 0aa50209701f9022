"""Wiring of the rehearsal: the service's own use cases, under a clock that the rehearsal sets.

The rehearsal is one transaction: no other process reads a pilot in the middle of its past, and an
interrupted rehearsal leaves nothing.

Salts and codes follow from the seed, so that the same people are on the same arms. Participants who
enrol afterwards have random personal codes, and cannot be identified with the seed.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pilotes.contributions.adapters import PostgresContributions
from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.record_store import PostgresRecords
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.usage_facts import FACTS
from pilotes.record.flows.desk import Desk
from pilotes.rehearsal.adapters.one_transaction import one_transaction
from pilotes.rehearsal.adapters.scenario_files import load_scenarios
from pilotes.rehearsal.flows.rehearse import Dependencies, rehearse, starts_at
from pilotes.rehearsal.flows.seeded_random import SeededBytes
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.safety.adapters import PostgresReports
from pilotes.settings import PilotesSettings
from pilotes.surveys.adapters import PostgresSurveys
from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from pilotes.usage.adapters.usage_metrics import UsageMetrics
from pilotes.wiring.people import participant_check, wire_people
from pilotes.wiring.resources import NAME
from socle.auth import read_signing_keys
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.outbox import Outbox
from socle.postgres import Pool
from socle.settings import PlatformSettings


async def rehearse_pilots(
    pool: Pool, settings: PilotesSettings, platform: PlatformSettings, *, seed: int
) -> Mapping[PilotId, str]:
    """Rehearse the months that end now. Returns an enrolment code for each running pilot.

    Raises Refusal in production, and if any pilot is already recorded."""
    if platform.env == "production":
        raise Refusal(
            "forbidden", "La répétition est refusée en production (REGIONLAB_ENV=production)."
        )
    now, scenarios = platform.clock().now(), load_scenarios()
    clock = ManualClock(starts_at(now, scenarios))
    async with one_transaction(pool) as connection:
        needs = _dependencies(connection, settings, clock, seed)
        return await rehearse(now, scenarios, needs)


def _dependencies(
    pool: Pool, settings: PilotesSettings, clock: ManualClock, seed: int
) -> Dependencies:
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    salts = Salts(settings.key.get_secret_value(), random_bytes=SeededBytes(seed, "salts"))
    outbox, signer = Outbox(NAME, clock), DecisionSigner(keys)
    people = wire_people(pool, settings, clock, signer)
    people = replace(people, random_bytes=SeededBytes(seed, "codes"))
    records = PostgresRecords(pool, outbox, signer, salts, lapse_consents=lapse_consents)
    return Dependencies(
        desk=Desk(records, clock, participant_check(people), _every_fact),
        people=people,
        facts=PostgresFacts(pool),
        recruitment=PostgresRecruitment(pool),
        counters=UsageMetrics(),
        surveys=PostgresSurveys(pool),
        reports=PostgresReports(pool),
        contributions=PostgresContributions(pool),
        costs=PostgresFigures(pool),
        clock=clock,
        seed=seed,
    )


async def _every_fact(_: datetime) -> frozenset[str]:
    """A rehearsal makes the uses that its indicators count."""
    return frozenset(FACTS)


def write_invitations(path: Path, codes: Mapping[PilotId, str]) -> None:
    """Write the codes for the demonstration's participants: a file that only its owner reads. It
    exists once the rehearsal is complete."""
    new_file = path.with_suffix(".new")
    with os.fdopen(os.open(new_file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(codes, file)
    new_file.replace(path)
