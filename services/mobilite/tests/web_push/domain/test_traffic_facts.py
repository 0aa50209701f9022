"""What of a line is news to a traveller."""

from collections.abc import Mapping
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mobilite.alerts.domain.alert import Alert
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.web_push.domain.journey_facts import Fact
from mobilite.web_push.domain.traffic_facts import (
    CancelledDeparture,
    TrafficFacts,
    notified_of,
    traffic_news,
)

HOUR = 3600
HORIZON = 2 * HOUR
DAY = 24 * HOUR


def facts(now: int, cancelled: list[int], headlines: Mapping[GlobalId, str]) -> TrafficFacts:
    """A line whose departures of those times are cancelled."""
    ahead = sorted(at for at in cancelled if now < at <= now + HORIZON)
    departures = tuple(CancelledDeparture(f"t {at}", at, "A", "Parc") for at in ahead)
    alert = Alert("k", FeedId("f"), 0, "a")
    alerts = dict.fromkeys(headlines, alert)
    return TrafficFacts("A", "f", ZoneInfo("UTC"), HORIZON, alerts, departures)


@given(
    st.sets(st.integers(1, DAY // 60 - 1).map(lambda minute: minute * 60), max_size=80).map(sorted)
)
def test_a_day_on_which_nothing_runs_is_a_message_an_hour_and_all_is_known(
    cancelled: list[int],
) -> None:
    known: Mapping[str, Fact] = {"until": HORIZON}
    known = notified_of(facts(0, cancelled, {}), {}, 0)
    notified, sent = {at for at in cancelled if at <= HORIZON}, []
    for now in range(60, DAY, 60):
        current = facts(now, cancelled, {})
        news = traffic_news(known, current, {}, now)
        if news.due:
            sent.append(now)
            notified |= {each.at for each in news.cancelled}
            known = notified_of(current, {}, now)
    assert notified == set(cancelled)
    assert all(later - earlier >= HORIZON // 2 for earlier, later in pairwise(sent))


HEADLINES = st.dictionaries(st.sampled_from("abcd").map(GlobalId), st.sampled_from("XYZ"))


@given(HEADLINES, HEADLINES)
def test_each_headline_that_comes_or_goes_is_news_once(
    before: dict[GlobalId, str], after: dict[GlobalId, str]
) -> None:
    known = notified_of(facts(0, [], before), before, 0)
    current = facts(60, [], after)
    news = traffic_news(known, current, after, 60)
    assert set(news.ended).isdisjoint(after.values())
    assert set(news.ended) <= set(before.values())
    appeared = set(after.values()) - set(before.values())
    assert appeared <= {after[name] for name in news.alerts}
    assert news.due == bool(news.alerts or news.ended)
    again = traffic_news(notified_of(current, after, 60), current, after, 120)
    assert (again.due, again.alerts, again.ended) == (False, (), ())


def test_a_cancellation_within_the_known_period_is_news_at_once() -> None:
    known = notified_of(facts(0, [HOUR], {}), {}, 0)
    news = traffic_news(known, facts(60, [HOUR, HOUR + 60], {}), {}, 60)
    assert (news.due, [each.at for each in news.cancelled]) == (True, [HOUR, HOUR + 60])


def test_departures_that_have_passed_are_not_restored() -> None:
    known = notified_of(facts(0, [HOUR, 2 * HOUR], {}), {}, 0)
    news = traffic_news(known, facts(HOUR + 60, [], {}), {}, HOUR + 60)
    assert (news.due, news.restored) == (True, (2 * HOUR,))
