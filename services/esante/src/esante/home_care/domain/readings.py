"""Reads resources: what each says to the inputs of the rules."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from esante.core.domain.ucum.conversion import conversion_of
from esante.home_care.domain.rule import AHEAD, WINDOW, Input, Reading
from esante.search.domain.search_extractors.references import local_target

CIRCLE: Final = "circle"
"""The input of active CareTeams, which are notified."""
_FARTHEST: Final = 9000
"""A year that no plan reaches: calculations with it would pass the last date there is."""
_ERRORS: Final = frozenset({"entered-in-error", "cancelled", "unknown", "registered"})
_FUTURE: Final = frozenset({"Appointment", "Task"})
"""Types whose time is expected to be ahead."""


def read_resource(
    resource: Mapping[str, Any], inputs: Sequence[Input], *, base: str, now: datetime
) -> tuple[list[Reading], int]:
    """The readings of a resource, and how many are too old. `base`: the FHIR base."""
    patient = _patient(resource, base)
    if patient is None:
        return [], 0
    if resource["resourceType"] == "CareTeam":
        active = resource.get("status", "active") == "active"
        circle = Reading("CareTeam", resource["id"], CIRCLE, patient, now)
        return ([circle] if active else []), 0
    found, old = [], 0
    for each in inputs:
        if each.type == resource["resourceType"] and _status_fits(each, resource):
            for reading in _read(each, resource, patient):
                if reading.at < now - WINDOW:
                    old += 1
                else:
                    found.append(_on_time(reading, now))
    return found, old


def _read(wanted: Input, resource: Mapping[str, Any], patient: str) -> Iterator[Reading]:
    at = _instant(resource)
    identity = (resource["resourceType"], resource["id"], wanted.name, patient)
    if at is None or _is_automatic(resource):
        return
    if wanted.type == "QuestionnaireResponse":
        if str(resource.get("questionnaire", "")).split("|")[0] == wanted.questionnaire:
            yield _score(wanted, resource, identity, at)
        return
    if not wanted.codes:
        yield Reading(*identity, at)
        return
    if wanted.codes & _codes(resource.get("code")) or any(
        wanted.codes & _codes(each) for each in _list(resource.get("category"))
    ):
        yield _quantity(wanted, resource, identity, at)
    for component in _list(resource.get("component")):
        if wanted.codes & _codes(component.get("code")):
            yield _quantity(wanted, component, identity, at)


def _quantity(
    wanted: Input, of: Mapping[str, Any], identity: tuple[str, str, str, str], at: datetime
) -> Reading:
    """The value of an Observation or of one of its components."""
    if wanted.unit is None:
        score = of.get("valueInteger", _dict(of.get("valueQuantity")).get("value"))
        return Reading(*identity, at, None if score is None else Decimal(str(score)))
    quantity = _dict(of.get("valueQuantity"))
    value, unit = quantity.get("value"), quantity.get("code", quantity.get("unit"))
    if value is None:
        return Reading(*identity, at, refused="la valeur manque")
    own, target = conversion_of(str(unit)), conversion_of(wanted.unit)
    assert target is not None
    if own is None or own.dimension != target.dimension:
        refused = f"l'unité « {str(unit)[:20]} » n'est pas {wanted.unit_text}"
        return Reading(*identity, at, refused=refused)
    try:
        in_base = own.apply(Decimal(str(value)))
        converted = (in_base * target.denominator - target.addend) / target.numerator
        return Reading(*identity, at, round(converted, 6))
    except ArithmeticError:
        return Reading(*identity, at, refused="la valeur n'est pas plausible")


def _score(
    wanted: Input,
    response: Mapping[str, Any],
    identity: tuple[str, str, str, str],
    at: datetime,
) -> Reading:
    for item in _list(response.get("item")):
        if item.get("linkId") == wanted.item:
            for answer in _list(item.get("answer")):
                value = answer.get("valueInteger", answer.get("valueDecimal"))
                if value is not None:
                    return Reading(*identity, at, Decimal(str(value)))
    return Reading(*identity, at, refused=f"le score « {wanted.item} » manque")


def _on_time(reading: Reading, now: datetime) -> Reading:
    if reading.type in _FUTURE or reading.at <= now + AHEAD:
        return reading
    refused = f"la date {reading.at:%d/%m/%Y} est à venir : vérifiez l'heure de l'appareil"
    # Stored at the present time, so that it is forgotten as the others are.
    return Reading(reading.type, reading.id, reading.input, reading.patient, now, refused=refused)


def _status_fits(wanted: Input, resource: Mapping[str, Any]) -> bool:
    status = resource.get("status")
    return status in wanted.statuses if wanted.statuses else status not in _ERRORS


def _is_automatic(resource: Mapping[str, Any]) -> bool:
    """Whether it is the message of a rule, which is no sign of life of anybody."""
    sender = _dict(resource.get("sender")).get("reference")
    return resource["resourceType"] == "Communication" and str(sender).startswith("#")


def _patient(resource: Mapping[str, Any], base: str) -> str | None:
    references = [resource.get(name) for name in ("subject", "patient", "for")]
    references += [each.get("actor") for each in _list(resource.get("participant"))]
    for each in references:
        target = local_target(str(_dict(each).get("reference", "")), base)
        if target is not None and target[0] == "Patient":
            return target[1]
    return None


def _instant(resource: Mapping[str, Any]) -> datetime | None:
    """When it was measured, done or sent; of what is planned, its end."""
    period = next(
        (
            _dict(resource[each])
            for each in ("effectivePeriod", "executionPeriod", "period")
            if each in resource
        ),
        _dict(_dict(resource.get("restriction")).get("period")),
    )
    candidates = [
        *(resource.get("effectiveDateTime"), resource.get("effectiveInstant")),
        *(resource.get("authored"), resource.get("sent"), resource.get("end")),
        *(period.get("end"), period.get("start"), resource.get("start"), resource.get("date")),
    ]
    for each in candidates:
        if each is not None:
            try:
                at = datetime.fromisoformat(str(each))
                at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
            return at if at.year < _FARTHEST else None
    return None


def _codes(concept: Any) -> frozenset[str]:
    codings = _list(_dict(concept).get("coding"))
    return frozenset(f"{each.get('system', '')}|{each.get('code', '')}" for each in codings)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
