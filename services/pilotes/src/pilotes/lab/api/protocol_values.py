"""A protocol as the values of its form, and back."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from pilotes.lab.api.form_values import (
    date_text,
    name_for,
    number_text,
    percent_text,
    read_date,
    read_lines,
    read_number,
    read_percent,
)
from pilotes.lab.domain.blocks import Values, blocks_of, compact, with_blocks
from pilotes.record.api.design_models import DesignBody
from pilotes.record.api.protocol_models import ProtocolBody, ShownProtocol
from pilotes.record.domain.draws.designs import MOST_PLACES, MOST_STRATA
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.surveys.domain.questionnaire import NPS, SUS

_INDICATOR_NUMBERS: Final = (
    "baseline",
    "target",
    "bound",
    "window_days",
    "before_days",
    "cap",
    "at_least",
    "expected_response",
)
_LINES_OF_DESIGN: Final = {"places": ("lieu", MOST_PLACES), "strata": ("reponse", MOST_STRATA)}
"""Lists of a code and a name: by field, the beginning of a code whose name begins with no letter,
and how many there can be."""
DESIGN: Final = "design_"
"""The beginning of the names of what is drawn."""
_OF_THEIR_OWN: Final = frozenset({"arms", "control", "routes", "eligibility", "rules", "indicators",
    "planned_per_arm", "stopping_rule", "starts_at", "ends_at", "looks", "design"})  # fmt: skip
NUMBERS: Final = tuple(
    name
    for name, field in ProtocolBody.model_fields.items()
    if name not in _OF_THEIR_OWN and isinstance(field.default, int | float)
)
"""The numbers of a protocol that have a default: a new one is displayed without further work."""
LISTS: Final = tuple(
    name
    for name, field in ProtocolBody.model_fields.items()
    if name not in _OF_THEIR_OWN and isinstance(field.default, tuple)
)
"""The lists of words of a protocol, one a line: a new one is displayed without further work."""


def protocol_values(protocol: Protocol) -> dict[str, str]:
    """The values of the form of a protocol."""
    numbers = [each.name for each in protocol.arms]
    plain = {
        "starts_at": date_text(protocol.starts_at),
        "ends_at": date_text(protocol.ends_at),
        "eligibility": protocol.eligibility,
        "minimum_age": number_text(protocol.rules.minimum_age),
        "account_required": "yes" if protocol.rules.account_required else "",
        "declarations": "\n".join(protocol.rules.declarations),
        "control": str(numbers.index(protocol.control) + 1) if protocol.control in numbers else "1",
        "routes": "\n".join(protocol.routes),
        "planned_per_arm": number_text(protocol.planned_per_arm),
        **{name: number_text(getattr(protocol, name)) for name in NUMBERS},
        **{name: "\n".join(getattr(protocol, name)) for name in LISTS},
        "looks": " ; ".join(number_text(each) for each in protocol.looks),
        "stopping_rule": protocol.stopping_rule,
        **design_values(ShownProtocol.model_validate(protocol).design),
    }
    arms = [
        {"name": each.name, "label": each.label, "weight": percent_text(each.weight)}
        for each in protocol.arms
    ]
    indicators = [_indicator_values(each) for each in protocol.indicators]
    return with_blocks(plain, {"arm": arms, "indicator": indicators})


def design_values(design: BaseModel) -> dict[str, str]:
    """The values of what is drawn, by names that begin with `DESIGN`."""
    found = {}
    for name, value in design.model_dump().items():
        if name in _LINES_OF_DESIGN:
            found[DESIGN + name] = "\n".join(f"{each['code']} : {each['label']}" for each in value)
        elif isinstance(value, tuple):
            found[DESIGN + name] = "\n".join(date_text(each) for each in value)
        elif isinstance(value, str):
            found[DESIGN + name] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[DESIGN + name] = number_text(value)
    return found


def _indicator_values(each: Indicator) -> dict[str, str]:
    numbers = {name: number_text(getattr(each, name)) for name in _INDICATOR_NUMBERS}
    return numbers | {
        "id": each.id,
        "label": each.label,
        "kind": each.kind,
        "fact": each.source.removeprefix("return:").removeprefix("use:"),
        "denominator": (each.denominator or "").removeprefix("use:"),
        "direction": each.direction,
        "role": each.role,
    }


def with_identifiers(values: Values) -> dict[str, str]:
    """The values without empty blocks, each block with an identifier made of its label."""
    blocks = {}
    for block_type, field, start, most in (
        ("arm", "name", "groupe", 32),
        ("indicator", "id", "indicateur", 48),
        ("question", "id", "question", 48),
    ):
        blocks[block_type] = blocks_of(values, block_type)
        taken = {each[field] for each in blocks[block_type] if each.get(field)}
        taken |= {SUS, NPS} if block_type == "question" else set()
        for each in blocks[block_type]:
            if not each.get(field) and each.get("label"):
                each[field] = name_for(each["label"], start=start, taken=taken, most=most)
                taken.add(each[field])
    return with_blocks(compact(values), blocks)


def protocol_body(values: Values, former: Protocol | None) -> ProtocolBody:
    """What was typed, as the API takes it. `former`: the protocol in force; what the form does not
    display stays as it is there. Raises ValidationError."""
    arms = blocks_of(values, "arm")
    numbered = {str(number): arm for number, arm in enumerate(arms, start=1)}
    control = numbered.get(values.get("control", ""), arms[0] if arms else {})
    content: dict[str, Any] = {
        "arms": [
            {**_texts(each, "name", "label"), "weight": read_percent(each.get("weight", ""))}
            for each in arms
        ],
        "control": control.get("name", ""),
        "routes": _routes(values, former),
        "rules": {
            "minimum_age": read_number(values.get("minimum_age", "")),
            "account_required": bool(values.get("account_required")),
            "declarations": read_lines(values.get("declarations", "")),
        },
        "indicators": [_indicator(each) for each in blocks_of(values, "indicator")],
        "starts_at": read_date(values.get("starts_at", ""), former.starts_at if former else None),
        "ends_at": read_date(values.get("ends_at", ""), former.ends_at if former else None),
        "looks": [read_number(each) or "" for each in values.get("looks", "").split(";")]
        if values.get("looks", "").strip()
        else [],
        "design": _design(values, former),
        "planned_per_arm": read_number(values.get("planned_per_arm", "")) or "",
        **_texts(values, "eligibility", "stopping_rule"),
        **_numbers(values, *NUMBERS),
        **{name: read_lines(values.get(name, "")) for name in LISTS},
    }
    return ProtocolBody.model_validate(content)


def _routes(values: Values, former: Protocol | None) -> list[str]:
    """The ticked routes; in the order in force, if they are the same."""
    ticked = read_lines(values.get("routes", ""))
    if former is not None and set(ticked) == set(former.routes):
        return [*former.routes]
    return ticked


def _texts(values: Values, *names: str) -> dict[str, str]:
    return {name: values.get(name, "") for name in names}


def _numbers(values: Values, *names: str) -> dict[str, str]:
    """The numbers that were typed, by name: the others have their defaults."""
    typed = {name: read_number(values.get(name, "")) for name in names}
    return {name: value for name, value in typed.items() if value is not None}


def _indicator(block: Mapping[str, str]) -> dict[str, Any]:
    fact, denominator = block.get("fact", ""), block.get("denominator", "")
    source = "return" if block.get("kind") == "retention" else "use"
    return {
        **_texts(block, "id", "label", "kind", "direction", "role"),
        "source": fact if not fact or fact.startswith("survey:") else f"{source}:{fact}",
        "denominator": f"use:{denominator}" if denominator else None,
        **_numbers(block, *_INDICATOR_NUMBERS),
    }


def _design(values: Values, former: Protocol | None) -> dict[str, Any]:
    content: dict[str, Any] = (
        ShownProtocol.model_validate(former).design.model_dump() if former else {}
    )
    for name, default in DesignBody().model_dump().items():
        typed = values.get(DESIGN + name)
        if typed is None:
            continue
        if name in _LINES_OF_DESIGN:
            content[name] = _named_lines(typed, *_LINES_OF_DESIGN[name])
        elif isinstance(default, tuple):
            content[name] = _days(typed, content.get(name, ()))
        elif isinstance(default, str):
            content[name] = typed
        elif (number := read_number(typed)) is not None:
            content[name] = number
        else:
            content.pop(name, None)
    return content


def _days(typed: str, former: Sequence[datetime]) -> list[datetime | str]:
    """One day a line. `former`: the instants in force, which stay on the same days, in their
    order on each."""
    known: dict[str, deque[datetime]] = {}
    for each in former:
        known.setdefault(date_text(each), deque()).append(each)
    found: list[datetime | str] = []
    for line in read_lines(typed):
        of_day = known.get(line)
        found.append(read_date(line, of_day.popleft() if of_day else None))
    return found


def _named_lines(typed: str, start: str, most: int) -> list[dict[str, str]]:
    """One name a line, `code : name`; a line without a code has one made of its name."""
    found: list[dict[str, str]] = []
    taken: set[str] = set()
    # With one more than the model takes, it refuses them: further ones are not read.
    for line in read_lines(typed)[: most + 1]:
        code, separator, label = (part.strip() for part in line.partition(":"))
        if not separator:
            label, code = code, ""
        code = code or name_for(label, start=start, taken=taken)
        taken.add(code)
        found.append({"code": code, "label": label})
    return found
