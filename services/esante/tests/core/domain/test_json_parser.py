"""Strict parsing of JSON, and stamping that leaves the rest of the text unchanged."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from esante.core.domain.json_parser import parse_object
from esante.core.domain.stamping import stamp, subset
from socle.errors import Refusal

AT = datetime(2026, 3, 3, 8, 20, 15, 250_000, tzinfo=UTC)


def stamped(text: str) -> str:
    return stamp(parse_object(text.encode()), resource_id="x1", version=3, updated=AT)


META = '"versionId":"3","lastUpdated":"2026-03-03T08:20:15.250Z"'


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            '{"resourceType":"Observation","valueQuantity":{"value":0.40}}',
            '{"resourceType":"Observation","id":"x1","meta":{%s},"valueQuantity":{"value":0.40}}',
        ),
        (
            '{ "resourceType" : "Patient" , "id" : "old", "active":true }\n',
            '{ "resourceType" : "Patient", "meta" : {%s} , "id" : "x1", "active":true }\n',
        ),
        (
            '{\n  "resourceType": "Patient",\n  "active": true\n}',
            '{\n  "resourceType": "Patient",\n  "id": "x1",\n  "meta": {%s},\n  "active": true\n}',
        ),
        (
            '{"active":true,"resourceType":"Patient","meta":{"profile":["p"],"versionId":"1"}}',
            '{"active":true,"resourceType":"Patient","id":"x1","meta":{'
            '"lastUpdated":"2026-03-03T08:20:15.250Z","profile":["p"],"versionId":"3"}}',
        ),
        (
            '{"resourceType":"Patient","meta":{},"note":"\\u00e9 \\"id\\": {"}',
            '{"resourceType":"Patient","id":"x1","meta":{%s},"note":"\\u00e9 \\"id\\": {"}',
        ),
    ],
)
def test_only_id_and_meta_change(sent: str, expected: str) -> None:
    written = stamped(sent)
    assert written == (expected % META if "%s" in expected else expected)
    before, after = json.loads(sent), json.loads(written)
    assert after["id"] == "x1"
    assert after["meta"]["versionId"] == "3"
    assert {k: v for k, v in before.items() if k not in ("id", "meta")} == {
        k: v for k, v in after.items() if k not in ("id", "meta")
    }


def test_a_stamp_over_a_stamp_moves_nothing() -> None:
    once = stamped('{"resourceType":"Patient",  "active":true}')
    assert stamped(once) == once


def test_decimals_retain_their_digits() -> None:
    assert parse_object(b'{"value":0.40,"low":1e2,"n":12}').value == {
        "value": Decimal("0.40"),
        "low": Decimal("1e2"),
        "n": 12,
    }


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "objet JSON"),
        (b"[]", "objet JSON"),
        (b'{"a":1', "JSON mal form"),
        (b'{"a":1,}', "JSON mal form"),
        (b'{"a" 1}', "JSON mal form"),
        (b"{'a':1}", "JSON mal form"),
        (b'{"a":01}', "JSON mal form"),
        (b'{"a":1} x', "continue"),
        (b'{"a":1,"a":2}', "deux fois"),
        (b'{"b":{"a":1,"\\u0061":2}}', "deux fois"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e400}', "hors limites"),
        (b'{"a":1e-999999999999}', "hors limites"),
        (b'{"a":' + b"9" * 5000 + b"}", "hors limites"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "UTF-8"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b'{"a":"\\u0000"}', "contr"),
        (b'{"a":"\\b"}', "contr"),
        (b'{"a":"\x01"}', "JSON mal form"),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "niveaux"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "niveaux"),
        # Strings that never close, full of what looks like their end: read in one pass.
        (b'{"a":[' + b"[]," * 60 + b'"' + b'\\"' * 1_000_000, "JSON mal form"),
        (b'{"a":"' + b'\\"' * 1_000_000 + b"\\\n" + b"[" * 200, "JSON mal form"),
    ],
)
def test_what_is_no_good_is_refused_in_words(sent: bytes, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_object(sent)
    assert refused.value.category == "invalid"
    assert words in refused.value.message


@pytest.mark.parametrize("sent", ['{"a":"\\ud83d\\ude00"}', '{"a":"\\\\ud800"}', "\ufeff{}"])
def test_complete_characters_are_accepted(sent: str) -> None:
    parse_object(sent.encode())


def test_a_subset_is_marked_and_retains_texts() -> None:
    parsed = parse_object(
        b'{"resourceType":"Observation","id":"1","meta":{"tag":[ {"code":"a"} ]},'
        b'"status":"final","valueQuantity":{ "value": 5.40 }}'
    )
    written = subset(parsed, frozenset({"resourceType", "id", "valueQuantity"}))
    assert '"valueQuantity":{ "value": 5.40 }' in written
    assert [each["code"] for each in json.loads(written)["meta"]["tag"]] == ["a", "SUBSETTED"]
    assert set(json.loads(written)) == {"resourceType", "id", "meta", "valueQuantity"}
