"""What a lenient reader resolves to a resource of this server is judged as a reference to it."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esante.core.domain.references import disguised_target
from esante.search.domain.search_extractors.references import local_target

BASE = "http://localhost:8080/fhir"
P2 = ("Patient", "p2")

DISGUISED = [
    "Patient/p2",
    "Patient/p2/_history/1",
    "http://localhost:8080/fhir/Patient/p2",
    "http://LOCALHOST:8080/fhir/Patient/p2",
    "HTTP://localhost:8080/fhir/Patient/p2",
    "//localhost:8080/fhir/Patient/p2",
    "https://localhost:443/fhir/Patient/p2",
    "http://localhost:80/fhir/Patient/p2",
    "http://localhost.:08080/fhir/Patient/p2",
    "http://x:y@localhost:8080/fhir/Patient/p2",
    "http://ｌｏｃａｌhost:8080/fhir/Patient/p2",
    "http:\\\\localhost:8080\\fhir\\Patient\\p2",
    "http:/localhost:8080/fhir/Patient/p2",
    "http:/fhir/Patient/p2",
    "http://local\u00adhost:8080/fhir/Patient/p2",
    "http://localhost\u3002:8080/fhir/Patient/p2",
    "/fhir/Patient/p2",
    "/FHIR/Patient/p2",
    "./Patient/p2",
    "../fhir/Patient/p2",
    "Patient/p2#",
    "Patient/p2#x",
    "Patient/p2?",
    "Patient/p2?_format=json",
    "Patient/p2/",
    "Patient//p2",
    "Patient/x/../p2",
    "Patient%2Fp2",
    "Patient/%702",
    "Patient/%25702",
    " Patient/p2 ",
    "Pati\tent/p2",
    "Patient/p2;v=1",
    "http://localhost:8080/fhir/x/%2e%2e/Patient/p2",
]
OTHERS = [
    "http://localhost:9090/fhir/Patient/p2",
    "http://example.org/fhir/Patient/p2",
    "//example.org/fhir/Patient/p2",
    "http://localhost.example.org:8080/fhir/Patient/p2",
    "http://localhost:8080@example.org/fhir/Patient/p2",
    "http://localhost:8080/autre/Patient/p2",
    "ftp://localhost:8080/fhir/Patient/p2",
    "urn:uuid:0d3e9a52-7d4f-4a7c-9a63-2b5a3e3a5b11",
    "#p2",
    "Patient?identifier=x|p2",
    "../Patient/p2",
    "Patients/p2",
    "",
    "//",
    "http://",
    "http://[",
    "http:/autre/Patient/p2",
    "https://a/" + "\u0315\u0300" * 40_000,
]


@pytest.mark.parametrize("reference", DISGUISED)
def test_a_disguise_is_seen_through(reference: str) -> None:
    assert local_target(reference, BASE) == P2


@pytest.mark.parametrize("reference", OTHERS)
def test_another_s_resource_is_not_of_this_server(reference: str) -> None:
    assert local_target(reference, BASE) is None


def mixed(text: str) -> st.SearchStrategy[str]:
    """The text with any case of each letter."""
    each = [st.sampled_from(sorted({letter.lower(), letter.upper()})) for letter in text]
    return st.tuples(*each).map("".join)


def encoded(text: str) -> st.SearchStrategy[str]:
    """The text with any of its letters percent-encoded, once or twice."""
    ways = [
        st.sampled_from([each, f"%{ord(each):02x}", quote(f"%{ord(each):02X}")]) for each in text
    ]
    return st.tuples(*ways).map("".join)


slash = st.sampled_from(["/", "//", "\\", "/./", "%2F", "/x/../", "/\t"])
prefix = st.one_of(
    st.sampled_from(["", "./", "/fhir/", "../fhir/", "\t/fhir/", "x/../"]),
    st.tuples(
        st.one_of(mixed("http").map(lambda each: each + ":"), st.just("")),
        st.sampled_from(["//", "\\\\", "//u@", "//u:p@"]),
        mixed("localhost"),
        st.sampled_from([":8080", ".:8080", ":08080", ":80"]),
        st.sampled_from(["/fhir/", "/a/../fhir/", "//fhir//", "/%66hir/"]),
    ).map("".join),
)
suffix = st.sampled_from(
    ["", "/", "#", "#x", "?", "?x=y", ";x", "/_history/3", "/$everything", " "]
)


@given(prefix, encoded("Patient"), slash, encoded("p2"), suffix)
def test_any_combination_of_disguises_is_seen_through(
    before: str, resource_type: str, between: str, own: str, after: str
) -> None:
    assert local_target(before + resource_type + between + own + after, BASE) == P2


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for each in (text, f"http://localhost:8080/{text}", f"http://{text}", f"//{text}:{text}/"):
        disguised_target(each, BASE)
