"""The results of a pilot over HTTP, in every format, on a real log of facts."""

import csv
import io
from typing import Any

import pyarrow.parquet as pq
import pytest
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, PARTNER, PROTOCOL, PUBLIC, SOMEBODY, Lab
from prometheus_client import REGISTRY
from trial_people import ARM, CONTROL, PILOT, halves, leave, take_part

from pilotes.record.domain.pilot import PilotId
from pilotes.results.adapters.figure_metrics import FigureMetrics
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.domain.figure_table import COLUMNS
from pilotes.results.flows.refresh_figures import refresh_figures
from pilotes.retention.adapters import PostgresRetention


async def trial(lab: Lab, outcomes: list[tuple[str, int]], *, stage: str = "evaluation") -> None:
    """A pilot whose participants' observation is over."""
    await lab.reach_stage("trial")
    await take_part(lab, outcomes, since=lab.clock.now())
    lab.clock.advance(40 * 86_400)
    if stage != "trial":
        await lab.change("POST", "/stage", {"to": "evaluation"})


async def figures(lab: Lab, query: str = "", who: tuple[str, str] = ANONYMOUS) -> Any:
    answer = await lab.request("GET", f"/pilots/{PILOT}/indicators{query}", who=who)
    assert answer.status == 200, answer.body
    return answer.json


def line(body: Any, indicator: str, arm: str) -> Any:
    return next(
        each for each in body["indicators"] if each["indicator"] == indicator and each["arm"] == arm
    )


async def test_an_effect_is_reported_with_its_interval_and_its_verdict(pilots: Lab) -> None:
    await trial(pilots, halves(500, arm=0.75, control=0.5))
    body = await figures(pilots)
    arm, control = (line(body, "suivi", name) for name in (ARM, CONTROL))
    assert (arm["people"], arm["value"], control["value"]) == (250, 0.748, 0.5)
    assert arm["low"] < 0.748 < arm["high"]
    assert arm["difference"] == pytest.approx(0.248)
    assert 0 < arm["difference_low"] < 0.248 < arm["difference_high"]
    assert arm["verdict"] == "favorable"
    assert (control["difference"], control["verdict"], control["control"]) == (None, None, True)
    assert body["sound"] is True
    assert body["people"] == {CONTROL: 250, ARM: 250}
    # Programs lead people to the page that explains these figures.
    package = (await pilots.request("GET", f"/pilots/{PILOT}/open-data", who=ANONYMOUS)).json
    assert body["report"] == package["homepage"] == f"{PUBLIC}/pilotes/v1/pilots/{PILOT}/report"


async def test_an_inconclusive_result_is_reported_plainly(pilots: Lab) -> None:
    await trial(pilots, halves(200, arm=0.55, control=0.5))
    body = await figures(pilots)
    assert line(body, "suivi", ARM)["verdict"] == "non concluant"
    hidden = line(body, "confort", ARM)
    assert (hidden["status"], hidden["people"], hidden["value"]) == ("hidden", None, None)
    report = await pilots.request("GET", f"/pilots/{PILOT}/report", who=ANONYMOUS)
    page = report.body.decode()
    assert "Non concluant\u00a0: l’essai ne permet pas de trancher." in page
    assert "Pas de résultat montré" in page


async def test_a_running_trial_is_disclosed_to_its_team_alone(pilots: Lab) -> None:
    await trial(pilots, halves(100, arm=0.5, control=0.5), stage="trial")
    for who in (ANONYMOUS, SOMEBODY):
        for way in ("indicators", "indicators.csv", "indicators.parquet", "report", "report.pdf"):
            answer = await pilots.request("GET", f"/pilots/{PILOT}/{way}", who=who)
            assert answer.status == (401 if who == ANONYMOUS else 403), way
            assert "publics quand il sera fini" in answer.detail
    for who in (COORDINATOR, HOLDER, PARTNER):
        assert (await figures(pilots, who=who))["people"] == {CONTROL: 50, ARM: 50}


async def test_before_a_trial_there_is_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    answer = await pilots.request("GET", f"/pilots/{PILOT}/indicators")
    assert answer.status == 404
    assert "n’a pas encore commencé" in answer.detail


