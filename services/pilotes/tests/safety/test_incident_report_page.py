"""Something went wrong for somebody without an account: they say so, by a page or a program."""

from pilot_lab import JUDGE, SOMEBODY, Lab
from visitors import Visitor, codes

MINE = "/participer/mes-participations"
PATH = f"{MINE}/alertes/signalement"
SAID = {"what": "genant", "said": "L'alerte est arrivée <trop> tard.\r\nDeux fois."}


async def reported(pilots: Lab) -> list[tuple[str, str | None, str, str]]:
    """What the team reads, the first one first."""
    answer = await pilots.ask("GET", "/pilots/alertes/reports", who=JUDGE)
    told = answer.json["reports"][::-1]
    return [(each["kind"], each["severity"], each["said"], each["role"]) for each in told]


async def state(pilots: Lab) -> str:
    return str((await pilots.ask("GET", "/pilots/alertes")).json["state"])


async def test_somebody_without_an_account_reports_on_a_page(pilots: Lab) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    await visitor.enrol(code)
    assert f'href="{PATH}"' in (await visitor.go(MINE)).text
    form = await visitor.go(PATH)
    assert form.title == "Signaler un problème : Être prévenu avant de partir"
    assert "<script" not in form.text
    for wrong, sentence in (
        (SAID | {"what": ""}, "Choisissez ce que vous signalez."),
        (SAID | {"what": "severe"}, "Choisissez ce que vous signalez."),
        (SAID | {"said": " "}, "Dites ce qui s'est passé"),
        (SAID | {"said": "a" * 4_001}, "en 4000 caractères au plus"),
    ):
        page = await visitor.go(PATH, wrong)
        assert (page.status, sentence in page.words) == (400, True), page.words
    again = await visitor.go(PATH, SAID | {"what": ""})
    assert "&lt;trop&gt; tard." in again.text
    done = await visitor.go(PATH, SAID)
    assert "C'est transmis à l'équipe du pilote." in done.words
    for what in ("acces", "remarque"):
        await visitor.go(PATH, {"what": what, "said": "Trop petit."})
    assert await reported(pilots) == [
        ("incident", "moderate", "L'alerte est arrivée <trop> tard.\nDeux fois.", "participant"),
        ("accessibility", None, "Trop petit.", "participant"),
        ("comment", None, "Trop petit.", "participant"),
    ]
    assert await state(pilots) == "running"
    done = await visitor.go(PATH, {"what": "grave", "said": "Quelqu'un est tombé."})
    assert "il est en pause" in done.words
    assert await state(pilots) == "paused"
    kept = await pilots.pool.fetch("SELECT DISTINCT reporter FROM report")
    assert len(kept) == 1
    assert visitor.cookies["__Host-participant"] not in str(kept)


async def test_a_program_reports_for_the_device_and_for_whoever_logged_in_on_it(
    pilots: Lab,
) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    visitor, said = Visitor(pilots), {"kind": "comment", "said": "Utile."}
    await visitor.enrol(code)
    path = "/pilots/alertes/reports"
    assert (await visitor.asks("POST", path, said))[0] == 201
    logged_in = Visitor(pilots, SOMEBODY, dict(visitor.cookies))
    assert (await logged_in.asks("POST", path, said))[0] == 201
    assert [role for *_, role in await reported(pilots)] == ["participant", "participant"]
    # What a participant may is said, and nothing of what was reported is theirs to read.
    assert (await visitor.asks("GET", path))[0] == 401


async def test_who_does_not_take_part_or_no_longer_does_reports_nothing(pilots: Lab) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    visitor, said = Visitor(pilots), {"kind": "comment", "said": "Utile."}
    strangers = (
        (Visitor(pilots), 401),
        (Visitor(pilots, cookies={"__Host-participant": "0" * 24}), 401),
        (Visitor(pilots, SOMEBODY), 403),
    )
    for stranger, status in strangers:
        for form in (None, SAID):
            page = await stranger.go(PATH, form)
            assert (page.status, "Vous ne participez pas" in page.words) == (404, True)
        told, _ = await stranger.asks("POST", "/pilots/alertes/reports", said)
        assert told == status
    await visitor.enrol(code)
    await visitor.asks("DELETE", "/participations/alertes")
    assert "signalement" not in (await visitor.go(MINE)).text
    page = await visitor.go(PATH, SAID)
    assert (page.status, "ne participez plus" in page.words) == (409, True)
    assert (await visitor.asks("POST", "/pilots/alertes/reports", said))[0] == 401
    assert await reported(pilots) == []
