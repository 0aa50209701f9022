"""The form of a notice: the plain text, and its readings in easy French and in English."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilotes.lab.api.action_forms import GROUPS, FormField
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol

_TEXTS: Final = ("asked", "benefits", "risks")
_READ: Final = ("title", "summary", *_TEXTS)
_LISTS: Final = ("arms", "data")
"""One text a line."""


def notice_fields(former: Mapping[str, Any], *, version: str) -> Sequence[FormField]:
    """The fields. `former`: the content of the notice in force; empty without one."""
    fields = [FormField("version", "line", value=version, most=32)]
    fields += [FormField(name, value=str(former.get(name, ""))) for name in _TEXTS]
    fields.append(FormField("storage", "line", value=str(former.get("storage", "")), most=200))
    for reading in GROUPS:
        fields += _reading_fields(reading, former.get(reading, {}))
    return fields


def _reading_fields(reading: str, former: Mapping[str, Any]) -> Sequence[FormField]:
    line, *texts = _READ
    return [
        FormField(f"{reading}_{line}", "line", value=str(former.get(line, "")), most=200),
        *(FormField(f"{reading}_{each}", value=str(former.get(each, ""))) for each in texts),
        *(FormField(f"{reading}_{each}", value="\n".join(former.get(each, ()))) for each in _LISTS),
    ]


def notice_content(fields: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as the API takes it."""
    names = ("version", *_TEXTS, "storage")
    return {
        **{name: fields[name] for name in names},
        **{reading: _reading_content(fields, reading) for reading in GROUPS},
    }


def _reading_content(fields: Mapping[str, str], reading: str) -> dict[str, Any]:
    texts: dict[str, Any] = {each: fields[f"{reading}_{each}"] for each in _READ}
    for each in _LISTS:
        lines = fields[f"{reading}_{each}"].splitlines()
        texts[each] = [line.strip() for line in lines if line.strip()]
    return texts


def read_first(pilot: Pilot, protocol: Protocol | None) -> Sequence[str]:
    """What the readings name in the same order, in French."""
    arms = " ; ".join(each.label for each in protocol.arms) if protocol else ""
    data = " ; ".join(pilot.processing.data)
    lines = (("Bras, dans l'ordre", arms), ("Données, dans l'ordre", data))
    return [f"{name} : {text}." for name, text in lines if text]
