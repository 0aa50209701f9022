"""Problems under `/fhir` as OperationOutcome resources.

https://hl7.org/fhir/R4/operationoutcome.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import quoteattr

import orjson

from gateway.http.api.problem_translator import ProblemTranslator, Translation
from socle.http import Scope, Send, accepted_media, best_quality

# The last word of a problem's type → https://hl7.org/fhir/R4/valueset-issue-type.html
_CODES: Final = {
    "invalid": "invalid",
    "unauthenticated": "login",
    "forbidden": "forbidden",
    "not_found": "not-found",
    "conflict": "conflict",
    "gone": "deleted",
    "too_large": "too-long",
    "too_many": "throttled",
    "unsupported": "not-supported",
    "method_not_allowed": "not-supported",
    "not_acceptable": "not-supported",
    "target_too_long": "too-long",
    "headers_too_large": "too-long",
    "unavailable": "transient",
    "timeout": "timeout",
    "request_timeout": "timeout",
}
_JSON_HEADERS: Final = ((b"content-type", b"application/fhir+json; charset=utf-8"),)
_XML_HEADERS: Final = ((b"content-type", b"application/fhir+xml; charset=utf-8"),)
_JSON: Final = ("application/fhir+json", "application/json", "text/json")
_XML: Final = ("application/fhir+xml", "application/xml", "text/xml")
_ANY: Final = ("*/*", "application/*")
# A sentence can quote an address.
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_operation_outcomes(send: Send, scope: Scope) -> ProblemTranslator:
    """An ASGI `send` that renders problems as OperationOutcome resources, in JSON, or in XML if
    the request asks for it."""

    def render(problem: Mapping[str, Any]) -> Translation:
        return _xml_outcome(problem) if wants_xml(scope) else _json_outcome(problem)

    return ProblemTranslator(send, render)


def wants_xml(scope: Scope) -> bool:
    """Whether a request asks for XML: by `_format`, else by an Accept header that prefers it, else
    by what it sends. As the service behind, which answers it otherwise.
    https://hl7.org/fhir/R4/http.html#mime-type"""
    if b"_format" in (query := scope["query_string"]):
        pairs = parse_qsl(query.decode("latin-1"))
        wanted = next((value for name, value in reversed(pairs) if name == "_format"), None)
        if wanted is not None:
            media = wanted.partition(";")[0].strip().lower().replace("fhir ", "fhir+")
            return media in ("xml", *_XML)
    headers = dict(scope["headers"])
    accepted = accepted_media(headers.get(b"accept", b""))
    json, xml = best_quality(accepted, _JSON), best_quality(accepted, _XML)
    others = best_quality(accepted, _ANY) or 0.0
    if json is None and xml is None:
        content_type: bytes = headers.get(b"content-type", b"")
        media = content_type.partition(b";")[0].strip().lower()
        return media == _XML[0].encode() and (not accepted or others > 0)
    of_json, of_xml = others if json is None else json, others if xml is None else xml
    return of_xml > of_json or (json is None and 0 < of_xml == of_json)


def _json_outcome(problem: Mapping[str, Any]) -> Translation:
    issue = {"severity": "error", "code": _code(problem), "diagnostics": problem["detail"]}
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]}), _JSON_HEADERS


def _xml_outcome(problem: Mapping[str, Any]) -> Translation:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><OperationOutcome xmlns="http://hl7.org/fhir">'
        f'<issue><severity value="error"/><code value="{_code(problem)}"/>'
        f"<diagnostics value={quoteattr(_NO_XML.sub('�', str(problem['detail'])))}/></issue>"
        "</OperationOutcome>"
    )
    return body.encode(), _XML_HEADERS


def _code(problem: Mapping[str, Any]) -> str:
    return _CODES.get(str(problem["type"]).rpartition(":")[2], "exception")
