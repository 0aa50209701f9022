"""Participations: listed, withdrawn, exported, found again on another device, erased."""

import json

from pilot_lab import NOTICE, Lab
from visitors import Visitor, codes

ALICE = ("traveller", "alice")
MINE = "/participer/mes-participations"


async def consent_announcements(lab: Lab) -> list[tuple[str, bool | None]]:
    """What is announced to the gateway: the key, and whether the consent stands; None: erased."""
    rows = await lab.pool.fetch(
        "SELECT key, value FROM outbox WHERE topic = 'pilotes.consent.v1' ORDER BY id"
    )
    return [
        (row["key"], "withdrawn_at" not in json.loads(row["value"]) if row["value"] else None)
        for row in rows
    ]


async def test_withdrawing_is_two_taps_without_a_reason_and_again_is_no_error(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    await visitor.enrol(code)
    pilots.clock.advance(3600)
    mine = await visitor.go(MINE)
    assert "Vous participez depuis le 2 mars 2026 à 9 h 00." in mine.words
    assert f'href="{MINE}/alertes/retrait"' in mine.text
    question = await visitor.go(f"{MINE}/alertes/retrait")
    assert question.title == "Arrêter de participer à « Être prévenu avant de partir » ?"
    done = await visitor.go(f"{MINE}/alertes/retrait", {})
    assert "C'est fait : vous ne participez plus." in done.words
    assert "Vous avez participé du 2 mars 2026 à 9 h 00 au 2 mars 2026 à 10 h 00." in done.words
    assert "retrait" not in done.text.partition('<ul class="choix"')[2]
    assert (await visitor.go(f"{MINE}/alertes/retrait", {})).status == 200
    (before, key), (after, same) = [
        (stands, key) for key, stands in await consent_announcements(pilots)
    ]
    assert (before, after, key == same) == (True, False, True)


async def test_no_one_withdraws_or_reads_for_another(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    one, two = await codes(pilots, 2)
    visitor, alice = Visitor(pilots), Visitor(pilots, ALICE)
    await visitor.enrol(one)
    await alice.enrol(two)
    strangers = (
        Visitor(pilots, ("traveller", "bob")),
        Visitor(pilots),
        Visitor(pilots, cookies={"__Host-participant": "0" * 24}),
        Visitor(pilots, cookies={"__Host-participant": "alice"}),
        # A cookie never acts for an account, whatever it contains.
        Visitor(pilots, cookies={"__Host-participant": visitor.cookies["__Host-participant"][:23]}),
    )
    for stranger in strangers:
        # 409 with an account: the form does not say that its page was opened with it.
        assert (await stranger.go(f"{MINE}/alertes/retrait", {})).status in (404, 409)
        assert (await stranger.go(f"{MINE}/alertes")).status == 404
        assert "Aucune participation n'est connue" in (await stranger.go(MINE)).words
        assert (await stranger.request_api("GET", "/participations"))[1] == {"participations": []}
        assert (await stranger.request_api("GET", "/personal-data"))[1]["pilots"] == []
        assert (await stranger.request_api("DELETE", "/personal-data"))[1] == {"pilots": 0}
    assert [stands for _, stands in await consent_announcements(pilots)] == [True, True]


async def test_the_consent_record_and_all_personal_data_are_exported(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.reach_stage("trial", "carnet")
    one = (await codes(pilots, uses=2))[0]
    other = (await codes(pilots, pilot="carnet"))[0]
    visitor = Visitor(pilots)
    for code in (one, other):
        await visitor.enrol(code)
    await visitor.request_api("DELETE", "/participations/alertes")
    pilots.clock.advance(60)
    await visitor.enrol(one)
    page = await visitor.go(f"{MINE}/alertes")
    assert NOTICE["asked"] in page.words
    assert "consentement.json" in page.text
    file = await visitor.go(f"{MINE}/alertes/consentement.json")
    assert "attachment" in file.headers["content-disposition"]
    former, record = json.loads(file.text)
    assert record["schema_version"] == "ISO/IEC TS 27560:2023"
    assert record["pii_processing"]["privacy_notice"]["version"] == NOTICE["version"]
    assert [each["event_state"] for each in former["events"]] == ["given", "withdrawn"]
    assert [each["event_state"] for each in record["events"]] == ["given"]
    (purpose,) = record["pii_processing"]["purposes"]
    assert purpose["withdrawal_method"] == f"https://lab.example{MINE}"
    assert (await visitor.request_api("GET", "/participations/alertes/records"))[1] == [
        former,
        record,
    ]
    everything = json.loads((await visitor.go("/participer/mes-donnees.json")).text)
    assert [each["pilot_id"] for each in everything["pilots"]] == ["alertes", "carnet"]
    assert everything["pilots"][0]["consent_records"] == [former, record]
    # One person, with another pseudonym in each pilot.
    pseudonyms = {each["pseudonym"] for each in everything["pilots"]}
    assert len(pseudonyms) == 2
    assert visitor.cookies["__Host-participant"] not in json.dumps(everything)


async def test_who_comes_back_on_another_device_is_known_by_their_code(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    one, two = await codes(pilots, 2)
    first, second = Visitor(pilots), Visitor(pilots)
    personal = (await first.enrol(one)).personal_code
    lost = await second.go(MINE)
    assert "J'ai un code personnel" in lost.words
    for wrong, status in ((personal[:-1], 400), ("0" * 24, 400), ("", 400)):
        page = await second.go("/participer/retour", {"code": wrong})
        assert page.status == status
        assert second.cookies == {}
    typed = personal.lower().replace("-", " ")
    back = await second.go("/participer/retour", {"code": typed})
    assert "Cet appareil vous connaît de nouveau." in back.words
    assert second.cookies == first.cookies
    assert (await second.go(f"{MINE}/alertes/retrait", {})).status == 200
    assert "Vous ne participez plus" in (await first.go(MINE)).words
    # A device shared with another person does not lose them.
    shared = Visitor(pilots)
    await shared.enrol(two)
    cookies_before = dict(shared.cookies)
    page = await shared.go("/participer/retour", {"code": personal})
    assert "connaît déjà une autre personne" in page.words
    assert shared.cookies == cookies_before
    assert "ne vous connaît plus" in (await shared.go("/participer/oublier", {})).words
    assert shared.cookies == {}
    assert (await shared.go("/participer/retour", {"code": personal})).status == 200


async def test_who_took_part_by_device_and_logs_in_sees_and_stops_both(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.reach_stage("trial", "carnet")
    one, two = await codes(pilots, 2)
    third = (await codes(pilots, pilot="carnet"))[0]
    visitor = Visitor(pilots)
    await visitor.enrol(one)
    await visitor.enrol(third)
    # Under the account they are another subject until they agree again (decision 22), which they
    # can.
    alice = Visitor(pilots, ALICE, dict(visitor.cookies))
    await alice.enrol(two)
    _, listed = await alice.request_api("GET", "/participations")
    assert len(listed["participations"]) == 3
    page = await alice.go(f"{MINE}/alertes/retrait")
    await alice.go(f"{MINE}/alertes/retrait", page.hidden)
    assert await pilots.pool.fetch("SELECT pilot_id FROM consent WHERE withdrawn_at IS NULL") == [
        ("carnet",)
    ]


async def test_what_a_device_did_without_the_account_is_marked(pilots: Lab) -> None:
    """A shared device: somebody takes part without an account, another person logs in."""
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    device = Visitor(pilots)
    await device.enrol(code)
    alice = Visitor(pilots, ALICE, device.cookies)
    marked = "Accepté sur cet appareil, sans votre compte"
    assert marked in (await alice.go(MINE)).words
    assert marked not in (await device.go(MINE)).words
    warning = "accepté sur cet appareil sans votre compte est effacé aussi"
    assert warning in (await alice.go("/participer/effacement")).words
    assert warning not in (await device.go("/participer/effacement")).words


async def test_who_wants_to_be_forgotten_is_everywhere(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.reach_stage("trial", "carnet")
    visitor, alice = Visitor(pilots), Visitor(pilots, ALICE)
    for pilot in ("alertes", "carnet"):
        one, two = await codes(pilots, 2, pilot=pilot)
        await visitor.enrol(one)
        await alice.enrol(two)
    assert (await visitor.go("/participer/effacement")).title == "Tout effacer ?"
    done = await visitor.go("/participer/effacement", {})
    assert "plus rien n'est gardé sur vous" in done.words
    assert visitor.cookies == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 2
    assert [stands for _, stands in (await consent_announcements(pilots))[-2:]] == [None, None]
    assert (await alice.request_api("DELETE", "/personal-data")) == (200, {"pilots": 2})
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0


async def test_once_a_pilot_is_closed_no_one_is_found_in_it(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    await visitor.enrol(code)
    for name, work in pilots.steps_by_stage():
        if name in ("trial", "evaluation", "generalise"):
            for method, path, body, who in work:
                await pilots.change(method, path, body, who=who)
    gone = await visitor.go(f"{MINE}/alertes/retrait", {})
    assert (gone.status, "plus rien ne permet d'y retrouver" in gone.words) == (410, True)
    assert "Aucune participation n'est connue" in (await visitor.go(MINE)).words
