"""A switchback of the complete service, from the protocol to its one look."""

from datetime import timedelta
from typing import Any

import pytest
from pilot_lab import ANONYMOUS, COORDINATOR, PROTOCOL, Lab
from trial_people import ARM, CONTROL, PILOT, take_part
from visitors import Visitor, codes

from pilotes.record.domain.draws.schedules import draw_schedule
from pilotes.record.domain.pilot import PilotId

PAIRS = 10


async def test_a_switchback_is_read_once_at_its_end(pilots: Lab) -> None:
    """Of ten people of each block, five have the outcome, one more in every second pair, and three
    more with the arm. So both blocks of a pair differ by the arm alone, whatever order is drawn."""
    now = pilots.clock.now()
    design = {
        "kind": "switchback",
        "places": [{"code": "service", "label": "Tout le service"}],
        "block_days": 7,
    }
    await pilots.reach_stage(
        "trial",
        protocol=PROTOCOL
        | {
            "planned_per_arm": 100,
            "indicators": [PROTOCOL["indicators"][0] | {"window_days": 3}],
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(days=14 * PAIRS + 1)).isoformat(),
            "design": design,
        },
    )
    (code,) = await codes(pilots, 1)
    visitor = Visitor(pilots)
    offer = (await visitor.go(f"/participer/c/{code}")).words
    assert "Choisissez" not in offer
    assert "Ce que vous recevez change pendant l'essai" in offer
    _, body = await visitor.request_api("GET", f"/participations/offers/{code}")
    assert body["design_type"] == "switchback"
    assert (await visitor.enrol(code)).title == "Vous participez"
    (written,) = await pilots.desk.records.list_protocols(PilotId(PILOT))
    salt = await pilots.desk.records.find_salt(PilotId(PILOT))
    assert salt is not None
    drawn = draw_schedule(salt, written.protocol)
    for block, on_arm in enumerate(drawn.treated["service"][: 2 * PAIRS]):
        did = 5 + 3 * on_arm + block // 2 % 2
        await take_part(
            pilots,
            [(ARM if on_arm else CONTROL, int(at < did)) for at in range(10)],
            since=drawn.edges[block] + timedelta(hours=1),
            first=100 * block,
            places=["service"] * 10,
        )
    pilots.clock.advance((14 * PAIRS + 2) * 86_400)
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    pilots.clock.advance(2 * 3_600)
    answer = await pilots.request("GET", f"/pilots/{PILOT}/indicators", who=ANONYMOUS)
    seen: Any = answer.json
    assert (seen["people"], seen["sound"]) == ({CONTROL: 100, ARM: 100}, True)
    arm = next(each for each in seen["indicators"] if each["arm"] == ARM)
    assert (arm["verdict"], arm["p"]) == ("favorable", 0.01)
    assert arm["difference"] == pytest.approx(0.3)
    report = (await pilots.request("GET", f"/pilots/{PILOT}/report", who=COORDINATOR)).body.decode()
    assert "Tout le service passe" in report
    assert "autres ordres tirés au sort" in report
