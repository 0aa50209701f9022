"""Two concurrent edits: neither overwrites the other, the second is refused."""

import asyncio

from pilot_lab import COORDINATOR, HOLDER, OTHER_COORDINATOR, PILOT, PROTOCOL, Lab

SHEET = {name: value for name, value in PILOT.items() if name != "id"}


async def test_the_second_of_two_changes_is_refused_and_nothing_is_lost(pilots: Lab) -> None:
    await pilots.create_pilot()
    first = await pilots.request("GET", "/pilots/alertes")
    assert first.headers["etag"] == f'"{first.json["revision"]}"'
    at = first.headers["etag"]
    answers = await asyncio.gather(
        *(
            pilots.request(
                "PUT", "/pilots/alertes", SHEET | {"title": f"Titre de {who[1]}"}, who=who, at=at
            )
            for who in (COORDINATOR, OTHER_COORDINATOR, HOLDER)
        )
    )
    done = [each for each in answers if each.status == 200]
    refused = [each for each in answers if each.status == 412]
    assert (len(done), len(refused)) == (1, 2)
    now = (await pilots.request("GET", "/pilots/alertes")).json
    assert now["title"] == done[0].json["title"]
    assert now["revision"] == first.json["revision"] + 1
    for each in refused:
        assert each.json["type"] == "urn:regionlab:problem:stale"
        assert each.json["current"] == now["revision"]
        assert "Rien n’a été écrasé" in each.detail
    # After reading again, the others go on.
    answer = await pilots.change("PUT", "", SHEET | {"title": "À deux"}, who=OTHER_COORDINATOR)
    assert answer.json["title"] == "À deux"


async def test_two_who_open_one_gate_open_it_once(pilots: Lab) -> None:
    await pilots.create_pilot()
    at = await pilots.revision()
    answers = await asyncio.gather(
        *(
            pilots.request("POST", "/pilots/alertes/stage", {"to": "codesign"}, who=who, at=at)
            for who in (COORDINATOR, OTHER_COORDINATOR)
        )
    )
    assert sorted(each.status for each in answers) == [200, 412]
    decisions = (await pilots.request("GET", "/pilots/alertes/decisions")).json["decisions"]
    assert [each["kind"] for each in decisions].count("stage") == 1


async def test_a_change_without_if_match_is_refused(pilots: Lab) -> None:
    await pilots.create_pilot()
    for method, path, body in (
        ("PUT", "", SHEET),
        ("PUT", "/protocol", PROTOCOL),
        ("POST", "/stage", {"to": "codesign"}),
        ("DELETE", f"/members/{HOLDER[1]}", None),
    ):
        answer = await pilots.request(method, f"/pilots/alertes{path}", body)
        assert answer.status == 428, path
        assert answer.json["type"] == "urn:regionlab:problem:revision_required"
        assert "If-Match" in answer.detail
        answer = await pilots.request(method, f"/pilots/alertes{path}", body, at="*")
        assert answer.status == 400, path


async def test_two_pilots_of_one_name_are_one(pilots: Lab) -> None:
    answers = await asyncio.gather(*(pilots.request("POST", "/pilots", PILOT) for _ in range(4)))
    assert sorted(each.status for each in answers) == [201, 409, 409, 409]


async def test_decisions_of_many_pilots_at_once_make_one_chain(pilots: Lab) -> None:
    names = [f"pilote-{at}" for at in range(8)]
    await asyncio.gather(
        *(pilots.request("POST", "/pilots", PILOT | {"id": name}) for name in names)
    )
    rows = await pilots.pool.fetch("SELECT number, previous, hash FROM decision ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, 9))
    assert [row["previous"] for row in rows] == ["", *(row["hash"] for row in rows[:-1])]
