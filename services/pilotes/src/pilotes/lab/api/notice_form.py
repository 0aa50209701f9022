"""The form of a notice: the plain text, and its readings in easy French and in English."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilotes.lab.api.form_fields import FieldType, FormField
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol

_READINGS: Final = ("easy", "english")
_TEXTS: Final = ("asked", "benefits", "risks")
_READ: Final = ("title", "summary", *_TEXTS)
_LISTS: Final = ("arms", "data")
"""One text a line."""


def notice_fields(former: Mapping[str, Any], *, version: str) -> Sequence[FormField]:
    """The fields. `former`: the content of the notice in force; empty without one."""
    fields = [FormField("version", "line", value=version, most=32)]
    fields += [FormField(name, value=str(former.get(name, ""))) for name in _TEXTS]
    fields.append(FormField("storage", "line", value=str(former.get("storage", "")), most=200))
    for reading in _READINGS:
        fields += _reading_fields(reading, former.get(reading, {}))
    return fields


def _reading_fields(reading: str, former: Mapping[str, Any]) -> Sequence[FormField]:
    line, *texts = _READ
    return [
        _of(reading, line, str(former.get(line, "")), short=True),
        *(_of(reading, each, str(former.get(each, ""))) for each in texts),
        *(_of(reading, each, "\n".join(former.get(each, ()))) for each in _LISTS),
    ]


def _of(reading: str, name: str, value: str, *, short: bool = False) -> FormField:
    field_type: FieldType = "line" if short else "text"
    most = 200 if short else None
    return FormField(f"{reading}_{name}", field_type, value=value, most=most, group=reading)


def notice_content(fields: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as the API takes it."""
    names = ("version", *_TEXTS, "storage")
    return {
        **{name: fields[name] for name in names},
        **{reading: _reading_content(fields, reading) for reading in _READINGS},
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
    lines = (("Groupes, dans l'ordre", arms), ("Données, dans l'ordre", data))
    return [f"{name} : {text}." for name, text in lines if text]
