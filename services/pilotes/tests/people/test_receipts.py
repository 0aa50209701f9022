"""Receipts: signed, without a pseudonym, found by their code alone after the closing."""

import json
import re

from pilot_lab import SOMEBODY, Lab
from visitors import Visitor, codes

from pilotes.identity.domain.person import Person
from pilotes.people.domain.receipt import receipt_code, receipt_key

MINE, PROOF = "/participer/mes-participations/alertes", "/participer/preuve"
AFTER = ("trial", "evaluation", "generalise")


def test_a_key_is_of_one_code_in_one_pilot() -> None:
    own = receipt_key("A" * 24, "alertes")
    assert own == receipt_key("A" * 24, "alertes")
    others = [receipt_key("A" * 24, "carnet"), receipt_key("B" * 24, "alertes")]
    parts = {part for key in (own, *others) for part in (key.locator, key.secret)}
    assert len(parts) == 6
    assert receipt_code(b"s", Person(personal_code="A" * 24)) == "A" * 24
    assert receipt_code(b"s", Person("x")) != receipt_code(b"t", Person("x"))


async def close(pilots: Lab) -> None:
    for name, work in pilots.steps_by_stage():
        for method, path, body, who in work if name in AFTER else ():
            await pilots.change(method, path, body, who=who)


async def test_a_receipt_is_found_after_the_closing(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    code, *_ = await codes(pilots, uses=9)
    device, account, left = Visitor(pilots), Visitor(pilots, SOMEBODY), Visitor(pilots)
    for each in (device, account, left):
        await each.enrol(code)
    # Enrolled by a program, and never read the page that thanks.
    unread = Visitor(pilots)
    notice = (await unread.go(f"/participer/c/{code}")).notice_read
    body = {"code": code, "declared": ["age"], **notice}
    assert (await unread.request_api("POST", "/participations", body))[0] == 201
    (personal_code,) = device.cookies.values()
    (erased_code,) = left.cookies.values()
    (issued,) = (await device.request_api("GET", "/participations/alertes/receipts"))[1]
    assert pilots.signer.read(issued["jws"]) == issued["receipt"]
    (record,) = (await device.request_api("GET", "/participations/alertes/records"))[1]
    words = json.dumps(issued)
    assert record["pii_principal_id"] not in words
    assert record["record_id"] not in words
    assert issued["receipt"]["dpv"]["rights"][4].endswith("#A18")
    assert "Aucune preuve" in (await device.go(PROOF, {"code": personal_code})).words
    proof_code = (await account.go(MINE)).personal_code
    # The copy of who withdraws is renewed; none is made for who has none.
    assert (await account.request_api("DELETE", "/participations/alertes"))[0] == 200
    await unread.go(f"{MINE}/retrait", {})
    await left.go("/participer/effacement", {})
    await close(pilots)
    # What the database has leads to nobody, and opens nothing.
    assert await pilots.pool.fetchval("SELECT count(*) FROM receipt") == 2
    for wrong in ("abc", "0" * 24, erased_code):
        page = await device.go(PROOF, {"code": wrong})
        assert page.status == 400
        assert "par exemple 7K3M-9QXT" in page.words
    for each, ended in ((personal_code, False), (proof_code.lower(), True)):
        page = await Visitor(pilots).go(PROOF, {"code": each})
        assert "Être prévenu avant de partir" in page.words
        assert re.search(r"Donné le \d+(er)? [a-zéû]+ 20\d\d", page.words)
        assert ("Retiré le " in page.words) is ended
        wanted = {"code": each, "pilot_id": "alertes", "action": "download"}
        (found,) = json.loads((await Visitor(pilots).go(PROOF, wanted)).text)
        assert pilots.signer.read(found["jws"]) == found["receipt"]
    status, found = await device.request_api(
        "POST", "/participations/receipts", {"code": personal_code}
    )
    assert (status, [each["pilot_id"] for each in found]) == (200, ["alertes"])
    erase = {"code": personal_code, "pilot_id": "alertes", "action": "erase"}
    assert "est effacée" in (await device.go(PROOF, erase)).words
    assert (await device.go(PROOF, {"code": personal_code})).status == 400
