"""A Binary as bytes: its media type, its resource without `data`, its data.

https://hl7.org/fhir/R4/binary.html
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from esante.core.domain.json_parser import parse_object
from esante.core.domain.resource import is_id
from esante.core.domain.stamping import subset
from esante.core.domain.structures import RESOURCE_TYPES
from socle.errors import Refusal

BINARY: Final = "Binary"
OCTETS: Final = "application/octet-stream"
_NAME: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER: Final = rf'{_NAME}=(?:{_NAME}|"[A-Za-z0-9 !#-\[\]-~]*")'
# RFC 9110 §8.3.1, without escapes in quoted strings.
_MEDIA_TYPE: Final = re.compile(rf"{_NAME}/{_NAME}(?: ?; ?{_PARAMETER})*")
_MAX_MEDIA_TYPE: Final = 200
_FORM: Final = "application/x-www-form-urlencoded"
_LOCAL: Final = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
# As `subset` writes it into a `meta` without tags.
_SUBSET_TAG: Final = re.compile(rb',"tag":\[\{"system":"[^"]*","code":"SUBSETTED"\}\]')


def read_media_type(header: str) -> str:
    """The media type in a Content-Type header, as `Binary.contentType`.

    Raises Refusal("unsupported") if it is absent or malformed, and for that of a form, which many
    clients send if none is chosen.
    """
    media = re.sub(r"[ \t]+", " ", header.strip())
    known = len(media) <= _MAX_MEDIA_TYPE and _MEDIA_TYPE.fullmatch(media)
    if not known or media.lower().startswith(_FORM):
        problem = f"Content-Type dit « {media[:80]} »" if media else "Content-Type manque"
        raise Refusal(
            "unsupported",
            f"{problem} ; pour des octets, attendu : un type comme application/pdf.",
        )
    return media


def served_media_type(value: object) -> str:
    """The Content-Type of a Binary; `OCTETS` if its `contentType` cannot be a header."""
    known = (
        isinstance(value, str) and len(value) <= _MAX_MEDIA_TYPE and _MEDIA_TYPE.fullmatch(value)
    )
    return str(value) if known else OCTETS


def read_security_context(header: str, *, base: str) -> str:
    """The reference in an X-Security-Context header. Raises Refusal("invalid") unless it is that of
    a resource of this server."""
    reference = header.strip().removeprefix(f"{base}/")
    match = _LOCAL.fullmatch(reference)
    if match is None or match[1] not in RESOURCE_TYPES:
        raise Refusal(
            "invalid",
            f"X-Security-Context dit « {reference[:80]} » ; attendu : une référence comme"
            " Patient/exemple.",
            expression=["Binary.securityContext"],
        )
    return reference


def binary_text(
    media: str, context: str | None, *, resource_id: str | None = None, data: bytes | None = None
) -> bytes:
    """The JSON of a Binary. `context`: the reference of its `securityContext`. `data`: its bytes;
    None: without `data`."""
    resource: dict[str, Any] = {"resourceType": BINARY}
    if resource_id is not None and is_id(resource_id):
        resource["id"] = resource_id
    resource["contentType"] = media
    if context is not None:
        resource["securityContext"] = {"reference": context}
    if data is not None:
        resource["data"] = base64.b64encode(data).decode()
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


def without_data(text: bytes) -> bytes:
    """The JSON of a Binary whose data is stored elsewhere: tagged SUBSETTED, as every resource that
    is not returned with all its elements. https://hl7.org/fhir/R4/search.html#elements"""
    parsed = parse_object(text)
    return subset(parsed, frozenset(parsed.spans)).encode()


def complete_with(text: bytes, data: str) -> bytes:
    """The result of `without_data` completed again. `data`: the value of `data`."""
    return _SUBSET_TAG.sub(b"", text, count=1)[:-1] + f',"data":{json.dumps(data)}}}'.encode()


def data_of(resource: Mapping[str, Any]) -> bytes | None:
    """The bytes in the `data` of a Binary; None without it, or if it is not base64. White space in
    it is allowed."""
    data = resource.get("data")
    try:
        return base64.b64decode(data) if isinstance(data, str) else None
    except ValueError:
        return None


def context_of(resource: Mapping[str, Any]) -> str | None:
    """The reference of `securityContext`, if it can be a header."""
    context = resource.get("securityContext")
    reference = context.get("reference") if isinstance(context, dict) else None
    printable = isinstance(reference, str) and reference.isascii() and reference.isprintable()
    return str(reference) if printable else None
