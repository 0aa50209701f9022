"""Requests of callers who want access, or more than their own data."""

import time
from typing import Any

import pytest
from joserfc import jwt
from pilot_lab import ANONYMOUS, COORDINATOR, GATEWAY_KEY, HOLDER, PILOT, SOMEBODY, Answer, Lab
from survey_form import PATH, SURVEY
from visitors import Visitor, codes

from pilotes.wiring.resources import NAME
from socle.auth import ALGORITHM, ISSUER, Caller


def through(lab: Lab, who: tuple[str, str], client: str) -> tuple[str, str]:
    """The same person, by an application that bears their token."""
    role, subject = who
    scopes = frozenset({"openid", "patient/Observation.rs"})
    caller = Caller(role, subject, scopes, client, None, None, "house", {})
    now = int(time.time())
    claims = caller.claims() | {"iss": ISSUER, "aud": NAME, "nbf": now - 5, "exp": now + 3600}
    known = (role, f"{subject} {client}")
    lab.tokens[known] = jwt.encode({"alg": ALGORITHM, "kid": "t"}, claims, GATEWAY_KEY)
    return known


async def test_an_application_that_was_let_at_health_data_does_nothing_here(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    await Visitor(pilots, who=SOMEBODY).enrol(code)
    tracker = Visitor(pilots, who=through(pilots, SOMEBODY, "carnet"))
    for method, path in (
        ("GET", "/personal-data"),
        ("DELETE", "/personal-data"),
        ("DELETE", "/participations/alertes"),
    ):
        status, body = await tracker.request_api(method, path)
        assert (status, "application" in body["detail"]) == (403, True), path
    assert (await tracker.go("/participer/mes-participations")).status == 403
    steering = through(pilots, COORDINATOR, "carnet")
    pause = {"reason": "Parce que."}
    now = await pilots.revision()
    answer = await pilots.request("POST", "/pilots/alertes/pause", pause, who=steering, at=now)
    assert answer.status == 403
    # A program acts as itself; an application of another issuer is authorised by that issuer.
    for who, client in ((("integrator", "p"), "programme"), (SOMEBODY, "citoyens:mobile")):
        known = through(pilots, who, client)
        assert (await pilots.request("GET", "/pilots/alertes", who=known)).status == 200


@pytest.mark.parametrize("where", ["pilot_id", "notice_version", "declared"])
async def test_what_no_database_can_store_is_refused(pilots: Lab, where: str) -> None:
    await pilots.reach_stage("trial")
    first, second = await codes(pilots, 2)
    visitor = Visitor(pilots)
    await visitor.enrol(first)
    offer = {"pilot_id": "alertes", "notice_version": "1", "decision": "yes", "declared": "age"}
    page = await visitor.go(f"/participer/c/{second}", offer | {where: "\0"})
    assert (page.status, "n'a pas pu être lu" in page.words) == (400, True)


@pytest.mark.parametrize(
    "path",
    [
        "/participer/questionnaires/%00/sortie",
        "/participer/questionnaires/alertes/%00",
        "/participer/merci/%00",
        "/participer/mes-participations/%00/retrait",
        "/participer/mes-participations/%00/signalement",
    ],
)
async def test_no_address_of_people_breaks(pilots: Lab, path: str) -> None:
    for form in (None, {"a": "b"}):
        page = await Visitor(pilots).go(path, form)
        assert page.status in (400, 405), (path, page.status)


async def test_no_caller_learns_which_pilots_are_prepared(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.create_pilot("secret")
    answer = await pilots.request("PUT", "/pilots/secret/surveys/sortie", SURVEY, who=HOLDER)
    assert answer.status == 200
    hidden = await Visitor(pilots).go(PATH.replace("alertes", "secret"))
    none = await Visitor(pilots).go(PATH.replace("alertes", "aucun"))
    assert (hidden.status, hidden.words) == (404, none.words)

    async def follow(name: str, who: tuple[str, str]) -> Answer:
        draft = {key: value for key, value in PILOT.items() if key != "id"}
        body: dict[str, Any] = draft | {"description": PILOT["description"] | {"follows": name}}
        now = await pilots.revision()
        return await pilots.request("PUT", "/pilots/alertes", body, who=who, at=now)

    for who, status in ((ANONYMOUS, 401), (SOMEBODY, 403)):
        answers = [await follow(name, who) for name in ("secret", "aucun")]
        assert [each.status for each in answers] == [status, status]
    await pilots.change("DELETE", "/members/porteuse", pilot="secret")
    answers = [await follow(name, HOLDER) for name in ("secret", "aucun")]
    assert [each.status for each in answers] == [400, 400]
    assert (await follow("secret", COORDINATOR)).status == 200
    # A value that is stored already is not checked again.
    assert (await follow("secret", HOLDER)).status == 200


async def test_a_register_left_out_of_a_change_erases_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("evaluation")
    draft = {key: PILOT[key] for key in ("title", "field", "description")}
    now = await pilots.revision()
    answer = await pilots.request("PUT", "/pilots/alertes", draft, who=HOLDER, at=now)
    assert (answer.status, "la durée de conservation" in answer.detail) == (409, True)
    unchanged = (await pilots.request("GET", "/pilots/alertes")).json
    assert (unchanged["revision"], unchanged["processing"]["retention_days"]) == (now, 365)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_a_cost_is_a_number(pilots: Lab, value: float) -> None:
    await pilots.reach_stage("trial")
    stated = {"euros": value, "working_days": 1}
    answer = await pilots.request("PUT", "/pilots/alertes/cost", stated, who=HOLDER)
    assert answer.status == 400
    stated |= {"euros": 1, "watts_per_core": value}
    assert (await pilots.request("PUT", "/pilots/alertes/cost", stated, who=HOLDER)).status == 400
