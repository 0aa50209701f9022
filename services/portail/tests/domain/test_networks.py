"""Whether a network's real time is alive, in one word, out of all its addresses."""

from datetime import UTC, datetime, timedelta

from portail.domain.networks import Network, Note, Source

THEN = datetime(2026, 3, 2, 7, 41, tzinfo=UTC)
LIVE = Source("live", THEN, {"trip_updates": 3, "alerts": 1})
ALERTS = Source("live", THEN, {"trip_updates": 0, "alerts": 4})
SILENT = Source("stale", THEN)


def network(*sources: Source) -> Network:
    return Network("tao", "TAO", real_time=sources)


def test_every_state() -> None:
    assert network().liveness() == ("none", None)
    assert network(LIVE, ALERTS).liveness() == ("live", None)
    assert network(ALERTS).liveness() == ("alerts_only", None)
    assert network(LIVE, SILENT).liveness() == ("partly", THEN)
    assert network(SILENT).liveness() == ("interrupted", THEN)
    assert network(Source("failing")).liveness() == ("interrupted", None)


def test_a_network_of_which_nothing_matches_the_timetable_is_not_live() -> None:
    unmatched = Source("live", THEN, {"trip_updates": 3}, notes=(Note("nothing_matched"),))
    empty = Source("live", THEN, {"trip_updates": 0}, ("trip_updates",))
    assert network(unmatched, ALERTS, empty).liveness() == ("unmatched", None)
    assert network(unmatched, LIVE).liveness() == ("live", None)
    assert network(empty).liveness() == ("live", None)
    silent = Source("stale", THEN, {"trip_updates": 3}, notes=(Note("nothing_matched"),))
    assert network(silent).liveness() == ("interrupted", THEN)


def test_silence_of_what_does_not_speak_of_runs_matters_only_where_nothing_else_is_there() -> None:
    desk, muted = Source("live", THEN), Source("stale", THEN, {}, ("alerts",))
    assert network(LIVE, muted, desk).liveness() == ("live", None)
    assert network(SILENT, desk).liveness() == ("interrupted", THEN)
    assert network(muted, desk).liveness() == ("interrupted", THEN)
    assert network(desk).liveness() == ("none", None)


def test_an_address_of_alerts_that_has_none_today_is_still_one() -> None:
    assert network(Source("live", THEN, {"alerts": 0}, ("alerts",))).liveness()[0] == "alerts_only"


def test_it_is_interrupted_since_its_last_address_fell_silent() -> None:
    later = Source("stale", THEN + timedelta(hours=1), {"trip_updates": 1})
    assert network(SILENT, later).liveness() == ("interrupted", THEN + timedelta(hours=1))
    assert network(SILENT, later, LIVE).liveness() == ("partly", THEN)
