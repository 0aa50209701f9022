"""A pilot through its gates, over HTTP: each opens with its evidence, and tells what is missing."""

import pytest
from pilot_lab import COORDINATOR, HOLDER, JUDGE, NOTICE, PILOT, PROTOCOL, Lab

from pilotes.record.domain.gates import GATES
from pilotes.record.domain.stages import NEXT, STAGES

WAY = ("codesign", "ready", "opinion", "trial", "evaluation", "generalise", "closed")


async def test_a_pilot_goes_all_the_way_with_its_evidence(pilots: Lab) -> None:
    await pilots.reach("")
    pilot = (await pilots.ask("GET", "/pilots/alertes")).json
    assert (pilot["stage"], pilot["state"], pilot["stage_label"]) == ("closed", "closed", "clos")
    decisions = (await pilots.ask("GET", "/pilots/alertes/decisions")).json["decisions"]
    steps = [each["outcome"]["to"] for each in decisions if each["kind"] == "stage"]
    assert steps == list(WAY)
    assert [each["number"] for each in decisions] == list(range(1, len(decisions) + 1))


async def test_no_stage_is_reached_but_by_the_one_before(pilots: Lab) -> None:
    for stage in STAGES:
        pilot = f"pilote-{stage}"
        if stage in ("iterate", "stop"):
            await pilots.reach("evaluation", pilot)
            report = {"kind": "evaluation_report", "reference": "GED/1"}
            await pilots.do("POST", "/evidence", report, pilot=pilot)
            assert (await pilots.step(stage, "Peu d'effet.", pilot=pilot)).status == 200
        else:
            await pilots.reach(stage, pilot)
        before = (await pilots.ask("GET", f"/pilots/{pilot}")).json
        assert before["stage"] == stage
        for forced in STAGES:
            if forced not in NEXT[stage]:
                answer = await pilots.step(forced, "parce que", pilot=pilot)
                assert answer.status == 409, (stage, forced)
                assert answer.json["next"] == list(NEXT[stage])
        assert (await pilots.ask("GET", f"/pilots/{pilot}")).json == before


async def test_the_trial_stays_shut_and_names_each_missing_piece(pilots: Lab) -> None:
    await pilots.reach("opinion")
    answer = await pilots.step("trial")
    assert answer.status == 409
    assert answer.missing == ["crnum_opinion", "smallest_effects"]
    assert answer.detail == (
        "L'étape « expérimentation » reste fermée, 2 pièces manquent. "
        "L'avis du Cr'Num manque : un de ses membres le rend sur la version 1 du protocole. "
        "Le plus petit effet détectable avec les effectifs prévus n'a pas été vu pour la version 1"
        " du protocole : affichez-le et confirmez."
    )
    gates = (await pilots.ask("GET", "/pilots/alertes/gates", who=JUDGE)).json["next"]
    assert {each["to"]: each["open"] for each in gates} == {
        "trial": False,
        "codesign": True,
        "stop": True,
    }
    told = [each["sentence"] for each in gates[0]["missing"]]
    assert told == [each["sentence"] for each in answer.json["missing"]]


async def test_every_requirement_shuts_its_gate_by_itself(pilots: Lab) -> None:
    """From a bare pilot: what each gate names is what the table says, until it is brought."""
    bare = {"summary": "x", "owner": "Région"}
    await pilots.ask("POST", "/pilots", PILOT | {"description": bare, "processing": {}})
    answer = await pilots.step("codesign")
    assert answer.missing == ["problem", "project_holder"]
    assert "complétez la fiche" in answer.detail
    member = {"role": "project_holder", "name": "Porteuse"}
    await pilots.do("PUT", f"/members/{HOLDER[1]}", member)
    assert (await pilots.step("codesign")).missing == ["problem"]
    told = {"description": bare | {"problem": "p", "hypothesis": "h"}}
    await pilots.do("PUT", "", _without_id(told | {"processing": {}}))
    assert (await pilots.step("codesign")).status == 200
    answer = await pilots.step("ready")
    assert answer.missing == [each.evidence for each in GATES["codesign", "ready"]]
    await pilots.do("POST", "/evidence", {"kind": "codesign_report", "reference": "GED/7"})
    await pilots.do("PUT", "", _without_id({"processing": {}}))
    await pilots.do("PUT", "/protocol", PROTOCOL)
    assert (await pilots.step("ready")).status == 200
    answer = await pilots.step("opinion")
    assert answer.missing == [
        "impact_assessment",
        "processing",
        "frozen_indicators",
        "crnum_member",
    ]
    assert "RGPD, art. 30" in answer.detail
    assert "la durée de conservation" in answer.detail


def _without_id(changes: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in (PILOT | changes).items() if name != "id"}


