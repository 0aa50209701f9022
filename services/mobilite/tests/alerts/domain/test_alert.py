"""When alerts are in force, which translation is chosen, and which modes a route_type covers."""

import pytest

from mobilite.alerts.domain.alert import Alert, Period, split_alert_id
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.route_types import basic_type, covers
from mobilite.gtfs.domain.translations import Translation, best_translation


def alert(*periods: Period) -> Alert:
    return Alert("f:0:1", FeedId("f"), 0, "1", periods=periods)


@pytest.mark.parametrize(
    ("periods", "when"),
    [
        ((), "now"),
        ((Period(100, 200),), "now"),
        ((Period(50, 100),), "past"),
        ((Period(101, 200),), "upcoming"),
        ((Period(None, 101),), "now"),
        ((Period(100, None),), "now"),
        ((Period(None, 100),), "past"),
        ((Period(10, 20), Period(150, 160)), "upcoming"),
        ((Period(10, 20), Period(90, 110), Period(150, 160)), "now"),
        ((Period(200, 150),), "past"),
        ((Period(100, 100),), "past"),
    ],
)
def test_an_alert_is_in_force_within_its_periods(periods: tuple[Period, ...], when: str) -> None:
    assert alert(*periods).when(100) == when
    assert alert(*periods).is_visible(100) == (when != "past")


def test_the_period_reported_is_the_one_in_force_else_the_next_else_the_last() -> None:
    first, second = Period(10, 20), Period(30, 40)
    result = alert(second, first)
    assert [result.period_at(instant) for instant in (5, 15, 25, 35, 45)] == [
        first,
        first,
        second,
        second,
        second,
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("f:0:a", ("f", 0, "a")),
        ("f:12:a:b/é", ("f", 12, "a:b/é")),
        ("f:a", None),
        ("f::a", None),
        ("f:٣:a", None),
        ("f:0:", None),
        ("f", None),
    ],
)
def test_an_alert_is_named_by_its_feed_its_address_and_its_id(text: str, parts: object) -> None:
    assert split_alert_id(text) == parts


def test_the_best_text_is_the_language_wanted_else_french_else_of_none_else_the_first() -> None:
    english, french, none = Translation("a", "en"), Translation("b", "FR-fr"), Translation("c")
    assert best_translation([none, french, english], ["en"]) is english
    assert best_translation([none, english, french], []) is french
    assert best_translation([english, none], ["de"]) is none
    assert best_translation([english, Translation("d", "it")], ["de"]) is english
    assert (
        best_translation([Translation("x", "pt-BR"), Translation("y", "pt")], ["pt-BR"])[0] == "x"
    )  # type: ignore[index]
    assert best_translation([], ["fr"]) is None


@pytest.mark.parametrize(
    ("content", "variant", "covered"),
    [
        (3, 3, True),
        (3, 715, True),
        (3, 200, True),
        (3, 800, False),
        (700, 715, True),
        (700, 3, True),
        (715, 3, False),
        (715, 700, False),
        (200, 3, False),
        (2, 106, True),
        (100, 2, True),
        (12, 405, True),
        (1, 405, False),
        (0, 3, False),
        (3, -1, False),
    ],
)
def test_a_word_about_a_mode_covers_what_refines_it(
    content: int, variant: int, covered: bool
) -> None:
    assert covers(content, variant) is covered


def test_modes_without_a_basic_type_have_none() -> None:
    assert [basic_type(variant) for variant in (0, 715, 1501, -1)] == [0, 3, None, None]
