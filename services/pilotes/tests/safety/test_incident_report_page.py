"""A participant without an account reports a problem, by a page or a program."""

from pilot_lab import ANONYMOUS, JUDGE, SOMEBODY, Lab
from visitors import Visitor, codes

MINE = "/participer/mes-participations"
PATH = f"{MINE}/alertes/signalement"
REPORT_FORM = {"what": "genant", "said": "L'alerte est arrivée <trop> tard.\r\nDeux fois."}


async def reported(pilots: Lab) -> list[tuple[str, str | None, str, str]]:
    """The reports that the team reads, the first one first."""
    answer = await pilots.request("GET", "/pilots/alertes/reports", who=JUDGE)
    reports = answer.json["reports"][::-1]
    return [(each["kind"], each["severity"], each["said"], each["role"]) for each in reports]


async def state(pilots: Lab) -> str:
    return str((await pilots.request("GET", "/pilots/alertes")).json["state"])


async def test_somebody_without_an_account_reports_on_a_page(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    await visitor.enrol(code)
    assert f'href="{PATH}"' in (await visitor.go(MINE)).text
    form = await visitor.go(PATH)
    assert form.title == "Signaler un problème : Être prévenu avant de partir"
    assert "<script" not in form.text
    for wrong, sentence in (
        (REPORT_FORM | {"what": ""}, "Choisissez ce que vous signalez."),
        (REPORT_FORM | {"what": "severe"}, "Choisissez ce que vous signalez."),
        (REPORT_FORM | {"said": " "}, "Écrivez ce qui s'est passé"),
        (REPORT_FORM | {"said": "a" * 4_001}, "en 4000 caractères au plus"),
    ):
        page = await visitor.go(PATH, wrong)
        assert (page.status, sentence in page.words) == (400, True), page.words
    again = await visitor.go(PATH, REPORT_FORM | {"what": ""})
    assert "&lt;trop&gt; tard." in again.text
    done = await visitor.go(PATH, REPORT_FORM)
    assert "C'est transmis à l'équipe de l'essai." in done.words
    for what in ("acces", "remarque"):
        await visitor.go(PATH, {"what": what, "said": "Trop petit."})
    assert await reported(pilots) == [
        ("incident", "moderate", "L'alerte est arrivée <trop> tard.\nDeux fois.", "participant"),
        ("accessibility", None, "Trop petit.", "participant"),
        ("comment", None, "Trop petit.", "participant"),
    ]
    assert await state(pilots) == "running"
    await reports_a_severe_incident(pilots, visitor)
    rows = await pilots.pool.fetch("SELECT DISTINCT reporter FROM report")
    assert len(rows) == 1
    assert visitor.cookies["__Host-participant"] not in str(rows)


async def reports_a_severe_incident(pilots: Lab, visitor: Visitor) -> None:
    """It pauses the trial for everybody: a page says so first, and nothing happens before."""
    severe = {"what": "grave", "said": "Quelqu'un est <tombé>.\r\nDeux fois."}
    question = await visitor.go(PATH, severe)
    assert (question.status, question.title) == (200, "Mettre l'essai en pause ?")
    assert "L'essai est mis en pause tout de suite, pour tout le monde" in question.words
    assert "Votre participation n'est pas arrêtée" in question.words
    assert "Rien n'est encore envoyé." in question.words
    assert "<script" not in question.text
    assert question.hidden == severe
    assert len(await reported(pilots)) == 3
    assert await state(pilots) == "running"
    back = await visitor.go(PATH, question.hidden | {"confirmed": "no"})
    assert (back.status, back.title.startswith("Signaler un problème")) == (200, True)
    assert 'value="grave" required checked' in back.text
    assert "&lt;tombé&gt;.\r\nDeux fois.</textarea>" in back.text
    assert await state(pilots) == "running"
    done = await visitor.go(PATH, question.hidden | {"confirmed": "yes"})
    assert "il est en pause" in done.words
    assert await state(pilots) == "paused"
    assert (await reported(pilots))[-1][2] == "Quelqu'un est <tombé>.\nDeux fois."
    # Nothing is left to pause: it is sent at once.
    again = await visitor.go(PATH, severe | {"said": "Encore."})
    assert "C'est transmis" in again.words
    assert (await reported(pilots))[-1][2] == "Encore."


async def test_a_program_reports_for_the_device_and_for_the_account_logged_in_on_it(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor, report = Visitor(pilots), {"kind": "comment", "said": "Utile."}
    await visitor.enrol(code)
    path = "/pilots/alertes/reports"
    assert (await visitor.request_api("POST", path, report))[0] == 201
    logged_in = Visitor(pilots, SOMEBODY, dict(visitor.cookies))
    assert (await logged_in.request_api("POST", path, report))[0] == 201
    assert [role for *_, role in await reported(pilots)] == ["participant", "participant"]
    # The participant's permissions are listed, and no report is readable to them.
    assert (await visitor.request_api("GET", path))[0] == 401


async def test_who_does_not_take_part_or_no_longer_does_reports_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor, report = Visitor(pilots), {"kind": "comment", "said": "Utile."}
    strangers = (
        (Visitor(pilots), 401),
        (Visitor(pilots, cookies={"__Host-participant": "0" * 24}), 401),
        (Visitor(pilots, SOMEBODY), 403),
    )
    for stranger, status in strangers:
        page = await stranger.go(PATH)
        assert (page.status, "Vous ne participez pas" in page.words) == (404, True)
        # A form that an account sends names the account that opened it; this one names none.
        sent = 404 if stranger.who is ANONYMOUS else 409
        assert (await stranger.go(PATH, REPORT_FORM)).status == sent
        reports, _ = await stranger.request_api("POST", "/pilots/alertes/reports", report)
        assert reports == status
    await visitor.enrol(code)
    await visitor.request_api("DELETE", "/participations/alertes")
    assert "signalement" not in (await visitor.go(MINE)).text
    page = await visitor.go(PATH, REPORT_FORM)
    assert (page.status, "ne participez plus" in page.words) == (409, True)
    assert (await visitor.request_api("POST", "/pilots/alertes/reports", report))[0] == 401
    assert await reported(pilots) == []
