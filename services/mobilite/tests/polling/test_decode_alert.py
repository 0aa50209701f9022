"""Decoding alerts: complete texts, limits, ambiguous ones noted."""

import pytest
from entity_text import events, message, notes_of
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import AlertV1
from mobilite.polling.adapters.decoding import alert as walker
from mobilite.polling.adapters.decoding import entities
from mobilite.sources.domain.poll_notes import NOTES
from socle.kafka.limits import MAX_RECORD_BYTES


def alerts(*entity: str, repeated: frozenset[str] = frozenset()) -> dict[str, AlertV1]:
    """The alerts of a message, by their ids."""
    found = events(message(*entity), repeated).values()
    return {event.alert_id: event for event in found if isinstance(event, AlertV1)}


def alert(text: str, entity: str = "1") -> str:
    return f'entity {{ id: "{entity}" alert {{ {text} }} }}'


def only(text: str) -> AlertV1:
    (found,) = alerts(alert(text)).values()
    return found


TITLE = 'header_text { translation { text: "Travaux" } }'


def test_an_alert_retains_every_word() -> None:
    content = """
      active_period { start: 1772431200 end: 1772496000 }
      communication_period { start: 1772400000 }
      impact_period { start: 1772431200 }
      informed_entity { route_id: "A" stop_id: "S" }
      informed_entity { trip { trip_id: "t" start_date: "20260302" } }
      informed_entity { route_type: 0 direction_id: 1 }
      cause: CONSTRUCTION effect: DETOUR severity_level: SEVERE
      header_text { translation { text: "Tram coupé" language: "fr" }
                    translation { text: "Tram cut" language: "en" } }
      description_text { translation { text: "Prenez le bus." } }
      tts_header_text { translation { text: "tram coupé" } }
      url { translation { text: "https://example.org" } }
      cause_detail { translation { text: "rails" } }
      image { localized_image { url: "https://example.org/plan.png" media_type: "image/png" }
              localized_image { url: "https://example.org/map.png" media_type: "image/png"
                                language: "en" } }
      image_alternative_text { translation { text: "Plan de la déviation" language: "fr" } }"""
    assert only(content).model_dump(exclude_defaults=True) == {
        "feed_id": "tao",
        "source_index": 1,
        "alert_id": "1",
        "active_periods": ({"start": 1772400000},),
        "impact_periods": ({"start": 1772431200},),
        "informed_entities": (
            {"route_id": "A", "stop_id": "S"},
            {"trip": {"trip_id": "t", "start_date": "20260302"}},
            {"route_type": 0, "direction_id": 1},
        ),
        "cause": "CONSTRUCTION",
        "effect": "DETOUR",
        "severity": "SEVERE",
        "header": (
            {"text": "Tram coupé", "language": "fr"},
            {"text": "Tram cut", "language": "en"},
        ),
        "description": ({"text": "Prenez le bus."},),
        "tts_header": ({"text": "tram coupé"},),
        "url": ({"text": "https://example.org"},),
        "cause_detail": ({"text": "rails"},),
        "image": (
            {"url": "https://example.org/plan.png", "media_type": "image/png"},
            {"url": "https://example.org/map.png", "media_type": "image/png", "language": "en"},
        ),
        "image_alternative_text": ({"text": "Plan de la déviation", "language": "fr"},),
    }
    assert notes_of(message(alert(content))) == {}


@pytest.mark.parametrize(
    ("periods", "retained"),
    [
        ("active_period { start: 1772431200 }", [(1772431200, None)]),
        # 9999-12-31 is how many write "until further notice".
        ("active_period { start: 1772431200 end: 253402300799 }", [(1772431200, None)]),
        ("active_period { start: 1772431200000 }", []),
        ("active_period { start: 20 end: 10 } active_period { start: 30 }", [(30, None)]),
        ("active_period { } active_period { start: 30 }", []),
        ("", []),
    ],
)
def test_periods(periods: str, retained: list[tuple[int | None, int | None]]) -> None:
    result = only(f"{TITLE} {periods}").active_periods
    assert [(each.start, each.end) for each in result] == retained


