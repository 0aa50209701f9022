"""The parameters of an export, the format of its files, the waits between polls."""

import gzip
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esante.bulk_data.domain.export_job import file_number, poll_wait
from esante.bulk_data.domain.export_request import (
    ExportRequest,
    check_format,
    group_members,
    read_elements,
    read_instant,
    read_patients,
    read_types,
)
from esante.bulk_data.domain.ndjson import (
    GZIP_HEADER,
    compress_lines,
    decompress,
    gzip_trailer,
    ndjson_line,
)
from socle.errors import Refusal

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BASE = "https://region.example.org/fhir"


@given(st.lists(st.lists(st.binary(min_size=1), min_size=1), min_size=1))
def test_chunks_are_read_alone_and_are_one_gzip_stream(pieces: list[list[bytes]]) -> None:
    checksum, chunks = 0, []
    for lines in pieces:
        chunks.append(compress_lines(lines, checksum=checksum))
        checksum = chunks[-1].checksum
    expected = [b"".join(lines) for lines in pieces]
    assert [decompress(each.content) for each in chunks] == expected
    assert [each.lines for each in chunks] == [len(lines) for lines in pieces]
    size = sum(each.size for each in chunks)
    complete = b"".join(expected)
    assert (size, checksum) == (len(complete), zlib.crc32(complete))
    stream = GZIP_HEADER + b"".join(each.content for each in chunks)
    assert gzip.decompress(stream + gzip_trailer(checksum, size)) == complete


def test_a_resource_is_one_line() -> None:
    assert ndjson_line(b'{\r\n "a":\n 1.10}') == b'{   "a":  1.10}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ("2026-01-31T08:00:00.123+01:00", "2026-01-31T08:00:00.123+01:00"),
        # A "+" that was not percent-encoded.
        ("2026-01-31T08:00:00 01:00", "2026-01-31T08:00:00+01:00"),
    ],
)
def test_instants(text: str, expected: str) -> None:
    assert read_instant("_since", [text], now=NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-01-31",
        "2026-01-31T08:00:00",
        "2026-13-31T08:00:00Z",
        "2026-03-03T08:00:00Z",
        "２026-01-31T08:00:00Z",
        "ge2026-01-31T08:00:00Z",
    ],
)
def test_instants_that_are_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_instant("_since", [text], now=NOW)


def test_an_instant_is_given_once() -> None:
    with pytest.raises(Refusal):
        read_instant("_until", ["2026-01-31T08:00:00Z"] * 2, now=NOW)
    assert read_instant("_until", ["2026-04-01T00:00:00Z"], now=NOW)


def test_formats_types_and_elements() -> None:
    check_format(["application/fhir+ndjson", "application/fhir ndjson", "ndjson"])
    with pytest.raises(Refusal):
        check_format(["application/json"])
    assert read_types(["Patient,Observation", "Patient"], "patient") == ("Observation", "Patient")
    with pytest.raises(Refusal):
        read_types(["Organization"], "group")
    assert read_elements(["id, Patient.name"]) == ("id", "Patient.name")
    with pytest.raises(Refusal):
        read_elements(["a b"])


def test_patients() -> None:
    given_references = [{"reference": "Patient/b"}, {"reference": f"{BASE}/Patient/a"}]
    assert read_patients(given_references, base=BASE) == ("a", "b")
    for wrong in ("a", "Group/a", "https://else.example/Patient/a", "Patient/a b", None):
        with pytest.raises(Refusal):
            read_patients([{"reference": wrong}], base=BASE)
    entities: list[dict[str, Any]] = [
        {"entity": {"reference": "Patient/a"}},
        {"entity": {"reference": "Practitioner/b"}},
        {"entity": {"reference": "Patient/c"}, "inactive": True},
        {"entity": {"identifier": {"value": "d"}}},
        {},
    ]
    assert group_members({"member": entities}) == ("a",)
    assert group_members({}) == ()


def test_a_request_survives_its_store() -> None:
    request = ExportRequest(
        BASE, "group", "integrator", ("system/*.rs",), None, ("Patient",), patients=("a",)
    )
    stored = {n: list(v) if isinstance(v, tuple) else v for n, v in request.to_json().items()}
    assert ExportRequest.of_json(stored) == request


def test_names_of_files() -> None:
    assert file_number("Patient-12.ndjson") == 12
    for wrong in ("", "Patient", "Patient-0.ndjson", "Patient-1.ndjson\n", "../Patient-1.ndjson"):
        assert file_number(wrong) is None


def test_waits_between_polls_grow_to_a_bound() -> None:
    waits = [poll_wait(polls) for polls in range(200)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1, 10)
