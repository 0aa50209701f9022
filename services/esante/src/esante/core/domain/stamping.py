"""Edits of the text of a resource: `id`, `meta.versionId`, `meta.lastUpdated`, subsets of members.

The rest of the text is unchanged, byte for byte. https://hl7.org/fhir/R4/resource.html#Meta
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from esante.core.domain.json_parser import JsonObject, scan_object
from esante.core.domain.resource import format_instant
from socle.errors import Refusal

_OBSERVATION_VALUE: Final = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_SUBSETTED: Final = f'{{"system":"{_OBSERVATION_VALUE}","code":"SUBSETTED"}}'


def stamp(parsed: JsonObject, *, resource_id: str, version: int, updated: datetime) -> str:
    """The text of a resource with the `id` and `meta` of that version.

    `parsed`: the resource as received. Raises Refusal if its `meta` is not an object.
    """
    stamped = {"versionId": f'"{version}"', "lastUpdated": f'"{format_instant(updated)}"'}
    if "meta" in parsed.spans:
        if not isinstance(parsed.value["meta"], dict):
            raise Refusal("invalid", "« meta » doit être un objet.", expression=["meta"])
        start = parsed.spans["meta"].start
        meta, end = scan_object(parsed.text, start)
        meta_text = replace_members(meta, stamped, start=start, end=end)
    else:
        meta_text = "{" + ",".join(f'"{name}":{text}' for name, text in stamped.items()) + "}"
    members = {"id": json.dumps(resource_id), "meta": meta_text}
    return replace_members(parsed, members, after="resourceType")


def replace_members(
    parsed: JsonObject,
    members: Mapping[str, str],
    *,
    after: str | None = None,
    start: int = 0,
    end: int | None = None,
) -> str:
    """The text of the object with those members replaced or inserted.

    `members`: the JSON of each value, by name. `after`: the member after which new ones are
    inserted, with the author's white space; without it, or if it is absent, they come first.
    `start`, `end`: the position of the object in `parsed.text`.
    """
    text, spans = parsed.text, parsed.spans
    edits = [
        (spans[name].start, spans[name].end, value)
        for name, value in members.items()
        if name in spans
    ]
    if len(edits) < len(members):
        colon = _colon(parsed)
        new = [f'"{name}"{colon}{value}' for name, value in members.items() if name not in spans]
        edits.append(_insertion(parsed, new, after, start))
    pieces: list[str] = []
    place = start
    for begin, stop, replacement in sorted(edits):
        pieces += (text[place:begin], replacement)
        place = stop
    pieces.append(text[place:end])
    return "".join(pieces)


def _insertion(
    parsed: JsonObject, inserted_members: list[str], after: str | None, start: int
) -> tuple[int, int, str]:
    text, spans = parsed.text, parsed.spans
    first = next(iter(spans.values()), None)
    brace = text.index("{", start) + 1
    gap = text[brace : first.name] if first else ""
    if after is not None and after in spans:
        place = spans[after].end
        return place, place, "".join(f",{gap}{each}" for each in inserted_members)
    inserted = f",{gap}".join(inserted_members)
    return brace, brace, gap + inserted + ("," if first else "")


def _colon(parsed: JsonObject) -> str:
    """The text between the name of a member and its value, as the author writes it."""
    for name, span in parsed.spans.items():
        if (name.isascii() and name.isidentifier()) or len(json.dumps(name)) == len(name) + 2:
            between = parsed.text[span.name + len(name) + 2 : span.start]
            return between if len(between) <= 3 else ":"
    return ":"


def is_subset(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is tagged SUBSETTED: it is a copy without some of its members."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(
        isinstance(each, dict)
        and (each.get("system"), each.get("code")) == (_OBSERVATION_VALUE, "SUBSETTED")
        for each in tags
    )


def subset(parsed: JsonObject, names: frozenset[str]) -> str:
    """The JSON of the object with only those members, their texts unchanged, tagged SUBSETTED.
    https://hl7.org/fhir/R4/search.html#elements"""
    text = parsed.text
    members = {
        name: text[span.start : span.end] for name, span in parsed.spans.items() if name in names
    }
    members["meta"] = (
        _meta_with_subsetted(text, parsed.spans["meta"].start) if "meta" in parsed.spans else "{}"
    )
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in members.items()) + "}"


def _meta_with_subsetted(text: str, start: int) -> str:
    meta, end = scan_object(text, start)
    if (span := meta.spans.get("tag")) is None:
        return replace_members(
            meta, {"tag": f"[{_SUBSETTED}]"}, after="lastUpdated", start=start, end=end
        )
    tags = text[span.start : span.end - 1].rstrip()
    marked = f"{tags}{'' if tags == '[' else ','}{_SUBSETTED}]"
    return replace_members(meta, {"tag": marked}, start=start, end=end)
