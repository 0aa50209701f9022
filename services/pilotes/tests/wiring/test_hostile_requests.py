"""What somebody sends who wants in, or out with more than is theirs."""

import time
from typing import Any

import pytest
from joserfc import jwt
from pilot_lab import COORDINATOR, DOOR, HOLDER, NOBODY, PILOT, SOMEBODY, Answer, Lab
from survey_form import PATH, SURVEY
from visitors import Visitor, codes

from pilotes.wiring.resources import NAME
from socle.auth import ALGORITHM, ISSUER, Caller


def through(lab: Lab, who: tuple[str, str], client: str) -> tuple[str, str]:
    """The same person, by an application that bears a token of theirs."""
    role, subject = who
    scopes = frozenset({"openid", "patient/Observation.rs"})
    caller = Caller(role, subject, scopes, client, None, None, "house", {})
    now = int(time.time())
    claims = caller.claims() | {"iss": ISSUER, "aud": NAME, "nbf": now - 5, "exp": now + 3600}
    known = (role, f"{subject} {client}")
    lab.tokens[known] = jwt.encode({"alg": ALGORITHM, "kid": "t"}, claims, DOOR)
    return known


async def test_an_application_that_was_let_at_health_data_does_nothing_here(pilots: Lab) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    await Visitor(pilots, who=SOMEBODY).enrol(code)
    tracker = Visitor(pilots, who=through(pilots, SOMEBODY, "carnet"))
    for method, path in (
        ("GET", "/personal-data"),
        ("DELETE", "/personal-data"),
        ("DELETE", "/participations/alertes"),
    ):
        status, told = await tracker.asks(method, path)
        assert (status, "application" in told["detail"]) == (403, True), path
    assert (await tracker.go("/participer/mes-participations")).status == 403
    steering = through(pilots, COORDINATOR, "carnet")
    pause = {"reason": "Parce que."}
    now = await pilots.revision()
    answer = await pilots.ask("POST", "/pilots/alertes/pause", pause, who=steering, at=now)
    assert answer.status == 403
    # A program is itself; an application of another issuer is that issuer's to let in.
    for who, client in ((("integrator", "p"), "programme"), (SOMEBODY, "citoyens:mobile")):
        known = through(pilots, who, client)
        assert (await pilots.ask("GET", "/pilots/alertes", who=known)).status == 200


@pytest.mark.parametrize("where", ["pilot_id", "notice_version", "declared"])
async def test_what_no_database_keeps_is_refused_in_words(pilots: Lab, where: str) -> None:
    await pilots.reach("trial")
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


async def test_nobody_learns_which_pilots_are_prepared(pilots: Lab) -> None:
    await pilots.reach("trial")
    await pilots.begin("secret")
    answer = await pilots.ask("PUT", "/pilots/secret/surveys/sortie", SURVEY, who=HOLDER)
    assert answer.status == 200
    hidden = await Visitor(pilots).go(PATH.replace("alertes", "secret"))
    none = await Visitor(pilots).go(PATH.replace("alertes", "aucun"))
    assert (hidden.status, hidden.words) == (404, none.words)

    async def follow(name: str, who: tuple[str, str]) -> Answer:
        draft = {key: value for key, value in PILOT.items() if key != "id"}
        told: dict[str, Any] = draft | {"description": PILOT["description"] | {"follows": name}}
        now = await pilots.revision()
        return await pilots.ask("PUT", "/pilots/alertes", told, who=who, at=now)

    for who, status in ((NOBODY, 401), (SOMEBODY, 403)):
        answers = [await follow(name, who) for name in ("secret", "aucun")]
        assert [each.status for each in answers] == [status, status]
    await pilots.do("DELETE", "/members/porteuse", pilot="secret")
    answers = [await follow(name, HOLDER) for name in ("secret", "aucun")]
    assert [each.status for each in answers] == [400, 400]
    assert (await follow("secret", COORDINATOR)).status == 200
    # What stands there already is not asked about again.
    assert (await follow("secret", HOLDER)).status == 200


async def test_a_register_left_out_of_a_change_erases_nothing(pilots: Lab) -> None:
    await pilots.reach("evaluation")
    draft = {key: PILOT[key] for key in ("title", "field", "description")}
    now = await pilots.revision()
    answer = await pilots.ask("PUT", "/pilots/alertes", draft, who=HOLDER, at=now)
    assert (answer.status, "la durée de conservation" in answer.detail) == (409, True)
    kept = (await pilots.ask("GET", "/pilots/alertes")).json
    assert (kept["revision"], kept["processing"]["retention_days"]) == (now, 365)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_a_cost_is_a_number(pilots: Lab, value: float) -> None:
    await pilots.reach("trial")
    stated = {"euros": value, "working_days": 1}
    answer = await pilots.ask("PUT", "/pilots/alertes/cost", stated, who=HOLDER)
    assert answer.status == 400
    stated |= {"euros": 1, "watts_per_core": value}
    assert (await pilots.ask("PUT", "/pilots/alertes/cost", stated, who=HOLDER)).status == 400
