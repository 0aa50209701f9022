"""The provisions of a Consent about the access to a record, parsed.

https://hl7.org/fhir/R4/consent.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from esante.core.domain.json_values import objects_in
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.ranges import Instants, date_range

Effect = Literal["deny", "permit"]
Purpose = Literal["care", "emergency", "other", "unknown"]

CONSENT: Final = "Consent"
MAX_PROVISIONS: Final = 100
"""Provisions of one Consent, nested ones included."""
MAX_LISTED: Final = 200
"""Actors, codes, labels and resources that one provision names."""
_MAX_DEPTH: Final = 8
_PRIVACY: Final = "patient-privacy"
_OTHER_SCOPES: Final = frozenset({"research", "adr", "treatment"})
_RESOURCE_TYPES: Final = "http://hl7.org/fhir/resource-types"
_REASONS: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_CARE: Final = frozenset({"PurposeOfUse", "TREAT", "CAREMGT", "CLINTRCH", "COC", "PATRQT"})
_EMERGENCY: Final = frozenset({"BTG", "ETREAT"})
_NOT_CARE: Final = frozenset({"HRESCH", "HPAYMT", "HMARKT", "HOPERAT", "PUBHLTH", "HSYSADMIN"})
_READING: Final = frozenset({"access", "use"})
_OPT_OUT: Final = "OPTOUT"


@dataclass(frozen=True, slots=True)
class DataConditions:
    """The data that a provision is about; each element that is not empty must match."""

    types: tuple[str, ...] = ()
    codes: tuple[tuple[str | None, str], ...] = ()
    """(system, code) pairs."""
    labels: tuple[tuple[str | None, str], ...] = ()
    """As `codes`, of security labels."""
    resources: tuple[tuple[str, str], ...] = ()
    """(type, id) of single resources."""
    period: Instants | None = None
    is_complete: bool = True
    """Whether the provision has no other condition, which this server cannot evaluate."""

    @property
    def is_empty(self) -> bool:
        """Whether every resource matches for sure."""
        return self == _ALL_DATA


_ALL_DATA: Final = DataConditions()


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision. Those inside are its exceptions."""

    effect: Effect | None
    """None: neither, at the root."""
    period: Instants | None
    actors: tuple[str, ...] | None
    """References (`Practitioner/1`, `Organization/1`); None: everybody."""
    has_unknown_actor: bool
    """Whether one of the actors cannot be identified."""
    purposes: frozenset[Purpose]
    """Empty: every purpose."""
    is_about_reading: bool
    data: DataConditions
    inner: "tuple[Provision, ...]"

    def with_inner(self) -> "Iterator[Provision]":
        """This provision and those inside, at every depth."""
        yield self
        for each in self.inner:
            yield from each.with_inner()


def is_about_access(consent: Mapping[str, Any]) -> bool:
    """Whether a Consent is active, and about the access to the record rather than to a study, a
    treatment or an advance directive."""
    scopes = {each.get("code") for each in objects_in(consent.get("scope", {}).get("coding"))}
    return consent.get("status") == "active" and not (scopes and scopes <= _OTHER_SCOPES)


def read_provision(consent: Mapping[str, Any], *, permits: bool = True) -> Provision:
    """The root provision of a Consent. `permits`: whether what it permits counts."""
    root = consent.get("provision")
    root = root if isinstance(root, dict) else {}
    found = _read(root, default_effect(consent), 0)
    return found if permits else _without_permissions(found)


def default_effect(consent: Mapping[str, Any]) -> Effect | None:
    """The effect of a root provision that states none."""
    codes = {each.get("code") for each in objects_in(_rule(consent).get("coding"))}
    return "deny" if any(str(each).startswith(_OPT_OUT) for each in codes) else None


def effect_of(provision: Mapping[str, Any], default: Effect | None) -> Effect | None:
    """The effect of a provision as it is written. `default`: of the one around it."""
    return provision["type"] if provision.get("type") in ("deny", "permit") else default


def permits_for_sure(consent: Mapping[str, Any]) -> bool:
    """Whether what a Consent permits is in force: its scope is privacy."""
    scopes = {each.get("code") for each in objects_in(consent.get("scope", {}).get("coding"))}
    return _PRIVACY in scopes


