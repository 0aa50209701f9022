"""Reads a file of rules (TOML). Raises Refusal, in French, for what is not one."""

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esante.core.domain.ucum.conversion import conversion_of
from esante.home_care.domain.rule import Calculation, Input, Rule, RuleSet, Severity
from socle.errors import Refusal
from socle.wording import mistakes_of

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Input(_Model):
    name: _Name
    label: _Text
    type: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,40}$")]
    codes: tuple[str, ...] = ()
    unit: str | None = None
    statuses: tuple[str, ...] = ()
    questionnaire: str | None = None
    item: str | None = None


class _Rule(_Model):
    id: _Name
    version: Annotated[str, Field(pattern=r"^[0-9]{1,6}$")]
    title: _Text
    calculation: Calculation
    inputs: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]
    threshold: Annotated[tuple[Decimal, ...], Field(min_length=1, max_length=5)]
    clear: tuple[Decimal, ...] = ()
    at_least: Annotated[int, Field(ge=1, le=1000)] = 1
    over_days: Annotated[float, Field(ge=0, le=30)] = 0
    window_days: Annotated[float, Field(gt=0, le=30)]
    below: bool = False
    severity: Severity
    quiet_hours: Annotated[float, Field(ge=1, le=24 * 30)]
    evidence: _Text


class _File(_Model):
    version: _Text
    input: Annotated[tuple[_Input, ...], Field(min_length=1, max_length=100)]
    rule: Annotated[tuple[_Rule, ...], Field(min_length=1, max_length=100)]


def shipped_rules() -> RuleSet:
    """The rules of the product."""
    return parse_rules((files("esante.home_care.domain") / "rules.toml").read_text("utf-8"))


def parse_rules(text: str) -> RuleSet:
    """The rules of a file. Raises Refusal("invalid") that names the elements and the reasons."""
    try:
        found = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"Ce fichier n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"Règles : {mistakes_of(error)}.") from error
    inputs = {each.name: _input(each) for each in found.input}
    _require_unique([each.name for each in found.input])
    _require_unique([each.id for each in found.rule])
    return RuleSet(found.version, inputs, tuple(_rule(each, inputs) for each in found.rule))


def _input(of: _Input) -> Input:
    if of.unit is not None and conversion_of(of.unit) is None:
        raise Refusal("invalid", f"Entrée {of.name} : « {of.unit} » n'est pas un code UCUM.")
    return Input(
        of.name,
        of.label,
        of.type,
        frozenset(of.codes),
        of.unit,
        frozenset(of.statuses),
        of.questionnaire,
        of.item,
    )


def _rule(of: _Rule, inputs: dict[str, Input]) -> Rule:
    for each in of.inputs:
        if each not in inputs:
            raise Refusal("invalid", f"Règle {of.id} : l'entrée « {each} » n'existe pas.")
    expected = len(of.inputs) if of.calculation == "mean" else 1
    clear = of.clear or of.threshold
    if len(of.threshold) != expected or len(clear) != expected:
        raise Refusal(
            "invalid", f"Règle {of.id} : threshold et clear ont {expected} nombre(s) chacun."
        )
    for limit, end in zip(of.threshold, clear, strict=True):
        if end < limit if of.below else end > limit:
            raise Refusal("invalid", f"Règle {of.id} : clear est du mauvais côté du seuil.")
    return Rule(
        of.id,
        of.version,
        of.title,
        of.calculation,
        of.inputs,
        of.evidence,
        of.severity,
        timedelta(hours=of.quiet_hours),
        timedelta(days=of.window_days),
        of.threshold,
        clear,
        of.below,
        of.at_least,
        timedelta(days=of.over_days),
    )


def _require_unique(names: Sequence[str]) -> None:
    for each in names:
        if names.count(each) > 1:
            raise Refusal("invalid", f"« {each} » est défini deux fois.")
