"""A trial with planned looks over HTTP, from its protocol to its report."""

from typing import Any

import pytest
from pilot_lab import ANONYMOUS, COORDINATOR, PROTOCOL, Lab
from trial_people import ARM, CONTROL, PILOT, halves, leave, take_part
from visitors import Visitor


async def line(lab: Lab, **who: Any) -> tuple[Any, Any]:
    """The results, and of these the arm's line of the primary indicator."""
    answer = await lab.request("GET", f"/pilots/{PILOT}/indicators", **who)
    assert answer.status == 200, answer.body
    rows = answer.json["indicators"]
    return answer.json, next(
        each for each in rows if (each["indicator"], each["arm"]) == ("suivi", ARM)
    )


async def report(lab: Lab) -> str:
    return (await lab.request("GET", f"/pilots/{PILOT}/report")).body.decode()


async def test_results_are_read_at_planned_looks_and_at_the_end(
    pilots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROTOCOL, "looks", [0.4, 1])
    monkeypatch.setitem(PROTOCOL, "planned_per_arm", 100)
    await pilots.reach_stage("trial")
    await take_part(pilots, halves(60, arm=0.5, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)
    body, arm = await line(pilots)
    # 60 of the 80 whom the first look waits for: their number alone is shown.
    assert body["people"] == {CONTROL: 30, ARM: 30}
    assert (arm["status"], body["footprint"], body["looks"][0]["at"]) == ("hidden", [], None)
    page = await report(pilots)
    assert "Pas encore de résultat" in page
    assert "80 (40\u202f%)" in page

    since = pilots.clock.now()
    await take_part(pilots, halves(40, arm=0.75, control=0.25), since=since, first=100)
    pilots.clock.advance(40 * 86_400)
    body, arm = await line(pilots)
    first = body["looks"][0]
    assert (first["share"], first["planned"], first["people"]) == (0.4, 80, 100)
    assert (arm["look"], arm["people"], arm["verdict"]) == (1, 50, "non concluant")
    assert "regard unique" not in await report(pilots)
    lab = (await Visitor(pilots, COORDINATOR).go(f"/lab/pilotes/{PILOT}")).words
    assert "tous les regards prévus comptés ensemble" in lab
    assert "valable à tout moment" not in lab

    since = pilots.clock.now()
    await take_part(pilots, halves(60, arm=0.8, control=0.3), since=since, first=200)
    pilots.clock.advance(40 * 86_400)
    body, same = await line(pilots)
    assert body["people"] == {CONTROL: 80, ARM: 80}
    assert {name: same[name] for name in same if name != "as_of"} == {
        name: arm[name] for name in arm if name != "as_of"
    }
    # A withdrawal leaves the look that took place, with those of its tranche.
    await leave(pilots, 0, at=pilots.clock.now())
    body, fewer = await line(pilots)
    assert 80 <= body["looks"][0]["people"] <= 90
    assert fewer["people"] < arm["people"]

    await pilots.change("POST", "/stage", {"to": "evaluation"})
    body, last = await line(pilots, who=ANONYMOUS)
    assert (last["look"], last["verdict"]) == (2, "favorable")
    assert 70 <= last["people"] <= 80
    page = await report(pilots)
    assert "(regard prévu n° 2)" in page.replace("\u00a0", " ").replace("\u202f", " ")
    assert "à la fin de l’essai" in page
