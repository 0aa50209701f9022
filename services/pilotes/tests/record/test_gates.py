"""A pilot through its gates over HTTP: each opens with its evidence, and names what is missing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, JUDGE, NOTICE, PILOT, PROTOCOL, Lab

from pilotes.record.domain.gates import GATES
from pilotes.record.domain.stages import NEXT, STAGES
from pilotes.usage.adapters.seen_facts import PostgresSeenFacts

WAY = ("codesign", "ready", "opinion", "trial", "evaluation", "generalise", "closed")


async def test_a_pilot_goes_all_the_way_with_its_evidence(pilots: Lab) -> None:
    await pilots.reach_stage("")
    pilot = (await pilots.request("GET", "/pilots/alertes")).json
    assert (pilot["stage"], pilot["state"], pilot["stage_label"]) == ("closed", "closed", "clos")
    decisions = (await pilots.request("GET", "/pilots/alertes/decisions")).json["decisions"]
    steps = [each["outcome"]["to"] for each in decisions if each["kind"] == "stage"]
    assert steps == list(WAY)
    assert [each["number"] for each in decisions] == list(range(1, len(decisions) + 1))


async def test_a_pilot_is_closed_from_the_end_of_its_trial_on(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    pilot = (await pilots.request("GET", "/pilots/alertes")).json
    assert (pilot["state"], pilot["closed_at"]) == ("running", None)
    ended_at = pilots.clock.now()
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    closed = (await pilots.request("GET", "/pilots/alertes")).json
    assert (closed["state"], closed["stage"]) == ("closed", "evaluation")
    assert datetime.fromisoformat(closed["closed_at"]) == ended_at
    pilots.clock.advance(3600)
    report = {"kind": "evaluation_report", "reference": "GED/1"}
    await pilots.change("POST", "/evidence", report)
    assert (await pilots.request_stage("stop", "Peu d'effet.")).status == 200
    stopped = (await pilots.request("GET", "/pilots/alertes")).json
    assert (stopped["state"], stopped["closed_at"]) == ("closed", closed["closed_at"])


async def test_a_trial_of_unseen_facts_opens_with_a_reason(pilots: Lab) -> None:
    rate = PROTOCOL["indicators"][0] | {
        "id": "part", "kind": "ratio", "denominator": "use:notebook-opened", "role": "secondary",
    }  # fmt: skip
    protocol = PROTOCOL | {"indicators": [*PROTOCOL["indicators"], rate]}
    await pilots.reach_stage("opinion", protocol=protocol)
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.change("POST", "/effects", who=HOLDER)
    hour, seen = pilots.clock.now().replace(minute=0, second=0), PostgresSeenFacts(pilots.pool)
    await pilots.pool.execute("DELETE FROM seen_fact")
    await seen.add("board-watched", hour - timedelta(hours=25))
    await seen.add("board-watched", hour - timedelta(hours=26))
    await seen.add("notebook-opened", hour)

    async def gate() -> Any:
        found = (await pilots.request("GET", "/pilots/alertes/gates")).json["next"]
        return next(each for each in found if each["to"] == "trial")

    before = await gate()
    assert (before["open"], before["needs_reason"]) == (True, True)
    assert [each["evidence"] for each in before["warnings"]] == ["fact_traffic"]
    answer = await pilots.request_stage("trial")
    assert (answer.status, answer.missing) == (409, ["fact_traffic"])
    assert "n’a vu aucun usage de : « les prochains départs d’un arrêt" in answer.detail
    await seen.add("board-watched", hour - timedelta(hours=24))
    assert ((await gate())["needs_reason"], (await gate())["warnings"]) == (False, [])
    await pilots.pool.execute("DELETE FROM seen_fact")
    assert (await pilots.request_stage("trial", "Le service ouvre avec l'essai.")).status == 200
    decisions = (await pilots.request("GET", "/pilots/alertes/decisions?limit=100")).json
    outcome = decisions["decisions"][-1]["outcome"]
    assert outcome["unseen_facts"] == "board-watched, notebook-opened"
    assert outcome["reason"] == "Le service ouvre avec l'essai."


async def test_no_stage_is_reached_but_by_the_one_before(pilots: Lab) -> None:
    for stage in STAGES:
        pilot = f"pilote-{stage}"
        if stage in ("iterate", "stop"):
            await pilots.reach_stage("evaluation", pilot)
            report = {"kind": "evaluation_report", "reference": "GED/1"}
            await pilots.change("POST", "/evidence", report, pilot=pilot)
            assert (await pilots.request_stage(stage, "Peu d'effet.", pilot=pilot)).status == 200
        else:
            await pilots.reach_stage(stage, pilot)
        before = (await pilots.request("GET", f"/pilots/{pilot}")).json
        assert before["stage"] == stage
        for forced in STAGES:
            if forced not in NEXT[stage]:
                answer = await pilots.request_stage(forced, "parce que", pilot=pilot)
                assert answer.status == 409, (stage, forced)
                assert answer.json["next"] == list(NEXT[stage])
        assert (await pilots.request("GET", f"/pilots/{pilot}")).json == before


async def test_the_trial_stays_shut_and_names_each_missing_piece(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    answer = await pilots.request_stage("trial")
    assert answer.status == 409
    assert answer.missing == ["crnum_opinion", "smallest_effects"]
    assert answer.detail == (
        "L’étape « essai » reste fermée, 2 pièces manquent. "
        "L’avis du Cr’Num manque : un de ses membres le rend sur la version 1 du protocole. "
        "Le plus petit effet détectable avec les effectifs prévus n’a pas été vu pour la version 1"
        " du protocole : affichez-le et confirmez."
    )
    gates = (await pilots.request("GET", "/pilots/alertes/gates", who=JUDGE)).json["next"]
    assert {each["to"]: each["open"] for each in gates} == {
        "trial": False,
        "codesign": True,
        "stop": True,
    }
    draft = [each["sentence"] for each in gates[0]["missing"]]
    assert draft == [each["sentence"] for each in answer.json["missing"]]


async def test_every_requirement_shuts_its_gate_by_itself(pilots: Lab) -> None:
    """From an empty pilot: each gate names what the table requires, until it is given."""
    bare = {"summary": "x", "owner": "Région"}
    await pilots.request("POST", "/pilots", PILOT | {"description": bare, "processing": {}})
    answer = await pilots.request_stage("codesign")
    assert answer.missing == ["problem", "project_holder"]
    assert "complétez la fiche" in answer.detail
    member = {"role": "project_holder", "name": "Porteuse"}
    await pilots.change("PUT", f"/members/{HOLDER[1]}", member)
    assert (await pilots.request_stage("codesign")).missing == ["problem"]
    draft = {"description": bare | {"problem": "p", "hypothesis": "h"}}
    await pilots.change("PUT", "", _without_id(draft | {"processing": {}}))
    assert (await pilots.request_stage("codesign")).status == 200
    answer = await pilots.request_stage("ready")
    assert answer.missing == [each.evidence for each in GATES["codesign", "ready"]]
    await pilots.change("POST", "/evidence", {"kind": "codesign_report", "reference": "GED/7"})
    await pilots.change("PUT", "", _without_id({"processing": {}}))
    await pilots.change("PUT", "/protocol", PROTOCOL)
    assert (await pilots.request_stage("ready")).status == 200
    answer = await pilots.request_stage("opinion")
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
async def test_an_unfavourable_or_outdated_opinion_closes_the_gate(
    pilots: Lab, opinion: str, opens: bool
) -> None:
    await pilots.reach_stage("opinion")
    await pilots.change("POST", "/effects")
    opinion_body = {"opinion": opinion, "motives": "Voir le point 3."}
    await pilots.change("POST", "/opinion", opinion_body, who=JUDGE)
    answer = await pilots.request_stage("trial")
    assert answer.status == (200 if opens else 409)
    if not opens:
        assert answer.missing == ["crnum_opinion"]
        assert "défavorable" in answer.detail
        assert (await pilots.request_stage("codesign")).status == 400  # without a reason
        assert (await pilots.request_stage("codesign", "Revoir l'éligibilité.")).status == 200


async def test_an_opinion_and_effects_are_of_one_version(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    await pilots.change("POST", "/effects")
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    amended = {"protocol": PROTOCOL | {"planned_per_arm": 60}, "reason": "Moins de monde."}
    await pilots.change("POST", "/protocol/amendments", amended)
    answer = await pilots.request_stage("trial")
    assert answer.missing == ["crnum_opinion", "smallest_effects"]
    assert "porte sur la version 1 du protocole, la version 2 est en vigueur" in answer.detail


async def test_a_trial_without_a_notice_does_not_begin(pilots: Lab) -> None:
    await pilots.create_pilot()
    for _, work in pilots.steps_by_stage()[:4]:
        for method, path, body, who in work:
            if path != "/notices" and body != {"to": "trial"}:
                await pilots.change(method, path, body, who=who)
    answer = await pilots.request_stage("trial")
    assert answer.missing == ["information_notice"]
    assert "personne ne peut accepter sans elle" in answer.detail
    await pilots.change("POST", "/notices", NOTICE, who=HOLDER)
    control, tried = PROTOCOL["arms"]
    arms = [control, tried | {"label": "Prévenu la veille"}]
    await pilots.change(
        "POST",
        "/protocol/amendments",
        {"protocol": PROTOCOL | {"arms": arms}, "reason": "Plus tôt."},
    )
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.change("POST", "/effects")
    answer = await pilots.request_stage("trial")
    assert (answer.missing, "(qui reçoit quoi)" in answer.detail) == (["information_notice"], True)
    await pilots.change("POST", "/notices", NOTICE | {"version": "2026-02-21"}, who=HOLDER)
    assert (await pilots.request_stage("trial")).status == 200


async def test_a_trial_that_would_be_over_does_not_begin(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    await pilots.change("POST", "/effects")
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    pilots.clock.advance(200 * 86_400)
    assert (await pilots.request_stage("trial")).missing == ["dates"]


async def test_the_opinion_is_given_at_its_stage_on_a_frozen_protocol(pilots: Lab) -> None:
    await pilots.reach_stage("ready")
    opinion_body = {"opinion": "favorable", "motives": "Oui."}
    now = await pilots.revision()
    answer = await pilots.request(
        "POST", "/pilots/alertes/opinion", opinion_body, who=JUDGE, at=now
    )
    assert answer.status == 409
    assert "protocole gelé" in answer.detail


async def test_detectable_effects_are_reported_before_the_trial_begins(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    primary, comfort = (await pilots.request("GET", "/pilots/alertes/effects")).json["effects"]
    assert primary["unit"] == "share"
    # 250 people an arm, a baseline of one half: thirteen points at one look, more by daily ones.
    assert 0.13 <= primary["smallest"] <= 0.20
    assert primary["sees_target"] is (primary["smallest"] <= 0.15)
    assert primary["sentence"].startswith("Avec 250 personnes par groupe, « A suivi un départ » : ")
    assert comfort["unit"] == "deviation"
    piece = (await pilots.change("POST", "/effects")).json
    assert piece["content"]["effects"][0]["smallest"] == primary["smallest"]
    assert piece["protocol_version"] == 1


async def test_only_the_cr_num_gives_its_opinion(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    for evidence in ("crnum_opinion", "smallest_effects"):
        now = await pilots.revision()
        forged = {"kind": evidence, "reference": "GED/1"}
        answer = await pilots.request("POST", "/pilots/alertes/evidence", forged, at=now)
        assert answer.status == 400, evidence
    assert (await pilots.request_stage("trial")).missing == ["crnum_opinion", "smallest_effects"]


async def test_a_step_is_requested_by_its_name(pilots: Lab) -> None:
    await pilots.create_pilot()
    answer = await pilots.request_stage("lune")
    assert answer.status == 400
    answer = await pilots.request(
        "POST", "/pilots/alertes/stage", {"to": "codesign", "force": True}, at=4
    )
    assert answer.status == 400
    assert (await pilots.request("GET", "/pilots/alertes", who=COORDINATOR)).json["stage"] == "idea"


@pytest.mark.parametrize(
    ("survey", "kind", "named"),
    [
        (None, "score", "le questionnaire fin n’est pas écrit"),
        ({"nps": True}, "score", "le questionnaire fin ne donne pas la note attente"),
        ({"questions": [{"id": "attente", "text": "?", "low": 1, "high": 5}]}, "proportion",
         "toute réponse à attente compterait"),
    ],
)  # fmt: skip
async def test_a_trial_whose_answers_cannot_be_measured_does_not_begin(
    pilots: Lab, survey: dict[str, Any] | None, kind: str, named: str
) -> None:
    await pilots.reach_stage("opinion")
    answered = PROTOCOL["indicators"][1] | {"source": "survey:fin:attente", "kind": kind}
    protocol = PROTOCOL | {"indicators": [PROTOCOL["indicators"][0], answered]}
    body = {"protocol": protocol, "reason": "Une question de plus."}
    await pilots.change("POST", "/protocol/amendments", body)
    if survey is not None:
        await pilots.change("PUT", "/surveys/fin", {"title": "À la fin"} | survey, who=HOLDER)
    await pilots.change("POST", "/opinion", {"opinion": "favorable", "motives": "Oui."}, who=JUDGE)
    await pilots.change("POST", "/effects")
    answer = await pilots.request_stage("trial")
    assert (answer.missing, named in answer.detail) == (["surveys"], True)


async def test_the_facts_that_an_indicator_can_count_have_an_address(pilots: Lab) -> None:
    facts = (await pilots.request("GET", "/usage-facts", who=ANONYMOUS)).json["facts"]
    sent = {each["fact"]: each["sent"] for each in facts}
    assert (sent["board-watched"], sent["journey-planned"]) == (True, False)


async def test_a_pilot_that_reaches_health_records_is_one_of_health(pilots: Lab) -> None:
    await pilots.create_pilot()
    body = (
        await pilots.change("PUT", "/protocol", PROTOCOL | {"routes": ["/fhir/{rest...}"]})
    ).json
    assert body["field"] == "both"
    draft = {name: value for name, value in PILOT.items() if name != "id"}
    assert (await pilots.change("PUT", "", draft)).json["field"] == "both"


async def test_the_register_promises_nothing_else_than_the_notice(pilots: Lab) -> None:
    await pilots.reach_stage("ready")
    entry: Any = PILOT["processing"]
    draft = {name: value for name, value in PILOT.items() if name != "id"}
    other = draft | {"processing": entry | {"legal_basis": "mission d'intérêt public"}}
    await pilots.change("PUT", "", other)
    for method, path, written, who in dict(pilots.steps_by_stage())["ready"][:-1]:
        await pilots.change(method, path, written, who=who)
    answer = await pilots.request_stage("opinion")
    assert answer.missing == ["processing"]
    assert "La base légale de la fiche de traitement contredit la notice" in answer.detail