async def test_csv_parquet_and_json_have_the_same_rows(pilots: Lab) -> None:
    await trial(pilots, halves(300, arm=0.7, control=0.4))
    body = (await figures(pilots))["indicators"]
    text = await pilots.request("GET", f"/pilots/{PILOT}/indicators.csv", who=ANONYMOUS)
    rows = list(csv.DictReader(io.StringIO(text.body.decode("utf-8-sig"))))
    file = await pilots.request("GET", f"/pilots/{PILOT}/indicators.parquet", who=ANONYMOUS)
    table = pq.read_table(io.BytesIO(file.body))
    assert table.to_pylist() == body
    assert [each["arm_label"] for each in body[:2]] == ["Comme d'habitude", "Prévenu avant"]
    assert table.schema.metadata[b"licence"] == b"etalab-2.0"
    assert [list(row) for row in rows] == [[each.name for each in COLUMNS]] * len(body)
    for row, same in zip(rows, body, strict=True):
        for column in COLUMNS:
            value, text_value = same[column.name], row[column.name]
            if value is None:
                assert text_value == ""
            elif column.type in ("integer", "number"):
                assert float(text_value) == value
            else:
                assert text_value == str(value).replace("True", "true").replace("False", "false")


async def test_a_filter_that_would_isolate_somebody_is_refused_in_words(pilots: Lab) -> None:
    await trial(pilots, halves(100, arm=0.5, control=0.5))
    for way in ("indicators", "indicators.csv", "indicators.parquet"):
        answer = await pilots.request("GET", f"/pilots/{PILOT}/{way}?commune=45234&arm={ARM}")
        assert answer.status == 400
        assert "pour que personne ne puisse être isolé" in answer.detail
        unknown = await pilots.request("GET", f"/pilots/{PILOT}/{way}?arm=inconnu")
        assert (unknown.status, unknown.json["known"]) == (404, [CONTROL, ARM])
    one = await figures(pilots, f"?arm={ARM}&indicator=suivi")
    assert [(each["indicator"], each["arm"]) for each in one["indicators"]] == [("suivi", ARM)]


async def test_a_withdrawal_removes_a_person_from_the_results_at_once(pilots: Lab) -> None:
    await trial(pilots, halves(200, arm=0.6, control=0.5))
    before = await figures(pilots)
    await leave(pilots, 0, at=pilots.clock.now())
    after = await figures(pilots)
    lost = sum(before["people"].values()) - sum(after["people"].values())
    # With them, the others of their tranche: at least k, and not everybody.
    assert 10 <= lost <= 30
    # Without an update in between: it is removed from what is stored, not only from the next
    # update.
    assert before["as_of"] == after["as_of"]
    pilots.clock.advance(2 * 3600)
    assert (await figures(pilots))["people"] == after["people"]


async def test_too_few_people_are_not_disclosed(pilots: Lab) -> None:
    await trial(pilots, [(CONTROL, 1)] * 30 + [(ARM, 0)] * 4)
    body = await figures(pilots)
    assert body["people"] == {CONTROL: 0, ARM: 0}
    assert {each["status"] for each in body["indicators"]} == {"hidden"}
    page = (await pilots.request("GET", f"/pilots/{PILOT}/report", who=ANONYMOUS)).body.decode()
    assert "Moins de 5 personnes par groupe" in page


async def test_a_draw_that_was_not_as_planned_concludes_nothing(pilots: Lab) -> None:
    skewed = halves(200, arm=0.9, control=0.3) + [(ARM, 1)] * 80
    await trial(pilots, skewed)
    body = await figures(pilots)
    assert body["sound"] is False
    assert line(body, "suivi", ARM)["verdict"] == "non concluant"
    assert "pas comparables" in body["sound_sentence"]


async def test_the_coordinator_sees_a_draw_that_is_not_as_planned(pilots: Lab) -> None:
    async def look() -> tuple[frozenset[PilotId], float | None]:
        store = PostgresFigures(pilots.pool)
        broken = await refresh_figures(desk=pilots.desk, store=store, gauges=FigureMetrics())
        return broken, REGISTRY.get_sample_value("pilotes_draw_alarm", {"pilot": PILOT})

    async def alarms(who: tuple[str, str]) -> Any:
        return (await pilots.request("GET", "/indicators", who=who)).json["alarms"]

    await trial(pilots, halves(40, arm=0.5, control=0.5), stage="trial")
    assert await look() == (frozenset(), 0.0)
    assert await alarms(COORDINATOR) == []
    # No observation is over: nothing is disclosed, and the draw is reported all the same.
    await take_part(pilots, [(ARM, 1)] * 80, since=pilots.clock.now(), first=1000)
    pilots.clock.advance(86_400)
    assert await look() == ({PILOT}, 1.0)
    assert await alarms(COORDINATOR) == [PILOT]
    assert await alarms(HOLDER) == [PILOT]
    assert await alarms(ANONYMOUS) == await alarms(SOMEBODY) == []
    body = await figures(pilots, who=COORDINATOR)
    assert (body["sound"], "rien n'est conclu" in body["sound_sentence"]) == (False, True)
    page = (await pilots.request("GET", f"/pilots/{PILOT}/report")).body.decode()
    assert page.index("pas donné les proportions prévues") < page.index("Ce qui est essayé")
    # A draw alarm, without a pause: the results state it, and the trial goes on.
    assert (await pilots.request("GET", f"/pilots/{PILOT}")).json["state"] == "running"
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    assert await look() == (frozenset(), None)


