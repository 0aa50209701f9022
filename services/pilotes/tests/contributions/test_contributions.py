"""Contributions over HTTP: given, moderated and read, with attempts to flood, break or
impersonate."""

import asyncio
import csv
import io
import json
from datetime import date
from typing import Any, Final

import pytest
from pilot_lab import (
    ANONYMOUS,
    COORDINATOR,
    HOLDER,
    JUDGE,
    OTHER_COORDINATOR,
    PARTNER,
    SOMEBODY,
    Lab,
)

from pilotes.contributions.adapters import PostgresContributions
from pilotes.contributions.domain import MAX_LENGTH, MAX_PER_DAY, REASONS, Counts
from socle.auth import TOKEN_HEADER
from socle.errors import Refusal
from socle.testing import sized

CONTRIBUTIONS: Final = "/contributions"
PILOT_CONTRIBUTIONS: Final = "/pilots/alertes/contributions"
PUBLISH: Final = {"state": "published", "answer": "Merci : nous l'avons corrigé."}


async def contribute(
    pilots: Lab, text: Any, *, who: tuple[str, str] = ANONYMOUS, pilot: str = "alertes"
) -> tuple[int, Any]:
    answer = await pilots.request("POST", CONTRIBUTIONS, {"pilot_id": pilot, "said": text}, who=who)
    return answer.status, answer.json


async def moderate(
    pilots: Lab,
    number: int,
    verdict: dict[str, Any],
    *,
    at: int | str | None = 1,
    who: tuple[str, str] = HOLDER,
) -> tuple[int, Any]:
    answer = await pilots.request("PUT", f"{PILOT_CONTRIBUTIONS}/{number}", verdict, who=who, at=at)
    return answer.status, answer.json


async def public(pilots: Lab) -> Any:
    return (await pilots.request("GET", PILOT_CONTRIBUTIONS, who=ANONYMOUS)).json