@pytest.mark.parametrize(
    ("about", "retained", "notes"),
    [
        ("", [], {}),
        ("informed_entity { }", [], {"selector_empty": 1}),
        ('informed_entity { } informed_entity { route_id: "A" }', ["A"], {"selector_empty": 1}),
        # A condition that cannot be read must not make the rest hold for more than was meant.
        (
            'informed_entity { route_id: "A" trip { start_date: "x" trip_id: "t" } } '
            'informed_entity { route_id: "B" }',
            ["B"],
            {"selector_invalid": 1},
        ),
        (
            'informed_entity { route_id: "A" trip { start_date: "20260230" trip_id: "t" } } '
            'informed_entity { route_id: "B" }',
            ["B"],
            {"selector_invalid": 1},
        ),
        (
            'informed_entity { direction_id: 1 } informed_entity { route_id: "B" }',
            ["B"],
            {"selector_invalid": 1},
        ),
    ],
)
def test_what_an_alert_is_about(about: str, retained: list[str], notes: dict[str, int]) -> None:
    result = only(f"{TITLE} {about}")
    assert [each.route_id for each in result.informed_entities] == retained
    assert notes_of(message(alert(f"{TITLE} {about}"))) == notes


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "alert_empty"),
        ('informed_entity { route_id: "A" }', "alert_empty"),
        (f"{TITLE} informed_entity {{ direction_id: 1 }}", "alert_unaddressed"),
    ],
)
def test_an_alert_that_reports_nothing_is_rejected_and_costs_no_other(
    content: str, code: str
) -> None:
    found = alerts(alert(content), alert(TITLE, "2"))
    assert found.keys() == {"2"}
    assert notes_of(message(alert(content), alert(TITLE, "2"))) == {code: 1}


def test_an_effect_alone_reports_something() -> None:
    content = 'effect: NO_SERVICE informed_entity { stop_id: "s" }'
    assert only(content).effect == "NO_SERVICE"
    assert notes_of(message(alert(content))) == {"alert_without_text": 1}


@pytest.mark.parametrize(
    ("about", "result"),
    [
        ('informed_entity { route_id: "A" } informed_entity { stop_id: "s" }', True),
        ('informed_entity { trip { trip_id: "t" } } informed_entity { stop_id: "s" }', True),
        ('informed_entity { route_id: "A" stop_id: "s" }', False),
        ('informed_entity { route_id: "A" } informed_entity { route_id: "B" }', False),
        ('informed_entity { stop_id: "s" } informed_entity { stop_id: "u" }', False),
    ],
)
def test_no_service_on_lines_and_stops_apart_is_ambiguous(about: str, result: bool) -> None:
    """Rule 12."""
    wanted = {"alert_ambiguous": 1} if result else {}
    assert notes_of(message(alert(f"{TITLE} effect: NO_SERVICE {about}"))) == wanted
    assert notes_of(message(alert(f"{TITLE} effect: DETOUR {about}"))) == {}


def test_values_of_a_later_version_count_as_not_reported_or_as_the_nearest() -> None:
    assert only(f"{TITLE} cause: SPECIAL_EVENT").cause == "OTHER_CAUSE"
    body = bytearray(message(alert(f"{TITLE} effect: DETOUR severity_level: INFO")))
    body[body.index(b"\x38\x04") + 1] = 0x63  # effect (field 7) of a norm to come
    (found,) = events(bytes(body)).values()
    assert isinstance(found, AlertV1)
    assert (found.effect, found.severity) == ("UNKNOWN_EFFECT", "INFO")
    assert notes_of(bytes(body)) == {"enum_unknown": 1}


def test_text_that_is_not_utf8_is_retained_as_far_as_it_can_be_read() -> None:
    body = message(alert(TITLE)).replace(b"Travaux", b"T\xe9avaux")
    (found,) = events(body).values()
    assert isinstance(found, AlertV1)
    assert found.header[0].text == "T\N{REPLACEMENT CHARACTER}avaux"
    assert notes_of(body) == {"text_not_utf8": 1}


def test_what_is_hidden_in_a_text_is_taken_out() -> None:
    header = r'header_text { translation { text: "Fermé \342\200\256tnemetuot\342\200\254\000" } }'
    (found,) = events(body := message(alert(header))).values()
    assert isinstance(found, AlertV1)
    assert found.header[0].text == "Fermé tnemetuot"
    assert notes_of(body) == {"text_hidden": 1}


