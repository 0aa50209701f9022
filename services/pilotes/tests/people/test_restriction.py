"""A restriction (GDPR art. 18): what counted is stored apart, and no figure uses it."""

from pilot_lab import Lab
from trial_people import PILOT
from visitors import Visitor, codes

from pilotes.usage.adapters.fact_store import PostgresFacts

MINE = "/participer/mes-participations/alertes"
_USED = """
WITH person AS (
    INSERT INTO cohort (pilot_id, pseudonym, first_exposure, arm)
    SELECT pilot_id, pseudonym, given_at, 'prevenu' FROM consent RETURNING participant
)
INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds)
SELECT $1, participant, 'prevenu', 'board-watched', now(), true, 3, 10, 0.1 FROM person
"""


async def test_restricted_facts_are_stored_count_nowhere_and_can_be_erased(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    person = Visitor(pilots)
    await person.enrol(code)
    await pilots.pool.execute(_USED, PILOT)
    facts = PostgresFacts(pilots.pool)
    assert await facts.people(PILOT) == {"prevenu": 1}
    form = await person.go(f"{MINE}/limitation")
    assert "gardé à part" in form.words
    done = await person.go(f"{MINE}/limitation", {})
    assert "ne servent plus" in done.words
    assert "à votre demande, vos données sont gardées et ne servent plus" in done.words
    assert await facts.people(PILOT) == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM use") == 0
    # The gateway serves them as it serves everybody.
    last = "SELECT value FROM outbox WHERE topic = 'pilotes.consent.v1' ORDER BY id DESC LIMIT 1"
    assert await pilots.pool.fetchval(last) is None
    (own,) = (await person.request_api("GET", "/personal-data"))[1]["pilots"]
    (fact,) = own["facts"]
    assert (fact["count"], "restricted_at" in fact) == (3, True)
    (record,) = own["consent_records"]
    assert [each["event_state"] for each in record["events"]] == ["given", "restricted"]
    assert "restriction" in record["pii_processing"]["purposes"][0]["privacy_rights"]
    # Again: nothing changes. They agree again: what was stored apart does not come back.
    assert (await person.request_api("POST", "/participations/alertes/restriction"))[0] == 200
    offer = await person.go(f"{MINE}/nouvel-accord")
    assert "elles ne serviront pas, même si vous acceptez de nouveau" in offer.words
    yes = {**offer.hidden, "declared": "age", "decision": "yes"}
    assert "vous participez" in (await person.go(f"{MINE}/nouvel-accord", yes)).words
    assert await facts.people(PILOT) == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM restricted_fact") == 1
    await person.go(f"{MINE}/retrait", {})
    assert await pilots.pool.fetchval("SELECT count(*) FROM restricted_fact") == 0
    status, problem = await person.request_api("POST", "/participations/alertes/restriction")
    assert (status, problem["rule"]) == (409, "nothing_to_restrict")
