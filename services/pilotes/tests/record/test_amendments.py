"""An amendment of a trial keeps the promise made to its participants."""

from copy import deepcopy
from random import Random
from typing import Any

import pytest
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, JUDGE, NOTICE, PILOT, PROTOCOL, SOMEBODY, Lab
from visitors import Visitor, codes

from pilotes.events import RequestServedV2, ServedInPilot
from pilotes.record.api.pilot_models import ProcessingBody
from pilotes.record.api.protocol_models import ProtocolBody
from pilotes.record.domain.amendments import Terms, substantial_changes
from pilotes.record.domain.health_routes import field_of
from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.usage_metrics import UsageMetrics
from pilotes.usage.flows.store_uses import store_uses

ALICE = ("traveller", "alice")
AGAIN = "/participer/mes-participations/alertes/nouvel-accord"
PLACES = "les pages et les services concernés"
DRAFT: dict[str, Any] = {name: value for name, value in PILOT.items() if name != "id"}
CORRECTED = DRAFT | {"processing": DRAFT["processing"] | {"contact": "autre@example.org"}}
RENAMED_ARM = PROTOCOL["arms"][1] | {"label": "x"}
WIDER = deepcopy(PROTOCOL) | {
    "routes": [*PROTOCOL["routes"], "/fhir/{rest...}"],
    "ends_at": "2029-06-30T00:00:00Z",
    "rules": {},
}


def _changes(
    protocol: dict[str, Any] | None = None, processing: dict[str, Any] | None = None
) -> tuple[str, ...]:
    def terms(changed: dict[str, Any], entry: dict[str, Any]) -> Terms:
        written = ProtocolBody(**(PROTOCOL | changed)).protocol()
        register: Any = PILOT["processing"]
        found = ProcessingBody(**(register | entry)).processing()
        return Terms(written, found, field_of("mobilite", written.routes))

    return substantial_changes(terms({}, {}), terms(protocol or {}, processing or {}))


@pytest.mark.parametrize(
    ("protocol", "named"),
    [
        ({"routes": [*PROTOCOL["routes"], "/fhir"]}, ("le domaine", PLACES)),
        ({"routes": [*PROTOCOL["routes"], "/carte"]}, (PLACES,)),
        ({"ends_at": "2029-06-30T00:00:00Z"}, ("la date de fin",)),
        ({"rules": {}}, ("qui peut participer",)),
        ({"rules": {}, "eligibility": "Tous."}, ("qui peut participer",)),
        ({"planned_per_arm": 60}, ("les effectifs prévus",)),
        ({"stopping_rule": "Jamais."}, ("la règle d'arrêt",)),
        ({"cluster_size": 3}, ("les personnes qui participent ensemble",)),
        ({"cluster_correlation": 0.2}, ("la ressemblance de leurs mesures",)),
        ({"looks": [0.5, 1]}, ("les moments où l'on lit les résultats",)),
        ({"control": PROTOCOL["arms"][1]["name"]}, ("le bras témoin",)),
        ({"starts_at": "2026-03-02T00:00:00Z"}, ("la date de début",)),
        ({"arms": [PROTOCOL["arms"][0], RENAMED_ARM]}, ("qui reçoit quoi",)),
        ({"indicators": PROTOCOL["indicators"][:1]}, ("ce qui est mesuré",)),
        ({"indicators": PROTOCOL["indicators"][::-1]}, ()),
        ({"indicators": [PROTOCOL["indicators"][0] | {"label": "Autre"},
                         PROTOCOL["indicators"][1]]}, ()),
    ],
)  # fmt: skip
def test_what_is_not_editorial_is_substantial(
    protocol: dict[str, Any], named: tuple[str, ...]
) -> None:
    assert _changes(protocol) == named


def test_the_register_is_part_of_what_people_agreed_to() -> None:
    entry: Any = PILOT["processing"]
    for name, value in entry.items():
        changed: Any = value + 1 if isinstance(value, int) else [*value, "x"]
        if isinstance(value, str):
            changed = value + " et plus"
        assert bool(_changes(None, {name: changed})) is (name != "contact"), name


def _served(sequence: int, pseudonym: str, at: Any, fact: str) -> RequestServedV2:
    line = ServedInPilot(
        pilot_id="alertes", arm="prevenu", status=200, count=1, bytes=1, seconds=0.1, first=at,
        last=at, pseudonym=pseudonym, fact=fact,
    )  # fmt: skip
    return RequestServedV2(replica="r", sequence=sequence, in_pilots=(line,))


async def _counted(lab: Lab, sequence: int, person: Visitor, fact: str = "board-watched") -> int:
    """The uses of everybody, after one more of that person."""
    status, own = await person.request_api("GET", "/personal-data")
    assert status == 200
    used = _served(sequence, own["pilots"][0]["pseudonym"], lab.clock.now(), fact)
    facts = PostgresFacts(lab.pool)
    await store_uses(used, facts=facts, counters=UsageMetrics(), clock=lab.clock)
    return int(await lab.pool.fetchval("SELECT count(*) FROM use"))


