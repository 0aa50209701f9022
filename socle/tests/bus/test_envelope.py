"""Envelopes are opened warily: whatever a record holds, it is read or refused in words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.bus.envelope import Envelope, open_envelope
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.events import Event, Position
from socle.kafka import Record

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Stop(Event, topic="test.stop.v1", kind="table"):
    name: str
    platform: str | None = None

    def key(self) -> str:
        return self.name


class Passed(Event, topic="test.passed.v1"):
    name: str

    def key(self) -> str:
        return self.name


def as_read(sealed, *, offset=0, **changed):
    fields = {"key": sealed.key, "value": sealed.value, "headers": sealed.headers} | changed
    return Record(Position(sealed.topic, 0, offset), timestamp=0, **fields)


def with_header(sealed, name, value):
    headers = tuple((n, v) for n, v in sealed.headers if n != name)
    return as_read(sealed, headers=(*headers, (name, value)) if value is not None else headers)


@given(name=st.text(min_size=1, max_size=50), platform=st.none() | st.text(max_size=50))
def test_what_is_sealed_opens_the_same(name, platform):
    stop = Stop(name=name, platform=platform)
    received = open_envelope(as_read(Envelope("gares", ManualClock(NOON)).seal(stop)), Stop)
    assert (received.data, received.key, received.source, received.time) == (
        stop,
        name,
        "gares",
        NOON,
    )


@given(
    key=st.none() | st.binary(max_size=20),
    value=st.none() | st.binary(max_size=50),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_source", "ce_time", "ce_type", "ce_specversion", "x"]),
            st.binary(max_size=20) | st.sampled_from([b"1.0", b"test.stop.v1", b"2026-01-01"]),
        ),
        max_size=8,
    ),
)
def test_anything_else_is_read_or_refused_in_words(key, value, headers):
    record = Record(Position(Stop.topic, 0, 7), key, value, tuple(headers), timestamp=0)
    try:
        result = open_envelope(record, Stop)
    except Refusal as refusal:
        result = refusal
    if isinstance(result, Refusal):
        assert result.category == "invalid"
        assert result.message
    else:
        assert result.time.tzinfo is not None


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("ce_id", None, "ce_id"),
        ("ce_source", b"", "ce_source"),
        ("ce_time", b"hier", "ce_time"),
        ("ce_time", b"2026-03-02T12:00:00", "ce_time"),
        ("ce_time", b"0001-01-01T00:00:00+14:00", "ce_time"),
        ("ce_time", b"9999-12-31T23:59:59-14:00", "ce_time"),
        ("ce_type", b"test.stop.v2", "Enveloppe"),
        ("ce_specversion", b"0.3", "Enveloppe"),
    ],
)
def test_a_foreign_envelope_is_refused(name, value, word):
    sealed = Envelope("gares", ManualClock(NOON)).seal(Stop(name="a"))
    with pytest.raises(Refusal, match=word):
        open_envelope(with_header(sealed, name, value), Stop)


def test_a_refusal_gives_the_place_and_never_quotes_the_data():
    sealed = Envelope("gares", ManualClock(NOON)).seal(Stop(name="a"))
    with pytest.raises(Refusal) as refused:
        open_envelope(as_read(sealed, value=b'{"name": {"secret": "Mme Durand"}}'), Stop)
    assert refused.value.details == {"errors": [{"where": "name", "what": "string_type"}]}
    assert "Durand" not in str(refused.value)


def test_a_fact_without_content_is_refused_and_a_table_row_is_a_deletion():
    bare = {"value": None, "headers": ()}
    fact = Envelope("gares", ManualClock(NOON)).seal(Passed(name="a"))
    with pytest.raises(Refusal):
        open_envelope(as_read(fact, **bare), Passed)
    row = Envelope("gares", ManualClock(NOON)).seal(Stop(name="a"))
    deletion = open_envelope(as_read(row, offset=3, **bare), Stop)
    assert (deletion.data, deletion.id) == (None, "test.stop.v1/0/3")


@pytest.mark.parametrize("timestamp", [2**63 - 1, -(2**63), 10**15])
def test_a_deletion_at_an_impossible_instant_is_refused(timestamp):
    record = Record(Position(Stop.topic, 0, 7), b"a", None, (), timestamp=timestamp)
    with pytest.raises(Refusal, match="horodatage"):
        open_envelope(record, Stop)


def test_a_field_added_later_is_ignored():
    sealed = Envelope("gares", ManualClock(NOON)).seal(Stop(name="a"))
    received = open_envelope(as_read(sealed, value=b'{"name":"a","lift":true}'), Stop)
    assert received.data == Stop(name="a")
