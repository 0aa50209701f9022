"""A stepped wedge, from the protocol to its one look: places switch at drawn dates."""

from datetime import timedelta
from typing import Any

from pilot_lab import ANONYMOUS, COORDINATOR, PROTOCOL, Lab
from trial_people import ARM, CONTROL, PILOT, take_part
from visitors import Visitor, codes

DAYS = 30
"""Of a period."""
PLACES = [{"code": f"cabinet-{at}", "label": f"Cabinet {at}"} for at in range(8)]


def wedge(lab: Lab) -> dict[str, Any]:
    """A protocol with four periods, the first of which began before now."""
    at = [lab.clock.now() + timedelta(days=DAYS * number) for number in (1, 2, 3, 4)]
    return PROTOCOL | {
        "planned_per_arm": 160,
        "indicators": PROTOCOL["indicators"][:1],
        "ends_at": at.pop().isoformat(),
        "design": {
            "kind": "stepped_wedge",
            "question": "Quel est votre cabinet ?",
            "places": PLACES,
            "switches": [each.isoformat() for each in at],
        },
    }


async def switches(lab: Lab) -> dict[str, int]:
    """By place, the number of the period in which it switches, as the gateway received it."""
    event = (await lab.pilot_events())[-1]
    assert event is not None
    dates = sorted({each["switches"][0]["at"] for each in event["places"]})
    return {each["code"]: 1 + dates.index(each["switches"][0]["at"]) for each in event["places"]}


async def enrol_people(lab: Lab) -> None:
    """Ten people of each place in each period. What they do rises by a tenth with each period, and
    by four tenths in a place that has switched."""
    dates = await switches(lab)
    begin = lab.clock.now()
    for period in range(4):
        people, places = [], []
        for number, place in enumerate(dates):
            on_arm = period >= dates[place]
            share = 2 + period + 4 * on_arm + number % 2
            people += [(ARM if on_arm else CONTROL, int(at < share)) for at in range(10)]
            places += [place] * 10
        since = begin + timedelta(days=DAYS * period + 1)
        await take_part(lab, people, since=since, first=1_000 * period, places=places)


async def figures(lab: Lab, who: tuple[str, str] = ANONYMOUS) -> Any:
    answer = await lab.request("GET", f"/pilots/{PILOT}/indicators", who=who)
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_wedge_is_read_once_at_its_end(pilots: Lab) -> None:
    await pilots.reach_stage("trial", protocol=wedge(pilots))
    assert sorted((await switches(pilots)).values()) == [1, 1, 1, 2, 2, 2, 3, 3]
    (code,) = await codes(pilots, 1)
    offer = await Visitor(pilots).go(f"/participer/c/{code}")
    assert "il change à une date tirée au sort" in offer.words
    assert "Votre lieu est gardé avec votre accord" in offer.words
    person = Visitor(pilots)
    await person.enrol(code, place="cabinet-0")
    agreed = await person.go(f"/participer/mes-participations/{PILOT}")
    assert "il change à une date tirée au sort" in agreed.words
    await enrol_people(pilots)
    # Nobody counts who is observed across a date, whichever place it is drawn for.
    across = pilots.clock.now() + timedelta(days=DAYS - 7)
    await take_part(
        pilots, [(CONTROL, 1)] * 8, since=across, first=9_000,
        places=[each["code"] for each in PLACES],
    )  # fmt: skip
    pilots.clock.advance(3 * DAYS * 86_400)
    assert (await figures(pilots, COORDINATOR))["people"] == {CONTROL: 0, ARM: 0}
    pilots.clock.advance((DAYS + 1) * 86_400)
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    pilots.clock.advance(2 * 3_600)
    seen = await figures(pilots)
    # 3 places on the arm in the second period, 6 in the third, 8 in the fourth.
    assert seen["people"] == {CONTROL: 150, ARM: 170}
    assert seen["sound_sentence"] == (
        "Chaque lieu a été, à chaque date, dans le groupe que le tirage au sort lui avait donné."
    )
    arm, control = (
        next(each for each in seen["indicators"] if each["arm"] == name) for name in (ARM, CONTROL)
    )
    assert arm["verdict"] == "favorable"
    assert abs(arm["difference"] - 0.4) <= 0.1
    assert 0 <= arm["difference_low"] <= 0.4 <= arm["difference_high"]
    assert arm["p"] in (0.01, 0.05)
    assert (control["low"], control["once_low"], control["difference"]) == (None, None, None)
    page = (await Visitor(pilots, COORDINATOR).go(f"/lab/pilotes/{PILOT}")).words
    assert "Chaque lieu a été, à chaque date" in page
    report = (await pilots.request("GET", f"/pilots/{PILOT}/report")).body.decode()
    for words in ("8 lieux participent", "autres tirages au sort des dates"):
        assert words in report
    assert "valable à tout moment" not in report