def test_alerts_that_share_an_id_go_by_their_words_as_long_as_these_last() -> None:
    """Rule 12: one national feed numbers every entity "0"."""
    one, two, three = (
        alert(f'header_text {{ translation {{ text: "{n}" }} }}', "0") for n in (1, 2, 3)
    )
    first = alerts(one, two)
    assert {event.header[0].text for event in first.values()} == {"1", "2"}
    assert all(name.startswith("0~") for name in first)
    later = alerts(three, two, two)
    assert first.keys() & later.keys() == {
        name for name, event in first.items() if event.header[0].text == "2"
    }
    # Alone, it has the same name as among others.
    assert alerts(two, repeated=frozenset({"0"})).keys() <= first.keys()
    assert alerts(two).keys() == {"0"}


def test_the_same_entity_id_can_carry_all_types() -> None:
    result = events(
        message(
            'entity { id: "0" trip_update { trip { trip_id: "t" } } '
            f"vehicle {{ position {{ latitude: 48 longitude: 2 }} }} alert {{ {TITLE} }} }}"
        )
    )
    assert [record.key for record in result] == ["tao:t::", "tao:1:entity%3D0", "tao:1:0"]


@pytest.mark.parametrize("letter", ["x", "\U0001f68b", "\\", '"'])
def test_an_alert_of_absurd_length_is_abridged_and_fits_a_record(letter: str) -> None:
    feed = gtfs_rt.FeedMessage.FromString(message(alert(TITLE)))
    endless = feed.entity[0].alert
    for name in ("header_text", "description_text", "tts_header_text", "cause_detail"):
        for length in (9_000, 12_000):
            getattr(endless, name).translation.add(text=letter * length, language="fr")
    for _ in range(8_000):
        endless.informed_entity.add(route_id="A").trip.route_id = letter
        endless.active_period.add(start=1)
    body = feed.SerializeToString()
    (result,) = events(body).values()
    assert isinstance(result, AlertV1)
    assert len(result.model_dump_json(exclude_none=True).encode()) < MAX_RECORD_BYTES
    assert result.header[2].text == letter * (walker.MAX_TEXT_LENGTH - 1) + "…"
    assert len(result.active_periods) == walker.MAX_PERIODS
    assert 1_000 < len(result.informed_entities) < 8_000
    assert notes_of(body)["alert_cut"] > 2


def test_translations_beyond_the_limit_are_left_out_and_noted() -> None:
    feed = gtfs_rt.FeedMessage.FromString(message(alert(TITLE)))
    for _ in range(walker.MAX_TRANSLATIONS):
        feed.entity[0].alert.header_text.translation.add(text="Works", language="en")
    body = feed.SerializeToString()
    (result,) = events(body).values()
    assert isinstance(result, AlertV1)
    assert len(result.header) == walker.MAX_TRANSLATIONS
    assert notes_of(body) == {"alert_cut": 1}


def test_there_is_a_bound_to_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "MAX_ALERTS", 2)
    many = [alert(TITLE, str(n)) for n in range(5)]
    for order in (many, many[::-1]):
        assert alerts(*order).keys() == {"0", "1"}
        assert notes_of(message(*order)) == {"alerts_too_many": 3}
    assert "alerts_too_many" in NOTES


@pytest.mark.parametrize(
    "address",
    ["", "plan.png", "javascript:alert(1)", "data:image/png;base64,AA", "https://a b"],
)
def test_a_picture_without_a_web_address_is_left_out(address: str) -> None:
    picture = f'image {{ localized_image {{ url: "{address}" media_type: "image/png" }} }}'
    assert only(f"{TITLE} {picture}").image == ()
    assert notes_of(message(alert(f"{TITLE} {picture}"))) == {"image_invalid": 1}
    assert "image_invalid" in NOTES


def test_pictures_are_bounded() -> None:
    one = 'localized_image { url: "https://example.org/a" media_type: "a/b" }'
    many = f"image {{ {one * (walker.MAX_TRANSLATIONS + 2)} }}"
    assert len(only(f"{TITLE} {many}").image) == walker.MAX_TRANSLATIONS
    assert notes_of(message(alert(f"{TITLE} {many}"))) == {"alert_cut": 1}
    long = one.replace("/a", "/" + "a" * walker.MAX_ADDRESS_LENGTH)
    assert only(f"{TITLE} image {{ {long} }}").image == ()
