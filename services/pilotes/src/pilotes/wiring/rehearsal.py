"""The rehearsal put together: the service's own use cases, under a clock that is moved by hand.

All of it is one transaction: nobody meets a pilot in the middle of its past, its guards neither,
and one that is interrupted leaves nothing.

Salts and codes follow from the seed, so that the same people come out on the same arms: whoever
takes part afterwards has a code of chance, and is as hard to find as anywhere.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pilotes.contributions.adapters import PostgresContributions
from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.record_store import PostgresRecords
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.pilot import PilotId
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
from pilotes.usage.adapters.usage_metrics import UsageMetrics
from pilotes.wiring.people import takes_part, wire_people
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
    """Live the months that end now; by pilot, a code that lets people in. Raises Refusal in
    production, and where a pilot is recorded already."""
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
    people = replace(wire_people(pool, settings, clock), chance=SeededBytes(seed, "codes"))
    salts = Salts(settings.key.get_secret_value(), chance=SeededBytes(seed, "salts"))
    records = PostgresRecords(pool, Outbox(NAME, clock), DecisionSigner(keys), salts)
    return Dependencies(
        desk=Desk(records, clock, takes_part(people)),
        people=people,
        facts=PostgresFacts(pool),
        figures=UsageMetrics(),
        surveys=PostgresSurveys(pool),
        reports=PostgresReports(pool),
        contributions=PostgresContributions(pool),
        costs=PostgresFigures(pool),
        clock=clock,
        seed=seed,
    )


def write_invitations(path: Path, codes: Mapping[PilotId, str]) -> None:
    """For the demonstration's participants: a file its owner alone reads. It stands once all is
    rehearsed, and not before."""
    aside = path.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(codes, file)
    aside.replace(path)
