"""The server's own words in a resource's text: `id`, `meta.versionId`, `meta.lastUpdated`; the rest
stays as it came. https://hl7.org/fhir/R4/resource.html#Meta
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from esante.core.domain.resource import Parsed, instant, read_object
from socle.errors import Refusal

_SUBSETTED: Final = (
    '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'
)


def stamp(parsed: Parsed, *, resource_id: str, version: int, updated: datetime) -> str:
    """The text of that version. Raises Refusal where `meta` is no object."""
    told = {"versionId": json.dumps(str(version)), "lastUpdated": json.dumps(instant(updated))}
    if "meta" in parsed.spans:
        if not isinstance(parsed.value["meta"], dict):
            raise Refusal("invalid", "« meta » doit être un objet.", expression=["meta"])
        start = parsed.spans["meta"].start
        meta, end = read_object(parsed.text, start)
        told_meta = with_members(meta, told, start=start, end=end)
    else:
        told_meta = "{" + ",".join(f'"{name}":{text}' for name, text in told.items()) + "}"
    members = {"id": json.dumps(resource_id), "meta": told_meta}
    return with_members(parsed, members, after="resourceType")


def with_members(
    parsed: Parsed,
    members: Mapping[str, str],
    *,
    after: str | None = None,
    start: int = 0,
    end: int | None = None,
) -> str:
    """The object's text with those members replaced, or written behind `after` (else first) as
    its author writes. `start`, `end`: where the object stands in `parsed.text`."""
    text, spans = parsed.text, parsed.spans
    edits: list[tuple[int, int, str]] = []
    fresh: list[str] = []
    for name, value in members.items():
        if span := spans.get(name):
            edits.append((span.start, span.end, value))
        else:
            fresh.append(f'"{name}"{_colon(parsed)}{value}')
    if fresh:
        edits.append(_insertion(parsed, fresh, after, start))
    pieces: list[str] = []
    place = start
    for begin, stop, told in sorted(edits):
        pieces += (text[place:begin], told)
        place = stop
    pieces.append(text[place:end])
    return "".join(pieces)


def _insertion(
    parsed: Parsed, fresh: list[str], after: str | None, start: int
) -> tuple[int, int, str]:
    text, spans = parsed.text, parsed.spans
    first = next(iter(spans.values()), None)
    brace = text.index("{", start) + 1
    gap = text[brace : first.name] if first else ""
    if after is not None and after in spans:
        place = spans[after].end
        return place, place, "".join(f",{gap}{each}" for each in fresh)
    told = f",{gap}".join(fresh)
    return brace, brace, gap + told + ("," if first else "")


def _colon(parsed: Parsed) -> str:
    """What the author writes between a name and its value."""
    for name, span in parsed.spans.items():
        if len(json.dumps(name)) == len(name) + 2:
            between = parsed.text[span.name + len(name) + 2 : span.start]
            return between if len(between) <= 3 else ":"
    return ":"


def subset(parsed: Parsed, keep: frozenset[str]) -> str:
    """The object with those members alone, their texts kept, and marked SUBSETTED.
    https://hl7.org/fhir/R4/search.html#elements"""
    text = parsed.text
    kept = {
        name: text[span.start : span.end] for name, span in parsed.spans.items() if name in keep
    }
    kept["meta"] = _marked(text, parsed.spans["meta"].start) if "meta" in parsed.spans else "{}"
    return "{" + ",".join(f"{json.dumps(name)}:{told}" for name, told in kept.items()) + "}"


def _marked(text: str, start: int) -> str:
    meta, end = read_object(text, start)
    if (span := meta.spans.get("tag")) is None:
        return with_members(
            meta, {"tag": f"[{_SUBSETTED}]"}, after="lastUpdated", start=start, end=end
        )
    tags = text[span.start : span.end - 1].rstrip()
    told = f"{tags}{'' if tags == '[' else ','}{_SUBSETTED}]"
    return with_members(meta, {"tag": told}, start=start, end=end)
