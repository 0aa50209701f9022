"""The months of three pilots, through the service's own use cases: the outcome is calculated."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from pilotes.contributions.adapters import PostgresContributions
from pilotes.contributions.domain import Counts
from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.ledger import PostgresLedgers
from pilotes.record.domain.protocol import Arm
from pilotes.record.flows.verify_record import verify_record
from pilotes.rehearsal.flows.gateway_events import assign_arm
from pilotes.settings import PilotesSettings
from pilotes.wiring.rehearsal import rehearse_pilots, write_invitations
from socle.auth import read_signing_keys
from socle.errors import Refusal
from socle.postgres import Pool, open_pool
from socle.settings import PlatformSettings

ALERTS, NOTEBOOK, REMINDERS = "alertes-avant-depart", "cahier-de-liaison", "rappels-trafic"
PLATFORM = PlatformSettings(kafka="127.0.0.1:1", gateway_keys="http://127.0.0.1:1/jwks")


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> PilotesSettings:
    keys = tmp_path / "keys.json"
    key = ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "essai"}
    keys.write_text(json.dumps({"keys": [key]}))
    return PilotesSettings(
        postgres=postgres_url, key="k" * 40, signing_keys=keys, public="http://localhost:8080"
    )


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    async with open_pool(postgres_url, application_name="test") as opened:
        yield opened


async def test_one_concludes_one_does_not_one_is_paused(
    pool: Pool, settings: PilotesSettings, tmp_path: Path
) -> None:
    codes = await rehearse_pilots(pool, settings, PLATFORM, seed=8)
    assert set(codes) == {ALERTS}
    rows = await pool.fetch("SELECT pilot_id, stage, paused FROM pilot ORDER BY pilot_id")
    assert [tuple(row) for row in rows] == [
        (ALERTS, "trial", False),
        (NOTEBOOK, "evaluation", False),
        (REMINDERS, "trial", True),
    ]
    await _holds(pool, settings)
    counts = PostgresContributions(pool).counts
    assert [await counts(each) for each in (ALERTS, NOTEBOOK, REMINDERS)] == [
        Counts(4, 2, 1),
        Counts(1, 1, 0),
        Counts(0, 0, 0),
    ]
    with pytest.raises(Refusal, match="déjà inscrits"):
        await rehearse_pilots(pool, settings, PLATFORM, seed=8)
    write_invitations(tmp_path / "codes.json", codes)
    assert json.loads((tmp_path / "codes.json").read_text()) == codes
    assert (tmp_path / "codes.json").stat().st_mode & 0o077 == 0


async def _holds(pool: Pool, settings: PilotesSettings) -> None:
    """Every decision verifies, in the order of its instants; withdrawn people left nothing; nothing
    was counted before its consent."""
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    verification = await verify_record(
        ledgers=PostgresLedgers(pool), read=DecisionSigner(keys).read, head=None
    )
    assert (verification.errors, verification.pilots) == ((), 3)
    instants = [row["at"] for row in await pool.fetch("SELECT at FROM decision ORDER BY number")]
    assert instants == sorted(instants)
    withdrawn = "SELECT count(*) FROM consent WHERE withdrawn_at IS NOT NULL"
    assert await pool.fetchval(withdrawn) > 5
    counted = "SELECT count(*) FROM consent JOIN cohort USING (pilot_id, pseudonym) WHERE {}"
    assert await pool.fetchval(counted.format("withdrawn_at IS NOT NULL")) == 0
    assert await pool.fetchval(counted.format("first_exposure < given_at")) == 0
    assert await pool.fetchval(counted.format("withdrawn_at IS NULL")) > 300


async def test_production_is_refused(pool: Pool, settings: PilotesSettings) -> None:
    production = PLATFORM.model_copy(update={"env": "production"})
    with pytest.raises(Refusal, match="production"):
        await rehearse_pilots(pool, settings, production, seed=8)
    assert await pool.fetchval("SELECT count(*) FROM pilot") == 0


def test_arms_are_drawn_as_the_gateway_draws_them() -> None:
    """Her number is 8966, as in the contract.

    `services/gateway/tests/pilots/domain/test_arms.py`
    """
    salt = bytes(range(32))
    for weight, arm in ((8966, "b"), (8967, "a")):
        arms = (Arm("a", "", weight), Arm("b", "", 10_000 - weight))
        assert assign_arm(salt, "alice", arms) == arm
    with pytest.raises(ValueError, match="10,000"):
        assign_arm(salt, "alice", (Arm("a", "", 0),))
