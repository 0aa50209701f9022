"""JSON or XML, as R4 negotiates it. https://hl7.org/fhir/R4/http.html#mime-type"""

import pytest

from esante.core.api.formats import find_format, prefers_html


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("application/*;q=0.5", "json"),
        ("application/fhir+xml", "xml"),
        ("application/fhir+xml; fhirVersion=4.0", "xml"),
        ("TEXT/XML", "xml"),
        ("application/xml", "xml"),
        ("text/json", "json"),
        ("application/fhir+xml;q=0.9, application/fhir+json;q=1.0", "json"),
        ("application/fhir+json;q=0.9, application/fhir+xml;q=1.0", "xml"),
        ("application/fhir+xml;q=1.0, application/fhir+json;q=1.0", "json"),
        ("application/fhir+xml, */*", "xml"),
        ("application/fhir+xml;q=0.5, */*;q=0.8", "json"),
        ("application/fhir+xml;q=.5, */*;q=.2", "xml"),
        ("application/fhir+json;q=0, */*", "xml"),
        ("application/fhir+xml;q=nan", "xml"),
        ("application/fhir+xml;q=0", None),
        ("*/*;q=0", None),
        ("text/html", None),
    ],
)
def test_the_accept_header_chooses(accept: str | None, expected: str | None) -> None:
    assert find_format(None if accept is None else accept.encode(), None, None) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("xml", "xml"),
        ("text/xml", "xml"),
        ("application/xml", "xml"),
        ("application/fhir+xml", "xml"),
        ("application/fhir xml", "xml"),
        ("json", "json"),
        ("application/fhir+json; charset=utf-8", "json"),
        ("ttl", None),
        ("", None),
    ],
)
def test_format_takes_precedence(wanted: str, expected: str | None) -> None:
    assert find_format(b"application/fhir+json", wanted, None) == expected
    assert find_format(b"text/html", wanted, None) == expected


def test_who_accepts_all_gets_the_format_that_they_sent() -> None:
    assert find_format(b"*/*", None, b"application/fhir+xml; charset=utf-8") == "xml"
    assert find_format(None, None, b"application/xml") == "json"
    assert find_format(b"application/json", None, b"application/fhir+xml") == "json"


def test_a_browser_gets_a_page_and_a_program_xml() -> None:
    browser = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert prefers_html(browser, None)
    assert not prefers_html(b"application/fhir+xml, text/html;q=0.5", None)
