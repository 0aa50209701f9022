"""What comes first at `/lab`, how far a guardrail is from its bound, and which services answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from pilotes.lab.adapters.platform_health import GatewayHealth
from pilotes.lab.domain.alarms import alarms_of
from pilotes.lab.ports import PlatformHealth, WatchedSource
from pilotes.record.domain.pilot import Description, Pilot, PilotId, Processing
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.results.domain.contrasts import Contrast
from pilotes.results.domain.estimates import Figure, Figures
from pilotes.results.domain.margins import Margin, margin_of
from pilotes.safety.domain.incident_reports import Report
from pilotes.statistics.domain.verdict import GuardrailState, IndicatorVerdict
from socle.testing import ServeApp

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WAIT = Indicator("attente", "Attente", "mean", "use:x", "down", "guardrail", bound=2.0)
PROTOCOL = Protocol(
    version=1,
    arms=(Arm("temoin", "Comme avant", 5000), Arm("alerte", "Une alerte", 5000)),
    control="temoin",
    routes=("/x",),
    eligibility="Toute personne majeure.",
    planned_per_arm=500,
    indicators=(WAIT,),
    stopping_rule="Un incident grave.",
    starts_at=AT,
    ends_at=AT + timedelta(days=90),
)
PILOT = Pilot(
    id=PilotId("alertes"),
    revision=3,
    stage="trial",
    paused=False,
    field="mobilite",
    title="Alertes",
    description=Description("On prévient.", "Région"),
    processing=Processing(),
    protocol_version=1,
    salted=True,
    created_at=AT,
    changed_at=AT,
    changed_by="c-1",
    trial_at=AT,
)
BREACHED = Contrast(
    "alerte", 4.0, 2.5, 5.5, 0.01, IndicatorVerdict.UNFAVOURABLE, GuardrailState.BREACHED, False
)
SEVERE = Report(1, "alertes", "incident", "severe", "Une chute.", "participant", AT)


def figures(*contrasts: Contrast, ratio_as_planned: bool = True) -> Figures:
    return Figures(5, {}, ratio_as_planned, (Figure(WAIT, (), contrasts),), ())


def test_alarms_come_by_their_gravity() -> None:
    everything = figures(replace(BREACHED, answers_differ=True), ratio_as_planned=False)
    late = AT + timedelta(days=100)
    found = alarms_of(PILOT, PROTOCOL, everything, [SEVERE], now=late)
    assert [each.type for each in found] == ["incident", "guardrail", "draw", "answers", "ended"]
    assert found[1].detail == "Attente"
    paused = replace(PILOT, paused=True, pause_reason="Une panne.")
    found = alarms_of(paused, PROTOCOL, None, [SEVERE], now=AT)
    assert [(each.type, each.detail) for each in found] == [("paused", "Une panne.")]


def test_a_pilot_without_people_has_no_alarm() -> None:
    assert alarms_of(PILOT, PROTOCOL, figures(), [], now=AT) == ()
    assert alarms_of(PILOT, PROTOCOL, None, [replace(SEVERE, paused_trial=True)], now=AT) == ()
    over = replace(PILOT, stage="evaluation")
    assert alarms_of(over, PROTOCOL, figures(BREACHED), [SEVERE], now=AT) == ()


def test_a_margin_is_positive_before_the_bound() -> None:
    assert margin_of(WAIT, BREACHED) == Margin(estimate=-2.0, worst=-3.5)
    better = replace(WAIT, direction="up", bound=-5.0)
    held = replace(BREACHED, estimate=1.0, low=-4.0, high=6.0)
    assert margin_of(better, held) == Margin(estimate=6.0, worst=1.0)
    assert margin_of(WAIT, replace(BREACHED, low=None, high=None)) is None
    assert margin_of(replace(WAIT, bound=None), BREACHED) is None


@pytest.mark.parametrize("broken", [False, True])
async def test_one_service_down_leaves_the_other_part(serve_app: ServeApp, broken: bool) -> None:
    feeds = b'{"feeds": [{"name": "TAO", "real_time": [{"state": "live"}, {"state": "stale"}]},'
    feeds += b' {"name": "Remi", "real_time": []}]}'

    async def gateway(scope: Any, receive: Any, send: Any) -> None:
        ready = b'{"status": "degraded", "checks": {"mobilite": null, "esante": "ne repond pas"}}'
        of_feeds = b"<html>" if broken else feeds
        status, body = (503, ready) if scope["path"] == "/readyz" else (200, of_feeds)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async with aiohttp.ClientSession() as session:
        health = await GatewayHealth(session, await serve_app(gateway)).read()
        assert health.services == [WatchedSource("mobilite", True), WatchedSource("esante", False)]
        assert health.feeds == (None if broken else [WatchedSource("TAO", False)])
        nothing = PlatformHealth(None, None)
        assert await GatewayHealth(session, "http://127.0.0.1:9").read() == nothing
        assert await GatewayHealth(session, None).read() == nothing
