"""What of a journey is news to its traveller."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.web_push.domain.journey_facts import POSSIBLE, Fact, news
from socle.testing import sized

DELAYS = st.dictionaries(
    st.sampled_from(["departure 1", "arrival 1", "arrival 2"]), st.integers(-3600, 3600)
)
OTHERS = st.dictionaries(
    st.sampled_from(["cancelled 1", "missed_connection 2", "alert a:1", "alert a:2"]),
    st.just(True),
)
PLATFORMS = st.dictionaries(
    st.sampled_from(["platform 1 from", "platform 1 to"]), st.sampled_from(["a:1", "a:2"])
)


@st.composite
def states(draw: st.DrawFn) -> dict[str, Fact]:
    facts = draw(OTHERS) | draw(DELAYS) | draw(PLATFORMS)
    return {POSSIBLE: draw(st.booleans()), **facts}


def names(before: dict[str, Fact], after: dict[str, Fact]) -> list[str]:
    return news(before, after, least_delay=300)


def test_a_delay_is_news_from_the_threshold_on_and_when_it_shrinks() -> None:
    known: dict[str, Fact] = {POSSIBLE: True, "arrival 2": 0}
    assert names(known, {**known, "arrival 2": 299}) == []
    assert names(known, {**known, "arrival 2": 300}) == ["arrival 2"]
    late: dict[str, Fact] = {**known, "arrival 2": 720}
    assert names(late, {**late, "arrival 2": 900}) == []
    assert names(late, {**late, "arrival 2": 0}) == ["arrival 2"]


def test_another_platform_is_news_and_so_is_the_former_one() -> None:
    known: dict[str, Fact] = {POSSIBLE: True, "platform 2 from": "t:1"}
    other: dict[str, Fact] = {**known, "platform 2 from": "t:2"}
    assert names(known, other) == names(other, known) == ["platform 2 from"]


def test_what_ends_is_no_news_but_a_journey_that_is_possible_again() -> None:
    broken: dict[str, Fact] = {POSSIBLE: False, "cancelled 1": True, "alert a:1": True}
    assert names({**broken, POSSIBLE: True}, {POSSIBLE: True}) == []
    assert names(broken, {POSSIBLE: True, "platform 1 to": "t:1"}) == [POSSIBLE]


def test_a_ride_that_was_missed_and_has_left_stays_missed() -> None:
    missed: dict[str, Fact] = {POSSIBLE: False, "missed_connection 4": True}
    before_it_leaves: dict[str, Fact] = {POSSIBLE: True, "departure 4": 0}
    assert names(missed, before_it_leaves) == [POSSIBLE]
    assert names(missed, {POSSIBLE: True, "arrival 4": 0}) == []


@given(before=states(), after=states())
@settings(max_examples=sized(100, deep=2000))
def test_news_is_reported_once(before: dict[str, Fact], after: dict[str, Fact]) -> None:
    assert names(after, after) == []
    assert set(names(before, after)) <= after.keys()