async def test_disclosed_results_stay_when_a_closed_pilot_s_facts_are_erased(pilots: Lab) -> None:
    await trial(pilots, halves(200, arm=0.6, control=0.5))
    before = await figures(pilots)
    for case in ("evaluation_report",):
        await pilots.change("POST", "/evidence", {"kind": case, "reference": "GED/1"}, who=HOLDER)
    await pilots.change("POST", "/stage", {"to": "stop", "reason": "Peu d'effet."})
    await pilots.change("POST", "/stage", {"to": "closed"})
    await pilots.pool.execute("DELETE FROM use")
    await pilots.pool.execute("DELETE FROM cohort")
    pilots.clock.advance(86_400)
    assert (await figures(pilots))["indicators"] == [
        each | {"protocol_version": 1} for each in before["indicators"]
    ]


async def test_disclosed_results_outlive_the_retention_of_facts(pilots: Lab) -> None:
    await trial(pilots, halves(200, arm=0.9, control=0.3) + [(ARM, 1)] * 80)
    before = await figures(pilots)
    pilots.clock.advance(800 * 86_400)
    assert await PostgresRetention(pilots.pool).erase_due(pilots.clock.now()) == [PILOT]
    assert await pilots.pool.fetchval("SELECT count(*) FROM cohort") == 0
    after = await figures(pilots)
    assert (after["people"], after["sound"]) == (before["people"], False)
    assert [each["value"] for each in after["indicators"]] == [
        each["value"] for each in before["indicators"]
    ]


async def test_the_project_holder_declares_the_cost(pilots: Lab) -> None:
    await trial(pilots, halves(100, arm=0.5, control=0.5))
    stated = {"euros": 1200, "working_days": 3.5, "watts_per_core": 9}
    for who, status in ((ANONYMOUS, 401), (SOMEBODY, 403), (PARTNER, 403), (HOLDER, 204)):
        answer = await pilots.request("PUT", f"/pilots/{PILOT}/cost", stated, who=who)
        assert answer.status == status, who
    page = (await pilots.request("GET", f"/pilots/{PILOT}/report", who=ANONYMOUS)).body.decode()
    # 0.8 ms of the processor a request × 1,000 × 9 W = 7.2 J = 0.002 Wh
    for expected in ("0,80\u202fms", "0,002\u202fWh", "9\u202fW", "1\u202f200\u202f€"):
        assert expected in page, expected
    pdf = await pilots.request("GET", f"/pilots/{PILOT}/report.pdf", who=ANONYMOUS)
    assert (pdf.status, pdf.body[:5]) == (200, b"%PDF-")


async def test_open_data_describes_its_licence_and_every_column(pilots: Lab) -> None:
    await trial(pilots, halves(100, arm=0.5, control=0.5), stage="trial")
    assert (await pilots.request("GET", f"/pilots/{PILOT}/open-data")).status == 404
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    body = (await pilots.request("GET", f"/pilots/{PILOT}/open-data", who=ANONYMOUS)).json
    assert body["licenses"][0]["name"] == "etalab-2.0"
    for resource in body["resources"]:
        answer = await pilots.request("GET", f"/pilots/{PILOT}/{resource['path']}", who=ANONYMOUS)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(resource["mediatype"])
        fields = resource["schema"]["fields"]
        assert all(each["description"] for each in fields)
        if resource["format"] == "csv":
            names = answer.body.decode("utf-8-sig").split("\r\n")[0].split(",")
            assert [each["name"] for each in fields] == names
    assert [each["path"] for each in body["resources"]] == [
        "indicators.csv",
        "indicators.parquet",
        "contributions.csv",
    ]


