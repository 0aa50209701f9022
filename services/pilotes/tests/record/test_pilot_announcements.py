"""What each change announces to the gateway; what remains of a salt once a pilot is closed."""

import base64

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pilot_lab import HOLDER, JUDGE, SALT_KEY, Lab

from pilotes.events import PilotV1
from pilotes.record.adapters.salt_traces import SaltTraceSearch
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.salt_copies import SaltTraceCounts
from pilotes.record.flows.pause_pilot import pause_automatically
from pilotes.record.flows.prove_erasure import ErasureProof, prove_erasure
from socle.bus import Bus, TopicSpec, ensure_topics
from socle.errors import Refusal
from socle.events import Tombstone
from socle.testing import MakeBus, until

ALERTES = PilotId("alertes")
# Two people, of whom the second enrolled, withdrew and enrolled again.
AGREED = """
WITH read AS (
    INSERT INTO notice VALUES ('alertes', '1', '{}', 'd', timestamptz 'epoch', 'p')
    RETURNING pilot_id)
INSERT INTO consent (pilot_id, pseudonym, given_at, withdrawn_at, notice_version,
    protocol_version, means)
SELECT 'alertes', who, '2026-03-01', until, '1', 1, 'account' FROM read,
    (VALUES ($1::bytea, NULL), ($2::bytea, timestamptz '2026-03-02'), ($2, NULL)) a(who, until)"""


async def test_nothing_is_announced_before_the_trial_and_the_salt_only_during_it(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("opinion")
    assert await pilots.pilot_events() == []
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.change("POST", "/effects", who=HOLDER)
    await pilots.change("POST", "/stage", {"to": "trial"})
    (pilot_events,) = await pilots.pilot_events()
    assert pilot_events is not None
    salt = base64.urlsafe_b64decode(pilot_events["salt"] + "=")
    sealed = await pilots.pool.fetchval("SELECT salt FROM pilot")
    assert Salts(SALT_KEY).open(ALERTES, sealed) == salt
    assert salt not in sealed
    assert (pilot_events["state"], pilot_events["control"]) == ("running", "habituel")
    assert PilotV1.model_validate(pilot_events).starts_at is not None
    await pilots.change("POST", "/pause", {"reason": "Un doute."}, who=JUDGE)
    await pilots.change("POST", "/resume", {"reason": "Levé."})
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    states = [(each["state"], "salt" in each) for each in await pilots.pilot_events() if each]
    assert states == [("running", True), ("paused", True), ("running", True), ("closed", False)]


async def test_a_guardrail_pauses_once_whatever_anybody_read(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    why = "Le garde-fou « retours » est franchi."
    entry = await pause_automatically(ALERTES, why, desk=pilots.desk)
    assert entry is not None
    assert await pause_automatically(ALERTES, why, desk=pilots.desk) is None
    last = (await pilots.request("GET", "/pilots/alertes/decisions?limit=100")).json["decisions"][
        -1
    ]
    assert (last["kind"], last["role"], last["subject"]) == ("pause", "guardrail", "garde-fou")
    assert last["outcome"] == {"reason": why}
    pilot_events = (await pilots.pilot_events())[-1]
    assert pilot_events is not None
    assert pilot_events["state"] == "paused"
    now = await pilots.revision()
    answer = await pilots.request("POST", "/pilots/alertes/pause", {"reason": "x"}, at=now)
    assert answer.status == 409


def test_a_salt_opens_with_its_key_and_for_its_pilot_alone() -> None:
    salts = Salts(SALT_KEY)
    sealed = salts.seal(ALERTES, b"s" * 32)
    assert salts.open(ALERTES, sealed) == b"s" * 32
    assert salts.seal(ALERTES, b"s" * 32) != sealed
    for other, pilot in ((Salts(SALT_KEY + "!"), "alertes"), (salts, "autre")):
        with pytest.raises(Refusal, match="PILOTES_KEY"):
            other.open(PilotId(pilot), sealed)
    spoiled = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(Refusal, match="PILOTES_KEY"):
        salts.open(ALERTES, spoiled)


async def test_a_closed_pilot_is_announced_by_a_tombstone_and_leaves_no_salt(pilots: Lab) -> None:
    await pilots.reach_stage("")
    assert await pilots.pilot_events() == [None]
    assert await pilots.pool.fetchval("SELECT salt FROM pilot") is None
    line = (await pilots.request("GET", "/processing-register")).json["processings"][0]
    assert (line["stage"], line["salt_destroyed"], line["missing"]) == ("closed", True, [])


async def test_a_closed_pilot_deletes_the_consents_it_announced(pilots: Lab) -> None:
    await pilots.reach_stage("generalise")
    await pilots.pool.execute(AGREED, b"\x01" * 32, b"\x02" * 32)
    await pilots.change("POST", "/evidence", {"kind": "adoption_follow_up", "reference": "1"})
    await pilots.change("POST", "/stage", {"to": "closed"})
    pilot_events = await pilots.pool.fetch(
        "SELECT key, value FROM outbox WHERE topic = 'pilotes.consent.v1' ORDER BY id"
    )
    expected = [(f"alertes:{'01' * 32}", None), (f"alertes:{'02' * 32}", None)]
    assert [(row["key"], row["value"]) for row in pilot_events] == expected


async def test_an_erasure_is_proven_once_the_bus_has_let_go(
    pilots: Lab, kafka_address: str, make_bus: MakeBus
) -> None:
    """The topic contains the salt until it is compacted: until then nothing is proven."""
    bus = await make_bus(source="pilotes")
    await ensure_topics(kafka_address, [TopicSpec(PilotV1.topic, partitions=1, kind="table")])
    await _roll_often(kafka_address)
    await pilots.reach_stage("trial")
    (pilot_events,) = await pilots.pilot_events()
    assert pilot_events is not None
    traces = SaltTraceSearch(pilots.pool, kafka_address)
    await bus.publish(PilotV1.model_validate(pilot_events))
    proof = await _prove(pilots, traces)
    assert [good for good, _ in proof.lines] == [False] * 5
    await pilots.reach_stage("", "autre")  # another one's closing proves nothing of this one
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    await pilots.change("POST", "/evidence", {"kind": "evaluation_report", "reference": "1"})
    await pilots.change("POST", "/stage", {"to": "stop", "reason": "Sans effet."})
    await pilots.change("POST", "/stage", {"to": "closed"})
    await bus.publish(Tombstone(PilotV1, "alertes"))
    proof = await _prove(pilots, traces)
    assert [good for good, _ in proof.lines] == [True, True, True, True, False]
    assert "jusqu'au prochain compactage" in proof.lines[-1][1]
    await _until_compacted(bus, traces)
    assert (await _prove(pilots, traces)).holds


async def _prove(pilots: Lab, traces: SaltTraceSearch) -> ErasureProof:
    return await prove_erasure(
        ALERTES, records=pilots.desk.records, traces=traces, read=pilots.signer.read
    )


async def _roll_often(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        often = {"cleanup.policy": "compact", "segment.ms": "200"}
        resource = ConfigResource(ConfigResourceType.TOPIC, PilotV1.topic, often)
        await admin.alter_configs([resource])
    finally:
        await admin.close()


async def _until_compacted(bus: Bus, traces: SaltTraceSearch) -> None:
    # Only a further record closes the log segment that contains the salt.
    async def gone() -> bool:
        await bus.publish(Tombstone(PilotV1, "autre"))
        left: SaltTraceCounts = await traces.count(ALERTES)
        return left.bus_records == 0

    await until(gone)
