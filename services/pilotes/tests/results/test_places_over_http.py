"""A trial that draws places, from the question at the enrolment to its one look."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, PROTOCOL, Lab
from trial_people import ARM, CONTROL, PILOT, leave, take_part
from visitors import Visitor, codes

QUESTION = "Quel est votre cabinet ?"
PLACES = [{"code": f"cabinet-{at}", "label": f"Cabinet {at}"} for at in range(12)]
BY_PLACE: dict[str, Any] = PROTOCOL | {
    "planned_per_arm": 120,
    "design": {"kind": "cluster", "question": QUESTION, "places": PLACES},
}


async def arms_of_places(lab: Lab) -> dict[str, str]:
    """By place, the arm that the gateway received."""
    event = (await lab.pilot_events())[-1]
    assert event is not None
    return {each["code"]: each["arm"] for each in event["places"]}


async def figures(lab: Lab, who: tuple[str, str] = ANONYMOUS) -> Any:
    answer = await lab.request("GET", f"/pilots/{PILOT}/indicators", who=who)
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_person_states_their_place_once(pilots: Lab) -> None:
    await pilots.reach_stage("trial", protocol=BY_PLACE)
    drawn = await arms_of_places(pilots)
    assert Counter(drawn.values()) == {CONTROL: 6, ARM: 6}
    code, other = await codes(pilots, 2)
    visitor = Visitor(pilots)
    offer = await visitor.go(f"/participer/c/{code}")
    for words in (QUESTION, "Choisissez", "Cabinet 11", "Le tirage au sort se fait par lieu"):
        assert words in offer.words
    for place in ("", "cabinet-99", "cabinet-1' --"):
        refused = await visitor.enrol(code, place=place)
        assert refused.status == 400
        assert f"Choisissez une réponse : « {QUESTION} ». Rien" in refused.words
    assert (await visitor.enrol(code, place="cabinet-3")).title == "Vous participez"
    mine = await visitor.go(f"/participer/mes-participations/{PILOT}")
    assert "Votre lieu, pour le tirage au sort : Cabinet 3" in mine.words
    code_of_another = await _joins_with_the_code_of_a_place(pilots, drawn)
    # Who withdraws and comes back keeps their place: no one chooses their arm, by a code either.
    await visitor.request_api("DELETE", f"/participations/{PILOT}")
    refused = await visitor.enrol(code_of_another)
    assert "Vous avez déjà participé à « Cabinet 3 » : votre lieu ne change pas." in refused.words
    form = {**offer.notice_read, "code": other, "declared": ["age"], "place": "cabinet-4"}
    status, body = await visitor.request_api("POST", "/participations", form)
    assert (status, body["rule"]) == (400, "place_differs")
    status, body = await visitor.request_api(
        "POST", "/participations", form | {"place": "cabinet-3"}
    )
    assert (status, body["periods"][-1]["place"]) == (201, "cabinet-3")
    rows = await pilots.pool.fetch(
        "SELECT value FROM outbox WHERE topic = 'pilotes.consent.v1' ORDER BY id"
    )
    assert [json.loads(row["value"])["place"] for row in rows] == [
        "cabinet-3",
        "cabinet-7",
        "cabinet-3",
        "cabinet-3",
    ]


async def _joins_with_the_code_of_a_place(pilots: Lab, drawn: Mapping[str, str]) -> str:
    """A code can carry its place: nothing is asked then, and no other place is chosen. Returns the
    code, of cabinet-7, which can be used once more."""
    unknown = {"label": "Lettres", "place": "cabinet-99"}
    path = f"/pilots/{PILOT}/invitations"
    assert (await pilots.request("POST", path, unknown, who=HOLDER)).status == 400
    coordinator = Visitor(pilots, COORDINATOR)
    address = f"/lab/pilotes/{PILOT}/invitations"
    form = (await coordinator.go(address)).hidden
    order = {**form, "label": "Lettres", "count": "1", "uses": "3", "days": "9"}
    sheet = await coordinator.go(address, {**order, "place": "cabinet-7"})
    assert "Pour les personnes de : Cabinet 7" in sheet.words
    assert drawn["cabinet-7"] not in sheet.text
    anybody = await coordinator.go(address, order)
    assert anybody.personal_code
    assert "Pour les personnes de" not in anybody.words
    visitor = Visitor(pilots)
    offer = await visitor.go(f"/participer/c/{sheet.personal_code}")
    assert "Votre code est celui de : Cabinet 7. Le tirage au sort se fait par lieu" in offer.words
    assert "Votre lieu est gardé avec votre accord" in offer.words
    assert QUESTION not in offer.words
    _, body = await visitor.request_api("GET", f"/participations/offers/{sheet.personal_code}")
    assert (body["place_question"], body["places"]) == (
        "",
        [{"code": "cabinet-7", "label": "Cabinet 7"}],
    )
    other = await visitor.enrol(sheet.personal_code, place="cabinet-8")
    assert "on ne choisit pas un autre lieu" in other.words
    assert (await visitor.enrol(sheet.personal_code)).title == "Vous participez"
    await _has_the_same_place_while_a_signature_is_awaited(pilots, sheet.personal_code)
    return sheet.personal_code


async def _has_the_same_place_while_a_signature_is_awaited(pilots: Lab, code: str) -> None:
    """Neither another code, known or not, nor a choice changes the place then."""
    person = Visitor(pilots)
    offer = await person.go(f"/participer/c/{code}")
    form = {**offer.hidden, "declared": "age", "decision": "yes", "capacity": "represented"}
    await person.go(f"/participer/c/{code}", form)
    (other,) = await codes(pilots, pilot=PILOT)
    again = await person.go(f"/participer/c/{code}")
    assert "Votre code est celui de : Cabinet 7." in again.words
    for sent in (code, other, "AAAAA-AAAAA"):
        await person.go(f"/participer/c/{sent}", form | {"place": "cabinet-8"})
        again = await person.go(f"/participer/c/{sent}", form)
        assert again.title == "Il manque une signature"
    places = await pilots.pool.fetch("SELECT place FROM joint_consent WHERE pending")
    assert [each["place"] for each in places] == ["cabinet-7"]


async def test_a_trial_by_places_is_read_once_at_its_end(pilots: Lab) -> None:
    """Twenty people of each place; on the arm the share of those who watched is 20 points more."""
    await pilots.reach_stage("trial", protocol=BY_PLACE)
    drawn = await arms_of_places(pilots)
    people, places = [], []
    for at in range(20 * len(PLACES)):
        place = PLACES[at % len(PLACES)]["code"]
        watched = at // len(PLACES) % 10 < (7 if drawn[place] == ARM else 5)
        people.append((drawn[place], int(watched)))
        places.append(place)
    await take_part(pilots, people, since=pilots.clock.now(), places=places)
    pilots.clock.advance(60 * 86_400)
    early = await figures(pilots, COORDINATOR)
    assert {each["status"] for each in early["indicators"]} == {"hidden"}
    assert early["people"] == {CONTROL: 0, ARM: 0}
    page = (await Visitor(pilots, COORDINATOR).go(f"/lab/pilotes/{PILOT}")).words
    assert "Toutes les personnes d'un même lieu ont été dans le même groupe" not in page
    assert "il vient une fois l'essai fini" in page
    report = (await pilots.request("GET", f"/pilots/{PILOT}/report", who=COORDINATOR)).body.decode()
    assert "lieux qui sont tirés au sort" in report
    assert "est lu une seule fois, à sa fin" in report
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    pilots.clock.advance(2 * 3_600)
    seen = await figures(pilots)
    arm, control = (
        next(each for each in seen["indicators"] if each["arm"] == name) for name in (ARM, CONTROL)
    )
    assert seen["people"] == {CONTROL: 120, ARM: 120}
    assert seen["sound_sentence"] == (
        "Toutes les personnes d'un même lieu ont été dans le même groupe."
    )
    assert [arm[name] for name in ("value", "difference", "difference_low", "difference_high")] == [
        0.7,
        0.2,
        0.05,
        0.35,
    ]
    assert (arm["verdict"], arm["p"]) == ("favorable", 0.01)
    page = (await Visitor(pilots, COORDINATOR).go(f"/lab/pilotes/{PILOT}")).words
    assert "Toutes les personnes d'un même lieu ont été dans le même groupe" in page
    assert "calculé sur les moyennes des lieux" in page
    assert "valable à tout moment" not in page
    assert (control["low"], control["once_low"], control["difference"]) == (None, None, None)
    # A withdrawal removes a batch; nobody else is added, so that nothing is looked at again.
    await leave(pilots, 5, at=pilots.clock.now())
    pilots.clock.advance(2 * 3_600)
    after = await figures(pilots)
    assert 0 < sum(after["people"].values()) <= 240 - 2 * after["k"]
    late = pilots.clock.now() - timedelta(days=50)
    await take_part(pilots, people[:24], since=late, first=900, places=places[:24])
    pilots.clock.advance(2 * 3_600)
    assert (await figures(pilots))["people"] == after["people"]


async def test_a_place_with_people_on_two_arms_concludes_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("trial", protocol=BY_PLACE)
    await take_part(
        pilots,
        [(CONTROL, 1), (ARM, 0)] * 3,
        since=pilots.clock.now(),
        places=["cabinet-1"] * 6,
    )
    pilots.clock.advance(60 * 86_400)
    body = await figures(pilots, COORDINATOR)
    assert body["sound"] is False
    assert "Des personnes d'un même lieu ont été dans deux groupes" in body["sound_sentence"]