async def test_the_lab_s_figures_are_sums_of_disclosed_results(pilots: Lab) -> None:
    await trial(pilots, halves(300, arm=0.8, control=0.4))
    await pilots.create_pilot("carnet")
    lab = (await pilots.request("GET", "/indicators", who=ANONYMOUS)).json
    assert (lab["pilots"], lab["people"], lab["verdicts"]) == (1, 300, {"favorable": 1})
    inside = (await pilots.request("GET", "/indicators")).json
    assert inside["stages"] == {"evaluation": 1, "idea": 1}
    assert (await pilots.request("GET", "/indicators?commune=1")).status == 400


async def test_an_indicator_of_an_amendment_begins_with_undisclosed_people(
    pilots: Lab,
) -> None:
    """One more week of the same fact, of the same people: the difference would be a few of them."""
    await trial(pilots, halves(100, arm=0.6, control=0.5), stage="trial")
    assert line(await figures(pilots, who=HOLDER), "suivi", ARM)["status"] == "shown"
    more = PROTOCOL["indicators"][0] | {"id": "suivi-21", "role": "secondary", "window_days": 21}
    amended = PROTOCOL | {"indicators": [*PROTOCOL["indicators"], more]}
    await pilots.amend(amended, "2026-05-04")
    pilots.clock.advance(2 * 3600)
    body = await figures(pilots, who=HOLDER)
    assert line(body, "suivi", ARM)["status"] == "shown"
    assert line(body, "suivi-21", ARM)["status"] == "hidden"
    await take_part(pilots, halves(80, arm=0.6, control=0.5), since=pilots.clock.now(), first=1000)
    pilots.clock.advance(40 * 86_400)
    later = line(await figures(pilots, who=HOLDER), "suivi-21", ARM)
    assert (later["people"], later["window_days"]) == (40, 21)


async def test_figures_are_refreshed_before_a_request_and_surveys_are_among_them(
    pilots: Lab,
) -> None:
    await trial(pilots, halves(100, arm=0.5, control=0.5))
    # Twelve of them did not answer: that is a group of its own.
    await pilots.pool.execute(
        "INSERT INTO survey_answer SELECT participant, pilot_id, 'sortie', 'unique',"
        " first_exposure + interval '2 days', jsonb_build_object('sus', 60 + participant % 3 * 15),"
        " '{}' FROM cohort WHERE participant % 50 >= 12"
    )
    store = PostgresFigures(pilots.pool)
    await refresh_figures(desk=pilots.desk, store=store, gauges=FigureMetrics())
    stored = await store.stored(PilotId(PILOT))
    assert stored.at == pilots.clock.now()
    body = line(await figures(pilots), "confort", ARM)
    silent = body["people"] - body["answered"]
    assert silent == 0 or silent >= 5
    assert 30 <= body["answered"] <= 41
    assert 60 <= body["value"] <= 90


async def test_retention_is_counted_from_the_log_to_its_curve(
    pilots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = {
        "id": "retour",
        "label": "Revient",
        "kind": "retention",
        "source": "return:board-watched",
        "direction": "up",
        "role": "secondary",
        "window_days": 28,
    }
    monkeypatch.setitem(PROTOCOL, "indicators", [*PROTOCOL["indicators"], back])
    await pilots.reach_stage("trial")
    since = pilots.clock.now()
    await take_part(pilots, [(ARM, 1), (CONTROL, 1)] * 50, since=since)
    # A fifth of each arm came on the first day alone, a fifth until day 10, 20, 27 and 30.
    for case, days in enumerate(((), (10,), (10, 20), (10, 20, 27), (10, 20, 30))):
        await pilots.pool.execute(
            "INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds)"
            " SELECT pilot_id, participant, arm, 'board-watched',"
            "   first_exposure + day * interval '24 hours' + interval '1 hour', true, 1, 2000, 0.01"
            " FROM cohort, unnest($1::integer[]) AS day"
            " WHERE (extract(epoch FROM first_exposure - $2)::integer / 2) % 5 = $3",
            list(days),
            since,
            case,
        )
    pilots.clock.advance(45 * 86_400)
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    body = await figures(pilots)
    assert line(body, "retour", ARM)["value"] == 0.8
    curve = [(each["day"], each["share"]) for each in body["retention"] if each["arm"] == ARM]
    assert curve == [(7, 0.8), (14, 0.6), (21, 0.4), (28, 0.2)]