@pytest.mark.parametrize(("opinion", "opens"), [("reserved", True), ("unfavorable", False)])
async def test_what_the_opinion_says_counts(pilots: Lab, opinion: str, opens: bool) -> None:
    await pilots.reach("opinion")
    await pilots.do("POST", "/effects")
    said = {"opinion": opinion, "motives": "Voir le point 3."}
    await pilots.do("POST", "/opinion", said, who=JUDGE)
    answer = await pilots.step("trial")
    assert answer.status == (200 if opens else 409)
    if not opens:
        assert answer.missing == ["crnum_opinion"]
        assert "défavorable" in answer.detail
        assert (await pilots.step("codesign")).status == 400  # without a reason
        assert (await pilots.step("codesign", "Revoir l'éligibilité.")).status == 200


async def test_an_opinion_and_effects_are_of_one_version(pilots: Lab) -> None:
    await pilots.reach("opinion")
    await pilots.do("POST", "/effects")
    await pilots.do("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    amended = {"protocol": PROTOCOL | {"planned_per_arm": 60}, "reason": "Moins de monde."}
    await pilots.do("POST", "/protocol/amendments", amended)
    answer = await pilots.step("trial")
    assert answer.missing == ["crnum_opinion", "smallest_effects"]
    assert "porte sur la version 1 du protocole, la version 2 est en vigueur" in answer.detail


async def test_a_trial_of_which_nobody_could_be_informed_does_not_begin(pilots: Lab) -> None:
    await pilots.begin()
    for _, work in pilots._way()[:4]:
        for method, path, body, who in work:
            if path != "/notices" and body != {"to": "trial"}:
                await pilots.do(method, path, body, who=who)
    answer = await pilots.step("trial")
    assert answer.missing == ["information_notice"]
    assert "personne ne peut accepter sans elle" in answer.detail
    await pilots.do("POST", "/notices", NOTICE, who=HOLDER)
    control, tried = PROTOCOL["arms"]
    arms = [control, tried | {"label": "Prévenu la veille"}]
    await pilots.do(
        "POST",
        "/protocol/amendments",
        {"protocol": PROTOCOL | {"arms": arms}, "reason": "Plus tôt."},
    )
    await pilots.do("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.do("POST", "/effects")
    answer = await pilots.step("trial")
    assert (answer.missing, "d'autres bras" in answer.detail) == (["information_notice"], True)
    await pilots.do("POST", "/notices", NOTICE | {"version": "2026-02-21"}, who=HOLDER)
    assert (await pilots.step("trial")).status == 200


async def test_a_trial_that_would_be_over_does_not_begin(pilots: Lab) -> None:
    await pilots.reach("opinion")
    await pilots.do("POST", "/effects")
    await pilots.do("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    pilots.clock.advance(200 * 86_400)
    assert (await pilots.step("trial")).missing == ["dates"]


async def test_the_opinion_is_given_at_its_stage_on_a_frozen_protocol(pilots: Lab) -> None:
    await pilots.reach("ready")
    said = {"opinion": "favorable", "motives": "Oui."}
    now = await pilots.revision()
    answer = await pilots.ask("POST", "/pilots/alertes/opinion", said, who=JUDGE, at=now)
    assert answer.status == 409
    assert "protocole gelé" in answer.detail


async def test_what_the_trial_can_see_is_told_before_it_begins(pilots: Lab) -> None:
    await pilots.reach("opinion")
    primary, comfort = (await pilots.ask("GET", "/pilots/alertes/effects")).json["effects"]
    assert primary["unit"] == "share"
    # 250 people an arm, a baseline of one half: thirteen points at one look, more by daily ones.
    assert 0.13 <= primary["smallest"] <= 0.20
    assert primary["sees_target"] is (primary["smallest"] <= 0.15)
    assert primary["sentence"].startswith("Avec 250 personnes par bras, « A suivi un départ » : ")
    assert comfort["unit"] == "deviation"
    piece = (await pilots.do("POST", "/effects")).json
    assert piece["content"]["effects"][0]["smallest"] == primary["smallest"]
    assert piece["protocol_version"] == 1


async def test_what_the_cr_num_gives_nobody_else_brings(pilots: Lab) -> None:
    await pilots.reach("opinion")
    for kind in ("crnum_opinion", "smallest_effects"):
        now = await pilots.revision()
        forged = {"kind": kind, "reference": "GED/1"}
        answer = await pilots.ask("POST", "/pilots/alertes/evidence", forged, at=now)
        assert answer.status == 400, kind
    assert (await pilots.step("trial")).missing == ["crnum_opinion", "smallest_effects"]


async def test_a_step_is_asked_for_by_its_name(pilots: Lab) -> None:
    await pilots.begin()
    answer = await pilots.step("lune")
    assert answer.status == 400
    answer = await pilots.ask(
        "POST", "/pilots/alertes/stage", {"to": "codesign", "force": True}, at=4
    )
    assert answer.status == 400
    assert (await pilots.ask("GET", "/pilots/alertes", who=COORDINATOR)).json["stage"] == "idea"
