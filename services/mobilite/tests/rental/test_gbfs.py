"""Decoding GBFS: the forms of every version, and the mistakes of real feeds."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rental_towns import Files, town

from mobilite.rental.adapters.gbfs import decode_discovery
from mobilite.rental.adapters.gbfs_fields import posix_seconds
from mobilite.rental.adapters.gbfs_stations import (
    decode_station_information,
    decode_station_status,
    decode_vehicle_status,
)
from mobilite.rental.adapters.gbfs_system import (
    decode_pricing_plans,
    decode_system_alerts,
    decode_system_information,
    decode_vehicle_types,
)
from mobilite.rental.domain.gbfs_document import NOTES
from mobilite.sources.ports import SourceFault
from socle.testing import sized

HTTP = "https://gbfs.exemple.fr/ville/gbfs.json?key=secret"


def body(data: Any, version: str = "2.3") -> bytes:
    return json.dumps(
        {"last_updated": 1772438400, "ttl": 60, "version": version, "data": data}
    ).encode()


def stations(*given: Any) -> Any:
    return decode_station_information(body({"stations": list(given)}))


def statuses(*given: Any) -> Any:
    return decode_station_status(body({"stations": list(given)}))


def vehicles(*given: Any) -> Any:
    return decode_vehicle_status(body({"bikes": list(given)}), feed_id="f")


def result(document: Any) -> dict[str, int]:
    assert set(document.notes) <= NOTES.keys()
    return {code: count for code, count in document.notes.items() if count}


def place(station_id: str, lat: Any = 47.9, lon: Any = 1.9, **more: Any) -> dict[str, Any]:
    return {"station_id": station_id, "name": "Gare", "lat": lat, "lon": lon, **more}


def everything(files: Files) -> list[Any]:
    def of(name: str) -> bytes:
        return json.dumps(files[name]).encode()

    free = "vehicle_status" if "vehicle_status" in files else "free_bike_status"
    documents = [
        decode_system_information(of("system_information")),
        decode_vehicle_types(of("vehicle_types")),
        decode_pricing_plans(of("system_pricing_plans")),
        decode_system_alerts(of("system_alerts")),
        decode_station_information(of("station_information")),
        decode_station_status(of("station_status")),
        decode_vehicle_status(of(free), feed_id="ville"),
    ]
    assert [result(document) for document in documents] == [{}] * len(documents)
    return [(document.content, document.last_updated, document.ttl) for document in documents]


def test_one_town_reports_the_same_in_2_3_and_3_0() -> None:
    assert everything(town("2.3")) == everything(town("3.0"))


def test_2_1_differs_by_its_only_word_for_scooters() -> None:
    old, new = everything(town("2.1")), everything(town("2.3"))
    assert [each.form_factor for each in old[1][0]] == ["bicycle", "scooter"]
    assert old[:1] + old[2:] == new[:1] + new[2:]


@pytest.mark.parametrize(
    ("data", "file"),
    [
        ({"en": {"feeds": [1]}, "fr": {"feeds": [2]}}, 2),
        ({"en": {"feeds": [1]}, "fr-FR": {"feeds": [2]}}, 2),
        ({"nl": {"feeds": [1]}, "en": {"feeds": [2]}}, 1),
        ({"feeds": [1]}, 1),
    ],
)
def test_gbfs_json_is_read_by_language_or_flat(data: Any, file: int) -> None:
    text = json.dumps(data)
    for number in (1, 2):
        entry = {"name": "station_information", "url": f"https://exemple.fr/{number}"}
        text = text.replace(f"[{number}]", f"[{json.dumps(entry)}]")
    found = decode_discovery(body(json.loads(text)), address=HTTP)
    assert found.content.files == {"station_information": f"https://exemple.fr/{file}"}


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://cdn.exemple.org/s.json?k=1", "https://cdn.exemple.org/s.json?k=1"),
        ("s.json", "https://gbfs.exemple.fr/ville/s.json"),
        ("/s", "https://gbfs.exemple.fr/s"),
        ("//cdn.exemple.org/s", "https://cdn.exemple.org/s"),
        ("file:///etc/passwd", None),
        ("ftp://exemple.fr/s", None),
        ("http://127.0.0.1:8101/s", None),
        ("http://169.254.169.254/latest", None),
        ("http://[::1]/s", None),
        ("http://10.0.0.7/s", None),
        ("http://localhost/s", None),
        ("http://kafka:9092/", None),
        ("http://vault.internal/", None),
        ("http://127.1/s", None),
        ("http://[::ffff:10.0.0.7]/s", None),
        ("http://exemple.fr:99999/s", None),
        ("http://[broken/s", None),
        ("https://exemple.fr/\u0000", None),
        ("", None),
        (7, None),
    ],
)
def test_a_listed_address_leads_to_http_and_to_nothing_inside(url: Any, followed: Any) -> None:
    listed = {"feeds": [{"name": "station_information", "url": url}]}
    if followed is not None:
        found = decode_discovery(body(listed), address=HTTP)
        assert found.content.files["station_information"] == followed
        return
    with pytest.raises(SourceFault) as raised:
        decode_discovery(body(listed), address=HTTP)
    assert raised.value.code == "missing_fields"


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("http://10.0.0.7:8080/s", True),
        ("http://10.0.0.7/s", False),
        ("http://10.0.0.7:8101/internal/s", False),
        ("https://10.0.0.7:8080/s", False),
        ("http://10.0.0.8:8080/s", False),
    ],
)
def test_an_inside_server_leads_to_itself_alone(url: str, followed: bool) -> None:
    listed = {"feeds": [{"name": "station_information", "url": url}]}
    listed["feeds"].append({"name": "vehicle_status", "url": "/v"})
    found = decode_discovery(body(listed), address="http://10.0.0.7:8080/gbfs.json")
    assert ("station_information" in found.content.files) is followed


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("s.json", "/data/ville/s.json"),
        ("sub/s.json", "/data/ville/sub/s.json"),
        ("../s.json", None),
        ("/etc/passwd", None),
        ("http://exemple.fr/s", "http://exemple.fr/s"),
    ],
)
def test_on_a_disk_nothing_outside_the_folder_is_read(url: str, followed: str | None) -> None:
    entry = {"name": "vehicle_status", "url": "v.json"}
    listed = {"feeds": [entry, {"name": "station_information", "url": url}]}
    found = decode_discovery(body(listed), address="/data/ville/gbfs.json")
    assert found.content.files.get("station_information") == followed


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><p>503</p>", "html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "html"),
        (b'{"data": {"stations": [', "not_json"),
        (b'{"data": \xff}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "missing_fields"),
        (b'"text"', "missing_fields"),
        (b'{"error": "quota"}', "missing_fields"),
        (b'{"data": []}', "missing_fields"),
        (b'{"data": {}}', "missing_fields"),
        (b'{"data": {"stations": {"1": {}}}}', "missing_fields"),
    ],
)
def test_what_is_no_gbfs_reports_so(given: bytes, code: str) -> None:
    with pytest.raises(SourceFault) as raised:
        decode_station_information(given)
    assert raised.value.code == code
    assert raised.value.message.endswith(".")


def test_one_bad_station_never_costs_the_others() -> None:
    found = stations(
        place("1"),
        "text",
        None,
        {"name": "sans identifiant", "lat": 47.9, "lon": 1.9},
        place("3", lat="nord"),
        place("4", lat=None),
        place("5", lat=0, lon=0),
        place("6", lat=95, lon=500),
        place(" 7 ", name=None, address="2 rue Haute"),
        place(8, lat="47.90", capacity="beaucoup"),
        place("x" * 101),
        place("1", name="Encore"),
    )
    assert {key: each.name for key, each in found.content.items()} == {
        "1": "Gare",
        "7": "2 rue Haute",
        "8": "Gare",
    }
    assert found.content["8"].capacity is None
    assert result(found) == {
        "entry_unreadable": 4,
        "entry_repeated": 1,
        "place_unknown": 4,
        "name_missing": 1,
        "field_unreadable": 2,
    }


def test_exchanged_latitude_and_longitude_are_put_right() -> None:
    others = [place(str(n), 47.9 + n / 1000, 1.9) for n in range(3)]
    found = stations(*others, place("x", lat=1.9, lon=47.9))
    assert (found.content["x"].lat, found.content["x"].lon) == (47.9, 1.9)
    assert result(found) == {"place_exchanged": 1}


def test_a_status_reports_what_it_can() -> None:
    found = statuses(
        {"station_id": "1", "num_bikes_available": -3, "is_renting": 1, "is_returning": "oui"},
        {"station_id": "2", "num_bikes_available": "4", "last_reported": None},
        {"station_id": "3", "num_bikes_available": 2.0, "last_reported": -62135596800},
        {"station_id": "4", "vehicle_types_available": [{"vehicle_type_id": "v", "count": 5}]},
    )
    assert {key: each.status.vehicles_available for key, each in found.content.items()} == {
        "1": None,
        "2": 4,
        "3": 2,
        "4": 5,
    }
    first = found.content["1"].status
    assert (first.is_renting, first.is_returning, first.is_installed) == (True, None, None)
    assert result(found) == {"count_negative": 1, "field_unreadable": 1, "time_implausible": 1}


def test_of_two_statuses_of_a_station_the_newer_is_taken() -> None:
    found = statuses(
        *({"station_id": "1", "num_bikes_available": n, "last_reported": n} for n in (5, 9, 7))
    )
    assert found.content["1"].status.vehicles_available == 9
    assert result(found) == {"entry_repeated": 2}


def test_a_vehicle_needs_a_place_or_a_station() -> None:
    found = vehicles(
        {"bike_id": "1", "lat": 47.9, "lon": 1.9, "current_fuel_percent": 85},
        {"bike_id": "2", "station_id": "gare", "current_fuel_percent": 0.5},
        {"bike_id": "3"},
        {"bike_id": "4", "lat": 0, "lon": 0},
        {"bike_id": "5", "lat": 47.9, "lon": 1.9, "current_range_meters": -1},
    )
    assert [*found.content] == ["1", "2", "5"]
    assert [each.fuel_percent for each in found.content.values()] == [0.85, 0.5, None]
    assert result(found) == {"place_unknown": 2, "count_negative": 1}


def test_links_that_run_something_are_not_passed_on() -> None:
    uris = {
        "web": "javascript:alert(1)",
        "android": " JavaScript:alert(1)",
        "ios": "fr.exemple.ios://station/1",
    }
    found = stations(place("1", rental_uris=uris), place("2", rental_uris=["x"]))
    links = found.content["1"].rental_uris
    assert (links.web, links.android, links.ios) == (None, None, "fr.exemple.ios://station/1")
    assert found.content["2"].rental_uris is None
    assert result(found) == {"field_unreadable": 3}


def test_texts_are_plain_and_short() -> None:
    found = stations(place("1", name="  Gare\u0000\n d'Orléans " + "x" * 5000))
    name = found.content["1"].name
    assert name.startswith("Gare d'Orléans xxx")
    assert len(name) == 1000
    english = [{"text": "Station", "language": "en"}, {"text": "", "language": "fr"}, "x"]
    assert stations(place("1", name=english)).content["1"].name == "Station"


def test_types_prices_and_alerts_of_every_type() -> None:
    types = decode_vehicle_types(
        body(
            {
                "vehicle_types": [
                    {"vehicle_type_id": "1", "form_factor": "SCOOTED_SEATED"},
                    {"vehicle_type_id": "2", "form_factor": "hoverboard"},
                    {"vehicle_type_id": "3", "form_factor": "car", "propulsion_type": "nuclear"},
                    {"vehicle_type_id": "3", "form_factor": "moped"},
                ]
            }
        )
    )
    assert [each.form_factor for each in types.content] == ["scooter_seated", "other", "car"]
    assert result(types) == {"field_unreadable": 2, "entry_repeated": 1}
    plan = {"plan_id": "1", "name": "P", "currency": "eur", "price": "1,50"}
    plans = decode_pricing_plans(
        body({"plans": [plan, {**plan, "plan_id": "2", "price": "cher"}, {"plan_id": "3"}]})
    )
    assert [(each.price, each.currency) for each in plans.content] == [(1.5, "EUR")]
    assert result(plans) == {"entry_unreadable": 2}
    alerts = decode_system_alerts(
        body({"alerts": [{"alert_id": n, "type": "SYSTEM_CLOSURE"} for n in range(60)]})
    )
    assert len(alerts.content) == 50
    assert alerts.content[0].type == "system_closure"
    assert result(alerts) == {"too_many_entries": 10}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1772438400, 1772438400),
        (1772438400.9, 1772438400),
        (1772438400123, 1772438400),
        ("1772438400", 1772438400),
        ("2026-03-02T09:00:00+01:00", 1772438400),
        ("2026-03-02T08:00:00Z", 1772438400),
        ("2026-03-02T08:00:00.5Z", 1772438400),
        ("0001-01-01T00:00:00+14:00", None),
        ("hier", None),
        (-5, None),
        (0, None),
        (True, None),
        (10**30, None),
        ([], None),
    ],
)
def test_timestamps_of_both_types(value: Any, seconds: int | None) -> None:
    assert posix_seconds(value) == seconds


def test_a_header_that_reports_nonsense() -> None:
    for header in ({}, {"ttl": -5, "version": 2}, {"ttl": "x", "last_updated": "x"}):
        document = decode_station_information(
            json.dumps({"data": {"stations": []}, **header}).encode()
        )
        assert (document.ttl, document.last_updated) == (0, None)
        assert result(document) == {"version_unknown": 1}


DECODERS: list[Callable[[bytes], Any]] = [
    decode_system_information,
    decode_vehicle_types,
    decode_pricing_plans,
    decode_system_alerts,
    decode_station_information,
    decode_station_status,
    lambda body: decode_vehicle_status(body, feed_id="f"),
    lambda body: decode_discovery(body, address=HTTP),
]


def keys_of(value: Any) -> set[str]:
    """Every name of a JSON value, however deep."""
    inner = [*value.values()] if isinstance(value, dict) else value
    if not isinstance(inner, list):
        return set()
    own = set(value) if isinstance(value, dict) else set()
    return own.union(*(keys_of(each) for each in inner))


_WORDS = sorted(keys_of(town("2.3")) | keys_of(town("3.0")))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(_WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=6)
    ),
    max_leaves=30,
)


@pytest.mark.deep
@settings(max_examples=sized(60, deep=600), deadline=None)
@given(_JSON | st.fixed_dictionaries({"data": _JSON}))
def test_any_json_is_taken_or_refused_in_words(value: Any) -> None:
    for decode in DECODERS:
        with contextlib.suppress(SourceFault):
            decode(json.dumps(value).encode())
