"""Consents that two people sign: nothing before both, and either ends it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from people_world import ALICE, BOB, NOW, PeopleWorld, agreement, later, notice, open_people
from pilot_lab import HOLDER, NOTICE, Lab
from visitors import Visitor, codes

from pilotes.people.domain.capacity import Capacity, JointCapacity, Mandate
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.ports import NewConsent
from pilotes.record.adapters.notice_store import insert_notice
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.postgres import open_pool, transaction

WHO = ("alertes", ALICE)
AFTER = ("trial", "evaluation", "generalise")
PARENT, GUARDIAN = Mandate("parent"), Mandate("guardian")


@pytest_asyncio.fixture
async def people(postgres_url: str, manual_clock: ManualClock) -> AsyncIterator[PeopleWorld]:
    async with open_pool(postgres_url, application_name="test") as pool:
        world = open_people(pool, manual_clock)
        await world.pilot("alertes")
        yield world


def as_child(capacity: JointCapacity = "child", **changes: object) -> NewConsent:
    return agreement(*WHO, capacity=Capacity(capacity), **changes)


async def begin(people: PeopleWorld, capacity: JointCapacity = "child") -> JointConsent:
    return await people.joints.begin(as_child(capacity), await people.code("alertes"))


async def test_a_child_takes_part_once_a_parent_signed_too_and_either_ends_it(
    people: PeopleWorld,
) -> None:
    joint = await begin(people)
    assert joint.pending
    assert await people.consents.list_of([WHO]) == []
    assert await people.consent_events() == []
    assert await people.joints.find(joint.code) == joint
    assert await people.joints.find("0" * 24) is None
    consent = await people.joints.sign(joint, PARENT, later(60))
    assert consent.given_at == later(60)
    assert consent.capacity == Capacity("child", None, PARENT)
    assert await people.consents.list_of([WHO]) == [consent]
    # The parent withdraws: for good, since the child alone cannot begin again.
    ended = await people.consents.withdraw(WHO, later(120), by_second_signer=True)
    assert ended is not None
    assert ended.withdrawn_at == later(120)
    assert people.erased == [WHO]
    for capacity in ("self", "represented"):
        again = agreement(*WHO, later(180), capacity=Capacity(capacity))
        give = people.consents.give if capacity == "self" else people.joints.begin
        with pytest.raises(Refusal, match="celui d'un parent"):
            await give(again, await people.code("alertes"))
    # Nor can the parent alone.
    with pytest.raises(Refusal, match="n'est plus attendue"):
        await people.joints.sign(joint, PARENT, later(180))
    again = await begin(people)
    assert again.code == joint.code
    assert (await people.joints.sign(again, PARENT, later(240))).active
    # The child withdraws.
    ended = await people.consents.withdraw(WHO, later(300))
    assert ended is not None
    assert ended.ended


async def test_both_sign_the_same_text_and_a_signature_is_awaited_once(
    people: PeopleWorld,
) -> None:
    joint = await begin(people)
    await insert_notice(people.pool, notice("alertes", "2"), at=later(1), by="c-1")
    with pytest.raises(Refusal, match="vient de changer"):
        await people.joints.sign(joint, PARENT, later(2))
    # The child reads the new text and signs again, without another code.
    newer = await people.joints.begin(as_child(notice_version="2"), None)
    with pytest.raises(Refusal):
        await people.joints.sign(joint, PARENT, later(3))
    signed = await asyncio.gather(
        *(people.joints.sign(newer, PARENT, later(4)) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, Refusal) for each in signed) == 2, signed
    assert len(await people.consent_events()) == 1
    with pytest.raises(Refusal, match="participez déjà"):
        await people.joints.begin(as_child(notice_version="2"), None)


async def test_a_person_who_decides_alone_is_alone_to_stop(people: PeopleWorld) -> None:
    joint = await begin(people, "represented")
    # They decide themselves after all: their code was used when they began.
    alone = await people.consents.give(agreement(*WHO), None)
    with pytest.raises(Refusal, match="n'est plus attendue"):
        await people.joints.sign(joint, GUARDIAN, later(10))
    with pytest.raises(Refusal, match="elle seule peut l'arrêter"):
        await people.consents.withdraw(WHO, later(20), by_second_signer=True)
    assert await people.consents.list_of([WHO]) == [alone]
    # A guardian who refuses to sign leaves what lapsed as it is.
    async with transaction(people.pool) as connection:
        await lapse_consents(connection, "alertes", later(30), None)
    await people.joints.begin(as_child("represented"), None)
    lapsed = await people.consents.withdraw(WHO, later(40), by_second_signer=True)
    assert lapsed is not None
    assert lapsed.to_renew
    assert people.erased == []


async def test_what_a_child_accepted_alone_ends_when_a_parent_refuses(people: PeopleWorld) -> None:
    """They state their age only as they agree again."""
    await people.consents.give(agreement(*WHO), await people.code("alertes"))
    async with transaction(people.pool) as connection:
        await lapse_consents(connection, "alertes", later(30), None)
    joint = await people.joints.begin(as_child(), None)
    ended = await people.consents.withdraw(WHO, later(40), by_second_signer=True)
    assert ended is not None
    assert ended.ended
    assert people.erased == [WHO]
    assert not (await people.joints.list_of([WHO]))[0].pending
    assert (await people.joints.find(joint.code)) is not None


async def test_who_is_named_to_judge_is_not_awaited_and_an_erased_person_is_unknown(
    people: PeopleWorld,
) -> None:
    joint = await begin(people)
    async with transaction(people.pool) as connection:
        await lapse_consents(connection, "alertes", NOW, bytes.fromhex(ALICE))
    with pytest.raises(Refusal, match="n'est plus attendue"):
        await people.joints.sign(joint, PARENT, later(1))
    await people.consents.erase(WHO)
    assert await people.joints.find(joint.code) is None
    assert await people.joints.list_of([WHO, ("alertes", BOB)]) == []


async def test_a_guardian_signs_on_the_page_and_a_parent_has_no_pilot_for_adults(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    code, other = await codes(pilots, 2)
    person, guardian = Visitor(pilots), Visitor(pilots)
    offer = await person.go(f"/participer/c/{code}")
    assert "J'ai moins de 15 ans" not in offer.words
    fields = {**offer.hidden, "declared": "age", "decision": "yes", "capacity": "child"}
    refused = await person.go(f"/participer/c/{code}", fields)
    assert "réservé aux personnes de 18 ans" in refused.words
    waiting = await person.go(f"/participer/c/{code}", fields | {"capacity": "represented"})
    assert waiting.title == "Il manque une signature"
    signer_code = waiting.personal_code
    assert "il manque une signature" in (await person.go("/participer/mes-participations")).words
    # Their paper leads to the offer again, though its code was used.
    assert (await person.go(f"/participer/c/{code}")).hidden == offer.hidden
    page = await guardian.go("/participer/signature", {"code": "ABCD", "action": "read"})
    assert (page.status, page.title) == (400, "Signer avec quelqu'un, ou pour quelqu'un")
    assert "par exemple 7K3M-9QXT" in page.words
    read = await guardian.go("/participer/signature", {"code": signer_code, "action": "read"})
    assert NOTICE["risks"] in read.words
    signature = {**read.hidden, "action": "sign", "mandate": "guardian", "scope": "person"}
    for wrong, sentence in (
        ({"mandate": ""}, "Dites à quel titre vous signez"),
        ({"scope": "property"}, "biens seulement"),
        ({"ends_on": "31/12"}, "par exemple 31/12/2027"),
        ({"ends_on": "01/06/2026"}, "avant la fin de l'essai, le 30 juin 2026"),
        ({"ends_on": "2026-06-01"}, "avant la fin de l'essai, le 30 juin 2026"),
    ):
        page = await guardian.go("/participer/signature", signature | wrong)
        assert page.status == 400
        assert sentence in page.words, page.words
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0
    done = await guardian.go("/participer/signature", signature | {"ends_on": "2030-12-31"})
    assert "les deux signatures sont là" in done.words
    assert guardian.cookies == {}
    (mine,) = (await person.request_api("GET", "/participations"))[1]["participations"]
    assert (mine["stands"], mine["periods"][0]["capacity"]) == (True, "represented")
    (record,) = (await person.request_api("GET", "/participations/alertes/records"))[1]
    assert record["events"][0]["co_signatory"] == "guardian"
    # The code also shows what was signed, and ends it.
    state = await guardian.go("/participer/signature", {"code": signer_code, "action": "read"})
    assert "Vous avez signé" in state.words
    await guardian.go("/participer/signature", {**state.hidden, "action": "withdraw"})
    (mine,) = (await person.request_api("GET", "/participations"))[1]["participations"]
    assert not mine["stands"]
    # By a program, and by a person who is alone to decide.
    body = {"code": other, "declared": ["age"], "capacity": "represented", **offer.notice_read}
    status, joined = await Visitor(pilots).request_api("POST", "/participations", body)
    assert (status, joined["periods"], joined["stands"]) == (201, [], False)
    key = {"code": joined["awaited"]["code"]}
    path = "/participations/signatures"
    status, opened = await guardian.request_api("POST", f"{path}/offer", key)
    assert (status, opened["notice"]["risks"]) == (200, NOTICE["risks"])
    signed = key | {"notice_version": opened["notice_version"], "mandate": "guardian"}
    assert (await guardian.request_api("POST", path, signed))[0] == 201
    assert (await guardian.request_api("POST", path, signed))[0] == 409
    assert (await guardian.request_api("POST", f"{path}/withdrawal", key))[0] == 204


async def test_a_second_signer_stops_where_no_one_can_sign(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    address, again = "/participer/signature", "/participer/mes-participations/alertes/nouvel-accord"
    signer_codes = []
    for code, alone in zip(await codes(pilots, 2), (False, True), strict=True):
        person, guardian = Visitor(pilots), Visitor(pilots)
        offer = await person.go(f"/participer/c/{code}")
        yes = {"declared": "age", "decision": "yes"}
        joint = yes | {"capacity": "represented"}
        page = await person.go(f"/participer/c/{code}", offer.hidden | (yes if alone else joint))
        if not alone:
            read = await guardian.go(address, {"code": page.personal_code})
            signature = {"action": "sign", "mandate": "guardian", "scope": "person"}
            await guardian.go(address, read.hidden | signature)
        version = f"2026-03-0{3 + alone}"
        await pilots.change(
            "POST", "/notices", NOTICE | {"version": version, "risks": version}, who=HOLDER
        )
        renewal = await person.go(again)
        signer_codes.append((await person.go(again, renewal.hidden | joint)).personal_code)
    await pilots.change("POST", "/pause", {"reason": "Une panne."})
    signed, accepted = [await Visitor(pilots).go(address, {"code": each}) for each in signer_codes]
    assert "Vous avez signé" in signed.words
    assert "l'essai a changé" in signed.words.lower()
    assert "est en pause" in accepted.words
    assert "Vous pouvez refuser dès maintenant" in accepted.words
    for page, sentence in ((signed, "effacé des résultats"), (accepted, "refus est enregistré")):
        done = await Visitor(pilots).go(address, page.hidden | {"action": "withdraw"})
        assert sentence in done.words, done.words
    ended = await pilots.pool.fetch("SELECT withdrawn_at FROM consent ORDER BY consent_id")
    assert [each["withdrawn_at"] is not None for each in ended] == [True, False]
    assert (
        "aucune signature n'est attendue"
        in (await Visitor(pilots).go(address, accepted.hidden)).words
    )


async def test_a_participant_stops_waiting_and_no_code_outlives_the_pilot(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots, uses=2)
    person = Visitor(pilots)
    offer = await person.go(f"/participer/c/{code}")
    fields = {**offer.hidden, "declared": "age", "decision": "yes", "capacity": "represented"}
    signer_code = (await person.go(f"/participer/c/{code}", fields)).personal_code
    retrait = "/participer/mes-participations/alertes/retrait"
    assert (await person.go(retrait)).status == 200
    assert (await person.go(retrait, {})).status == 200
    read = await Visitor(pilots).go("/participer/signature", {"code": signer_code})
    assert "aucune signature n'est attendue" in read.words
    page = await person.go(f"/participer/c/{code}", fields)
    assert page.personal_code == signer_code
    await pilots.change(
        "POST", "/notices", NOTICE | {"version": "2026-03-03", "risks": "Un."}, who=HOLDER
    )
    read = await Visitor(pilots).go("/participer/signature", {"code": signer_code})
    assert "Elle relit d'abord" in read.words
    await pilots.pool.execute("INSERT INTO drawn_people VALUES ('alertes', '', 1)")
    for name, work in pilots.steps_by_stage():
        for method, path, body, who in work if name in AFTER else ():
            await pilots.change(method, path, body, who=who)
    closed = await Visitor(pilots).go("/participer/signature", {"code": signer_code})
    assert "Aucune signature ne correspond à ce code" in closed.words
    # Nor how many people were drawn, in a trial of permuted blocks.
    assert await pilots.pool.fetchval("SELECT count(*) FROM drawn_people") == 0