async def _agree_again(pilots: Lab, alice: Visitor, device: Visitor) -> None:
    """Alice agrees, on a page that lists what changed for her, and why."""
    mine = await alice.go("/participer/mes-participations")
    assert "L'essai a changé le" in mine.words
    # Who agreed on this device without an account, and is logged in now.
    device.who = SOMEBODY
    mixed = await device.go("/participer/mes-participations")
    assert "déconnectez-vous d'abord" in mixed.words
    assert AGAIN not in mixed.text
    device.who = ANONYMOUS
    # A later editorial amendment is not why it changed.
    await pilots.change(
        "POST",
        "/protocol/amendments",
        {"protocol": WIDER | {"indicators": WIDER["indicators"][::-1]}, "reason": "Une faute."},
    )
    offer = await alice.go(AGAIN)
    assert f"{PLACES} la date de fin qui peut participer" in offer.words
    assert "Suivre aussi les soins." in offer.words
    assert "Une faute." not in offer.words
    agreed = await alice.go(AGAIN, {**offer.hidden, "decision": "yes"})
    assert "vous participez à l'essai tel qu'il est maintenant" in agreed.words


async def test_a_wider_trial_counts_only_those_who_agreed_to_it(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    alice, device = Visitor(pilots, ALICE), Visitor(pilots)
    for person, code in zip((alice, device), await codes(pilots, 2), strict=True):
        await person.enrol(code)
    pilots.clock.advance(60)
    assert await _counted(pilots, 1, alice) == 1

    # Proposed: nothing changes yet, and the record says what is missing.
    proposal = {"protocol": WIDER, "reason": "Suivre aussi les soins."}
    body = (await pilots.change("POST", "/protocol/amendments", proposal)).json
    assert (body["protocol_version"], body["field"]) == (1, "mobilite")
    pending = (await pilots.request("GET", "/pilots/alertes/gates")).json["amendment"]
    assert len(pending["changes"]) == 4
    assert [each["evidence"] for each in pending["missing"]] == [
        "crnum_opinion",
        "smallest_effects",
    ]
    assert await _counted(pilots, 2, alice) == 2
    later = NOTICE | {"version": "2026-03-03"}
    now = await pilots.revision()
    refused = await pilots.request("POST", "/pilots/alertes/notices", later, who=HOLDER, at=now)
    assert (refused.status, refused.missing) == (409, ["crnum_opinion", "smallest_effects"])

    # In force with its notice: a health pilot, and nobody's consent covers it.
    opinion = {"opinion": "favorable", "motives": "Oui."}
    piece = (await pilots.change("POST", "/opinion", opinion, who=JUDGE)).json
    assert piece["protocol_version"] == 2
    await pilots.change("POST", "/effects")
    # A contact that is corrected meanwhile is no other text, and stays.
    await pilots.change("PUT", "", CORRECTED)
    await pilots.change("POST", "/notices", later, who=HOLDER)
    body = (await pilots.request("GET", "/pilots/alertes")).json
    assert (body["protocol_version"], body["field"]) == (2, "both")
    assert body["processing"]["contact"] == "autre@example.org"
    events = await pilots.pool.fetch("SELECT topic, value FROM outbox ORDER BY id")
    *_, one, two, pilot = [(row["topic"], row["value"] is None) for row in events]
    assert one == two == ("pilotes.consent.v1", True)
    assert pilot == ("pilotes.pilot.v1", False)
    pilots.clock.advance(60)
    assert await _counted(pilots, 3, alice, "notebook-opened") == 2
    assert await _counted(pilots, 4, device) == 2

    # A person who agrees to the new terms counts from then on; the other never.
    await _agree_again(pilots, alice, device)
    pilots.clock.advance(60)
    assert await _counted(pilots, 5, alice, "notebook-opened") == 3
    assert await _counted(pilots, 6, device, "notebook-opened") == 3
    records = (await alice.request_api("GET", "/participations/alertes/records"))[1]
    states = [[each["event_state"] for each in record["events"]] for record in records]
    assert states == [["given", "invalidated"], ["given"]]
    assert records[1]["pii_processing"]["purposes"][0]["lawful_basis"][1] == "GDPR 9(2)(a)"

    # A withdrawal erases what was counted under both.
    await alice.request_api("DELETE", "/participations/alertes")
    await device.go("/participer/mes-participations/alertes/retrait", {})
    assert await pilots.pool.fetchval("SELECT count(*) FROM use") == 0


async def test_an_opinion_is_about_one_text(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.change("POST", "/protocol/amendments", {"protocol": WIDER, "reason": "x"})
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.change("POST", "/effects")
    entry: Any = PILOT["processing"]
    more = {"protocol": WIDER, "reason": "x", "processing": entry | {"retention_days": 3000}}
    await pilots.change("POST", "/protocol/amendments", more)
    pending = (await pilots.request("GET", "/pilots/alertes/gates")).json["amendment"]
    assert "la durée de conservation" in pending["changes"]
    assert "porte sur un autre texte" in pending["missing"][0]["sentence"]


async def test_an_editorial_amendment_applies_at_once_under_the_same_consents(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots)
    await visitor.enrol(*await codes(pilots))
    labels = [each | {"label": each["label"] + " ?"} for each in PROTOCOL["indicators"]]
    body = {"protocol": PROTOCOL | {"indicators": labels}, "reason": "Une faute."}
    changed = (await pilots.change("POST", "/protocol/amendments", body)).json
    assert changed["protocol_version"] == 2
    mine = (await visitor.request_api("GET", "/participations"))[1]["participations"]
    assert (mine[0]["stands"], mine[0]["to_renew"]) == (True, False)


async def test_other_words_about_what_people_risk_need_a_new_consent(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots)
    await visitor.enrol(*await codes(pilots))
    await pilots.pool.execute(
        "INSERT INTO cohort (pilot_id, pseudonym, first_exposure, arm)"
        " SELECT pilot_id, pseudonym, given_at, 'prevenu' FROM consent"
    )
    same = NOTICE | {"version": "2026-03-03"}
    await pilots.change("POST", "/notices", same, who=HOLDER)
    assert (await visitor.request_api("GET", "/participations"))[1]["participations"][0]["stands"]
    await pilots.change("POST", "/notices", same | {"version": "x", "risks": "Tout."}, who=HOLDER)
    mine = (await visitor.request_api("GET", "/participations"))[1]["participations"]
    assert (mine[0]["stands"], mine[0]["to_renew"]) == (False, True)
    # What was seen of a harm is not erased by another wording.
    assert await pilots.pool.fetchval("SELECT count(first_exposure) FROM cohort") == 1
    stale = {"notice_version": "2026-02-20", "declared": ["age"]}
    status, refused = await visitor.request_api("POST", "/participations/alertes/renewal", stale)
    assert (status, "La notice a changé" in refused["detail"]) == (409, True)
    young = {"notice_version": "x", "declared": []}
    status, _ = await visitor.request_api("POST", "/participations/alertes/renewal", young)
    assert status == 400
    good = young | {"declared": ["age"]}
    assert (await visitor.request_api("POST", "/participations/alertes/renewal", good))[0] == 201
    assert (await visitor.request_api("POST", "/participations/alertes/renewal", good))[0] == 409


async def test_the_register_of_a_trial_changes_by_amendment_and_every_change_is_signed(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("opinion")
    entry: Any = PILOT["processing"]
    other = DRAFT | {"processing": entry | {"retention_days": 30}}
    await pilots.change("PUT", "", other)
    decisions = (await pilots.request("GET", "/pilots/alertes/decisions?limit=100")).json
    assert decisions["decisions"][-1]["kind"] == "processing_changed"
    # The notice says another duration than the register.
    answer = await pilots.request_stage("trial")
    assert "information_notice" in answer.missing
    assert "la durée de conservation" in answer.detail
    await pilots.change("PUT", "", DRAFT)
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.change("POST", "/effects", who=COORDINATOR)
    await pilots.change("POST", "/stage", {"to": "trial"})
    now = await pilots.revision()
    refused = await pilots.request("PUT", "/pilots/alertes", other, at=now)
    assert (refused.status, "par un amendement" in refused.detail) == (409, True)
    await pilots.change("PUT", "", CORRECTED)


def test_whatever_is_changed_only_words_and_order_change_without_people() -> None:
    """Random amendments: an editorial one leaves everything that people agreed to."""
    chance = Random(7)
    routes = [*PROTOCOL["routes"], "/carte", "/fhir", "/lignes"]
    substantial = 0
    for _ in range(150):
        changed = deepcopy(PROTOCOL)
        if chance.random() < 0.2:
            changed["routes"] = chance.sample(routes, chance.randint(1, 4))
        if chance.random() < 0.2:
            changed["ends_at"] = chance.choice(["2026-06-30T00:00:00Z", "2029-06-30T00:00:00Z"])
        if chance.random() < 0.2:
            changed["rules"] = {"minimum_age": chance.choice([None, 16, 18])}
        for each in changed["indicators"]:
            each["label"] = chance.choice([each["label"], "Autrement dit"])
            each["window_days"] += chance.choice([0, 0, 0, 7])
        chance.shuffle(changed["indicators"])
        found = _changes(changed, {"contact": "x"} if chance.random() < 0.1 else {})
        substantial += bool(found)
        before, after = ProtocolBody(**PROTOCOL).protocol(), ProtocolBody(**changed).protocol()
        same = (
            set(before.routes) == set(after.routes)
            and before.ends_at == after.ends_at
            and before.rules == after.rules
            and {(each.id, each.window_days) for each in before.indicators}
            == {(each.id, each.window_days) for each in after.indicators}
        )
        assert bool(found) is not same
    assert 40 < substantial < 150
