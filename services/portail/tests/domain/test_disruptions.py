"""Disruptions by moment, means of transport and place."""

from datetime import datetime

import pytest

from portail.domain.alerts import Alert, Informed, Named, Period
from portail.domain.disruptions import choice_of, is_near, is_of_mode, moment_of
from portail.domain.stops import FoundStop, Route

NOW = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
A = Informed(route=Named("tao:A"))
ROUTES = {"tao:A": Route("tao:A", type=0), "tao:3": Route("tao:3", type=3)}
STOP = FoundStop("tao:gare-1", "Gare", station="tao:gare", routes=(Route("tao:A", type=0),))


def alert(*informed: Informed, **members: object) -> Alert:
    return Alert("tao:0:1", feed="tao", informed=informed, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("route_type", "mode"),
    [
        *((0, "tram"), (1, "metro"), (2, "train"), (3, "bus"), (200, "car"), (715, "bus")),
        *((106, "train"), (900, "tram"), (401, "metro"), (4, None), (None, None)),
        *((5, "tram"), (12, "metro"), (300, "train")),
    ],
)
def test_the_means_of_transport_of_basic_and_extended_types(
    route_type: int | None, mode: str | None
) -> None:
    assert choice_of(route_type) == mode


def test_what_begins_later_today_is_apart_from_what_begins_on_another_day() -> None:
    for start, moment in (("2026-03-02T23:59", "today"), ("2026-03-03T00:00", "soon")):
        period = Period(datetime.fromisoformat(f"{start}:00+01:00"))
        assert moment_of(alert(active=False, period=period), NOW) == moment
    assert moment_of(alert(active=True), NOW) == "now"
    assert moment_of(alert(active=False), NOW) == "soon"


def test_an_alert_without_a_line_is_of_every_mode_of_its_network() -> None:
    assert is_of_mode(alert(A), "tram", ROUTES)
    assert not is_of_mode(alert(A), "bus", ROUTES)
    assert is_of_mode(alert(), "bus", ROUTES)
    assert is_of_mode(alert(Informed(stop=Named("tao:x"))), "tram", ROUTES)
    assert not is_of_mode(alert(), "train", ROUTES)
    assert is_of_mode(alert(Informed(route_type=2)), "train", ROUTES)


@pytest.mark.parametrize(
    ("informed", "near"),
    [
        ((), True),
        ((A,), True),
        ((Informed(route=Named("tao:3")),), False),
        ((Informed(stop=Named("tao:gare")),), True),
        ((Informed(stop=Named("tao:gare-1")),), True),
        ((Informed(route=Named("tao:A"), stop=Named("tao:loin")),), False),
        ((Informed(agency=Named("tao:t")),), True),
        ((Informed(route_type=0),), True),
        ((Informed(route_type=3),), False),
        ((Informed(trip=Named("tao:t")),), False),
    ],
)
def test_an_alert_is_near_by_its_stop_its_line_or_its_network(
    informed: tuple[Informed, ...], near: bool
) -> None:
    assert is_near(alert(*informed), [STOP]) is near
    assert not is_near(alert(*informed), [])