async def test_anybody_contributes_the_team_answers_and_everybody_reads_both(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    status, body = await contribute(pilots, "  Les alertes arrivent trop tard.\nDommage. ")
    assert (status, body["pilot_id"]) == (202, "alertes")
    assert "effacé 365 jours après la fin de l'essai" in body["notice"]
    assert await public(pilots) == {
        "counts": {"received": 1, "published": 0, "set_aside": 0},
        "contributions": [],
        "next": None,
    }
    waiting = (
        await pilots.request("GET", f"{PILOT_CONTRIBUTIONS}/received?state=received", who=PARTNER)
    ).json
    (one,) = waiting["contributions"]
    assert (one["said"], one["state"]) == ("Les alertes arrivent trop tard.\nDommage.", "received")
    answer = await pilots.request(
        "PUT", f"{PILOT_CONTRIBUTIONS}/{one['number']}", PUBLISH, who=HOLDER, at=1
    )
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    today = pilots.clock.now().date().isoformat()
    assert await public(pilots) == {
        "counts": {"received": 1, "published": 1, "set_aside": 0},
        "contributions": [
            {
                "number": one["number"],
                "received_on": today,
                "said": "Les alertes arrivent trop tard.\nDommage.",
                "answered_on": today,
                "answer": PUBLISH["answer"],
            }
        ],
        "next": None,
    }
    ways = (await pilots.request("GET", "/pilots/alertes", who=ANONYMOUS)).json["ways"]
    assert ways == {
        "take_part": "/participer",
        "comment": "/participer/pilotes/alertes/avis",
        "contributions": "/pilotes/v1/pilots/alertes/contributions",
    }
    # Nothing stored leads to the author; who answered is visible to the team.
    row = dict(await pilots.pool.fetchrow("SELECT * FROM contribution") or {})
    # Nor does the instant, which the gateway has for each caller that it counts.
    assert type(row["received_on"]) is date
    assert (row["answered_by"], row["answered_as"]) == (HOLDER[1], "project_holder")
    assert set(row) == {
        "contribution_id", "pilot_id", "said", "digest", "received_on", "revision", "state",
        "answer", "reason", "answered_at", "answered_by", "answered_as",
    }  # fmt: skip


async def test_contributions_are_open_from_the_trial_to_the_closing_and_drafts_stay_hidden(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("opinion")
    none = await contribute(pilots, "Déjà ?", pilot="aucun")
    hidden = await contribute(pilots, "Déjà ?")
    assert hidden[0] == none[0] == 404
    assert hidden[1]["detail"] == none[1]["detail"].replace("aucun", "alertes")
    assert (await pilots.request("GET", PILOT_CONTRIBUTIONS, who=SOMEBODY)).status == 404
    status, body = await contribute(pilots, "Déjà ?", who=HOLDER)
    assert (status, "pas encore public" in body["detail"]) == (409, True)
    assert (await pilots.request("GET", "/pilots/alertes")).json["ways"] is None
    way = dict(pilots.steps_by_stage())
    for stage in ("opinion", "trial", "evaluation", "generalise"):
        for method, path, body, who in way[stage]:
            await pilots.change(method, path, body, who=who)
        status, body = await contribute(pilots, f"Après {stage}.")
        assert status == (410 if stage == "generalise" else 202), body
    assert "Ce pilote est clos" in body["detail"]
    ways = (await pilots.request("GET", "/pilots/alertes", who=ANONYMOUS)).json["ways"]
    assert (ways["take_part"], ways["comment"]) == (None, None)
    assert (await public(pilots))["counts"]["received"] == 3


async def test_the_same_text_ten_times_is_one_and_too_many_are_refused(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    same = await asyncio.gather(*(contribute(pilots, "Très  utile\u0301.") for _ in range(9)))
    for alike in ("Tr\u00e8s utile\u0301.\n", "TRÈS UTILE\u0301.", "Très\u00a0uti\u200ble\u0301."):
        assert await contribute(pilots, alike) == same[0]
    assert {status for status, _ in same} == {202}
    store, now = PostgresContributions(pilots.pool), pilots.clock.now()
    assert await store.counts("alertes") == Counts(1, 0, 0)
    for number in range(MAX_PER_DAY - 2):
        await store.add("alertes", f"Avis {number}", at=now)
    late = await asyncio.gather(*(contribute(pilots, f"Encore {each}") for each in range(9)))
    assert sorted(status for status, _ in late) == [202] + [429] * 8
    refused = next(body for status, body in late if status == 429)
    assert "Gardez votre texte" in refused["detail"]
    # A known text adds none; another pilot has its own limit; the next day too.
    assert (await contribute(pilots, "Très utile\u0301."))[0] == 202
    await pilots.reach_stage("trial", "carnet")
    assert (await contribute(pilots, "Encore", pilot="carnet"))[0] == 202
    assert await store.counts("alertes") == Counts(MAX_PER_DAY, 0, 0)
    pilots.clock.advance(86_400)
    assert (await contribute(pilots, "Le lendemain."))[0] == 202


@pytest.mark.deep
async def test_concurrent_contributions_stop_at_the_daily_limit(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    store, now = PostgresContributions(pilots.pool), pilots.clock.now()

    async def flood(first: int) -> int:
        """How many of 500 were refused."""
        refused = 0
        for number in range(first, first + 500):
            try:
                await store.add("alertes", f"Avis {number}", at=now)
            except Refusal:
                refused += 1
        return refused

    floods = sized(4, deep=20)
    refused = await asyncio.gather(*(flood(500 * each) for each in range(floods)))
    assert sum(refused) == 500 * floods - MAX_PER_DAY
    assert await store.counts("alertes") == Counts(MAX_PER_DAY, 0, 0)


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "a" * (MAX_LENGTH + 1), "a" * 1_000_000, "a\0b", "a\x1b[31m", "a\x85b", "a\u202eb",
     "\ud800", "\u200b", "\u2060 \ufeff\u00ad", "\u3164", "\u0301", "\U000e0041", None, 7, ["a"]],
    ids=lambda text: repr(text)[:12],
)  # fmt: skip
async def test_what_is_no_text_is_refused_and_not_stored(pilots: Lab, text: Any) -> None:
    await pilots.reach_stage("trial")
    assert (await contribute(pilots, text))[0] == 400
    assert (await public(pilots))["counts"]["received"] == 0


async def test_no_form_speaks_to_the_address_of_programs(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    body = json.dumps({"pilot_id": "alertes", "said": "Moi ?"})
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ):
        headers = {TOKEN_HEADER.decode(): pilots.token(ANONYMOUS), "content-type": media_type}
        url = f"{pilots.address}/pilotes/v1/contributions"
        async with pilots.client.post(url, data=body.encode(), headers=headers) as answer:
            assert answer.status == 400, media_type
    assert (await public(pilots))["counts"]["received"] == 0


async def test_only_the_team_reads_and_moderates(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await contribute(pilots, "À lire.")
    for who, status in ((ANONYMOUS, 401), (SOMEBODY, 403)):
        assert (
            await pilots.request("GET", f"{PILOT_CONTRIBUTIONS}/received", who=who)
        ).status == status
    for who, status in ((ANONYMOUS, 401), (SOMEBODY, 403), (PARTNER, 403), (JUDGE, 403)):
        assert (await moderate(pilots, 1, PUBLISH, who=who))[0] == status, who
    # Under another pilot it is not found.
    await pilots.reach_stage("trial", "carnet")
    answer = await pilots.request("PUT", "/pilots/carnet/contributions/1", PUBLISH, at=1)
    assert (answer.status, answer.detail) == (404, "Ce pilote n’a pas d’avis n° 1.")
    assert (await public(pilots))["counts"] == {"received": 1, "published": 0, "set_aside": 0}


@pytest.mark.parametrize(
    "verdict",
    [
        {"state": "published"},
        {"state": "published", "answer": " "},
        {"state": "published", "answer": "\u200b"},
        {"state": "published", "answer": "Oui.", "reason": "personal"},
        {"state": "set_aside"},
        {"state": "set_aside", "answer": "Non."},
        {"state": "set_aside", "reason": "unanswered"},
        {"state": "received"},
        {"state": "published", "answer": "a\0"},
        {"state": "published", "answer": "Oui.", "by": "une autre"},
    ],
    ids=str,
)
async def test_what_is_neither_an_answer_nor_a_reason_is_refused(
    pilots: Lab, verdict: dict[str, Any]
) -> None:
    await pilots.reach_stage("trial")
    await contribute(pilots, "À lire.")
    assert (await moderate(pilots, 1, verdict))[0] == 400
    assert (await public(pilots))["counts"] == {"received": 1, "published": 0, "set_aside": 0}


async def test_of_two_concurrent_moderations_the_second_is_refused(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await contribute(pilots, "À lire.")
    rejection = {"state": "set_aside", "reason": "off_topic"}
    answers = await asyncio.gather(
        moderate(pilots, 1, PUBLISH, who=COORDINATOR),
        moderate(pilots, 1, rejection, who=OTHER_COORDINATOR),
        moderate(pilots, 1, PUBLISH, who=HOLDER),
    )
    assert sorted(status for status, _ in answers) == [200, 412, 412]
    body = next(body for status, body in answers if status == 412)
    assert "Quelqu’un d’autre a traité cet avis" in body["detail"]
    assert (body["current"], "la 2 est en vigueur" in body["detail"]) == (2, True)
    assert (await moderate(pilots, 1, PUBLISH, at=None))[0] == 428
    # A moderation can be changed on the revision it made.
    assert (await moderate(pilots, 1, rejection, at=2))[0] == 200
    assert (await public(pilots))["contributions"] == []


async def test_what_speaks_of_somebody_is_forgotten_at_once(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await contribute(pilots, "Madame Durand est malade.")
    assert (await moderate(pilots, 1, PUBLISH))[0] == 200
    personal = {"state": "set_aside", "reason": "personal"}
    status, body = await moderate(pilots, 1, personal, at=2)
    assert (status, body["said"], body["reason_label"]) == (200, "", REASONS["personal"])
    assert "Durand" not in str(await pilots.pool.fetch("SELECT * FROM contribution"))
    status, body = await moderate(pilots, 1, PUBLISH, at=3)
    assert (status, "est effacé" in body["detail"]) == (410, True)
    assert (await public(pilots))["counts"] == {"received": 1, "published": 0, "set_aside": 1}


async def test_the_published_are_paged_the_last_one_first(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    for number in range(1, 8):
        await contribute(pilots, f"Avis {number}")
        if number != 4:
            assert (await moderate(pilots, number, PUBLISH))[0] == 200
    seen, cursor = [], ""
    while True:
        path = f"{PILOT_CONTRIBUTIONS}?limit=2&cursor={cursor}"
        page = (await pilots.request("GET", path, who=ANONYMOUS)).json
        seen += [each["said"] for each in page["contributions"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"Avis {number}" for number in (7, 6, 5, 3, 2, 1)]
    received = (
        await pilots.request("GET", f"{PILOT_CONTRIBUTIONS}/received?limit=3&cursor=6")
    ).json
    assert [each["number"] for each in received["contributions"]] == [5, 4, 3]
    assert received["next"] == "3"
    for wrong in ("a", "-1", "9" * 16):
        assert (
            await pilots.request("GET", f"{PILOT_CONTRIBUTIONS}?cursor={wrong}", who=ANONYMOUS)
        ).status == 400


async def test_a_formula_is_a_text_in_the_open_data(pilots: Lab) -> None:
    await pilots.reach_stage("evaluation")
    await contribute(pilots, '=HYPERLINK("https://ailleurs.invalid"; "Gagné")')
    assert (await moderate(pilots, 1, {"state": "published", "answer": "@SUM(A1)"}))[0] == 200
    answer = await pilots.request("GET", f"{PILOT_CONTRIBUTIONS}.csv", who=ANONYMOUS)
    assert answer.headers["cache-control"] == "no-store"
    (row,) = csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert row["said"].startswith("'=HYPERLINK(")
    assert row["answer"] == "'@SUM(A1)"
    package = (await pilots.request("GET", "/pilots/alertes/open-data", who=ANONYMOUS)).json
    resource = next(each for each in package["resources"] if each["path"] == "contributions.csv")
    assert [each["name"] for each in resource["schema"]["fields"]] == list(row)