def period_of(value: Any) -> Instants | None:
    """The range [low, high) of a Period; None if it is absent or empty."""
    if not isinstance(value, dict):
        return None
    start, end = (date_range(str(value[each])) if each in value else None for each in _ENDS)
    low, high = start and start[0], end and end[1]
    return None if low is None and high is None else (low, high)


_ENDS: Final = ("start", "end")


def is_within(period: Instants | None, now: datetime) -> bool:
    """Whether an instant is in a period; None: always."""
    low, high = period or (None, None)
    return (low is None or low <= now) and (high is None or now < high)


def _rule(consent: Mapping[str, Any]) -> Mapping[str, Any]:
    rule = consent.get("policyRule")
    return rule if isinstance(rule, dict) else {}


def _read(value: Mapping[str, Any], default: Effect | None, depth: int) -> Provision:
    effect = effect_of(value, default)
    actors = [_actor(each) for each in objects_in(value.get("actor"))]
    actions = {
        coding.get("code")
        for each in objects_in(value.get("action"))
        for coding in objects_in(each.get("coding"))
    }
    inner = objects_in(value.get("provision")) if depth < _MAX_DEPTH else ()
    return Provision(
        effect,
        period_of(value.get("period")),
        tuple(each for each in actors if each) if actors else None,
        None in actors,
        frozenset(purpose_of(each) for each in objects_in(value.get("purpose"))),
        not actions or not _READING.isdisjoint(actions),
        _data(value),
        tuple(_read(each, effect, depth + 1) for each in inner),
    )


def _without_permissions(provision: Provision) -> Provision:
    inner = tuple(map(_without_permissions, provision.inner))
    effect = None if provision.effect == "permit" else provision.effect
    return replace(provision, effect=effect, inner=inner)


def _actor(value: Mapping[str, Any]) -> str | None:
    """The reference of an actor; None if it is none, or to what has members."""
    reference = value.get("reference")
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str) or text.partition("/")[0] in ("CareTeam", "Group"):
        return None
    return text


def purpose_of(coding: Mapping[str, Any]) -> Purpose:
    """The purpose that a coding of v3-ActReason means here."""
    code = coding.get("code")
    if code in _EMERGENCY:
        return "emergency"
    if code in _CARE:
        return "care"
    return "other" if code in _NOT_CARE and coding.get("system") == _REASONS else "unknown"


def _data(value: Mapping[str, Any]) -> DataConditions:
    classes = list(objects_in(value.get("class")))
    types = tuple(str(each["code"]) for each in classes if is_resource_class(each))
    codes = tuple(
        _pair(coding)
        for each in objects_in(value.get("code"))
        for coding in objects_in(each.get("coding"))
        if coding.get("code")
    )
    labels = tuple(_pair(e) for e in objects_in(value.get("securityLabel")) if e.get("code"))
    data = list(objects_in(value.get("data")))
    resources = tuple(filter(None, map(instance_of, data)))
    is_complete = (
        len(types) == len(classes)
        and len(resources) == len(data)
        and len(codes) >= len(list(objects_in(value.get("code"))))
        and len(labels) == len(list(objects_in(value.get("securityLabel"))))
    )
    return DataConditions(
        types, codes, labels, resources, period_of(value.get("dataPeriod")), is_complete
    )


def is_resource_class(coding: Mapping[str, Any]) -> bool:
    """Whether a class of data is a resource type."""
    return coding.get("system") == _RESOURCE_TYPES and coding.get("code") in RESOURCE_TYPES


def instance_of(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """(type, id) of the resource that `provision.data` names alone."""
    reference = data.get("reference")
    text = reference.get("reference") if isinstance(reference, dict) else None
    resource_type, mark, name = str(text).partition("/")
    local = data.get("meaning") == "instance" and bool(mark) and resource_type in RESOURCE_TYPES
    return (resource_type, name) if local and "/" not in name else None


def _pair(coding: Mapping[str, Any]) -> tuple[str | None, str]:
    system = coding.get("system")
    return (system if isinstance(system, str) else None), str(coding["code"])
