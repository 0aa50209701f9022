"""What Prometheus reads of a trial is what the API shows to its team."""

from typing import Any

import pytest
from pilot_lab import COORDINATOR, PROTOCOL, Lab
from prometheus_client import REGISTRY
from trial_people import ARM, CONTROL, PILOT, halves, leave, take_part

from pilotes.results.adapters.figure_metrics import FigureMetrics
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.flows.refresh_figures import refresh_figures

_COLUMNS = {
    "pilotes_level": "value",
    "pilotes_level_low": "low",
    "pilotes_level_high": "high",
    "pilotes_difference": "difference",
    "pilotes_difference_low": "difference_low",
    "pilotes_difference_high": "difference_high",
    "pilotes_answers_alarm": "answers_differ",
}


def samples(metric: str) -> dict[tuple[str, str], float]:
    """The values of a metric, by indicator and arm."""
    return {
        (each.labels.get("indicator", ""), each.labels.get("arm", "")): each.value
        for family in REGISTRY.collect()
        for each in family.samples
        if each.name == metric
    }


def column(body: Any, name: str) -> dict[tuple[str, str], float]:
    """The same numbers of the API's answer."""
    return {
        (row["indicator"], row["arm"]): float(row[name])
        for row in body["indicators"]
        if row[name] is not None
    }


async def test_monitoring_shows_what_the_api_shows(
    pilots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, *others = PROTOCOL["indicators"]
    guardrail = {**main, "id": "garde", "role": "guardrail", "bound": -0.1}
    monkeypatch.setitem(PROTOCOL, "indicators", [main, guardrail, *others])

    async def look() -> Any:
        store = PostgresFigures(pilots.pool)
        await refresh_figures(desk=pilots.desk, store=store, gauges=FigureMetrics())
        address = f"/pilots/{PILOT}/indicators"
        body = (await pilots.request("GET", address, who=COORDINATOR)).json
        for metric, name in _COLUMNS.items():
            assert samples(metric) == column(body, name), metric
        people = {arm: value for (_, arm), value in samples("pilotes_completed_people").items()}
        assert people == body["people"]
        return body

    await pilots.reach_stage("trial")
    await take_part(pilots, halves(4, arm=0.5, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)
    assert {row["status"] for row in (await look())["indicators"]} == {"hidden"}
    assert samples("pilotes_level") == {}

    coming = halves(500, arm=0.75, control=0.5)
    await take_part(pilots, coming, since=pilots.clock.now(), first=1000)
    pilots.clock.advance(40 * 86_400)
    published = await look()
    assert samples("pilotes_level")["suivi", ARM] > samples("pilotes_level")["suivi", CONTROL]
    assert samples("pilotes_pilots") == {("", ""): 1.0}
    assert samples("pilotes_paused") == {("", ""): 0.0}
    guarded = {
        (row["indicator"], row["arm"]): float(row["guardrail"] == "franchi")
        for row in published["indicators"]
        if row["guardrail"] is not None
    }
    assert samples("pilotes_guardrail_breached") == guarded
    (held,) = (row for row in published["indicators"] if row["guardrail"] == "tenu")
    margin = held["difference_low"] + 0.1
    assert samples("pilotes_guardrail_margin") == {("garde", ARM): pytest.approx(margin, abs=2e-4)}

    # Between two refreshes, a withdrawal takes a group out of the stored figures.
    await leave(pilots, 1000, at=pilots.clock.now())
    assert sum((await look())["people"].values()) < sum(published["people"].values())


async def test_a_closed_pilot_is_no_longer_published(pilots: Lab) -> None:
    async def refresh() -> None:
        store = PostgresFigures(pilots.pool)
        await refresh_figures(desk=pilots.desk, store=store, gauges=FigureMetrics())

    await pilots.reach_stage("generalise")
    await refresh()
    assert set(samples("pilotes_completed_people")) == {("", ARM), ("", CONTROL)}
    # Only a running trial is paused or alarms.
    assert samples("pilotes_draw_alarm") == samples("pilotes_paused") == {}
    await pilots.change("POST", "/evidence", {"kind": "adoption_follow_up", "reference": "GED/1"})
    await pilots.change("POST", "/stage", {"to": "closed"})
    await refresh()
    assert samples("pilotes_completed_people") == {}
