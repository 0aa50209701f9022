"""Rental systems as JSON: operator, types, prices, alerts, and the state of their files."""

from datetime import datetime
from typing import Any

from mobilite.events import Availability, PricingPlan, RentalApp, SystemAlert, VehicleType
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.times import LocalTime, utc
from mobilite.rental.api.models import (
    PricingPlanJson,
    RentalAlertJson,
    RentalAppJson,
    RentalHealthJson,
    RentalKindStateJson,
    RentalSystemJson,
    VehicleTypeJson,
)
from mobilite.rental.api.price_texts import price_words
from mobilite.rental.api.rendering import brief_json, optional_time, system_time, vehicle_type_json
from mobilite.rental.api.rental_texts import system_message
from mobilite.rental.flows.list_rental import Age, SystemReport


def system_json(report: SystemReport, *, now: datetime) -> RentalSystemJson:
    """One system; the times of its data are in its zone."""
    information, brief, at = report.system.system, brief_json(report), system_time(report)
    return {
        **health_json(report, at),
        "name": brief["name"],
        "operator": information.operator,
        "url": information.url,
        "purchase_url": information.purchase_url,
        "phone_number": information.phone_number,
        "email": information.email,
        "opening_hours": information.opening_hours,
        "licence": brief["licence"],
        "attribution": brief["attribution"],
        "apps": {"android": _app(information.android), "ios": _app(information.ios)},
        "vehicle_types": [_type(each) for each in report.system.vehicle_types],
        "pricing_plans": [_plan(each) for each in report.system.pricing_plans],
        "alerts": [_alert(each, report, at, now) for each in report.system.alerts],
    }


def health_json(report: SystemReport, at: LocalTime) -> RentalHealthJson:
    """The state of a system; `at` formats the instants of its files."""
    system = report.system
    error = system.error
    return {
        "feed": report.feed_id,
        "address": system.address,
        "version": system.version,
        "state": report.state,
        "message": system_message(report),
        "stations": _state(report.stations, system.stations, at),
        "vehicles": _state(report.vehicles, system.vehicles, at),
        "attempted_at": utc(system.attempted_at),
        "succeeded_at": None if system.succeeded_at is None else utc(system.succeeded_at),
        "consecutive_failures": system.consecutive_failures,
        "last_error": None
        if error is None
        else {"code": error.code, "message": error.message, "since": utc(error.since)},
        "notes": [
            {"code": note.code, "message": note.message, "count": note.count}
            for note in system.notes
        ],
    }


def without_ages(system: RentalHealthJson) -> dict[str, Any]:
    """A system without the fields that change every second, for the entity tag."""
    changing = dict.fromkeys(("attempted_at", "succeeded_at", "message"))
    availabilities = (("stations", system["stations"]), ("vehicles", system["vehicles"]))
    ages = {
        item_type: None if state is None else {**state, "age": None, "updated_at": None}
        for item_type, state in availabilities
    }
    return {**system, **changing, **ages}


def _state(
    age: Age | None, availability: Availability | None, at: LocalTime
) -> RentalKindStateJson | None:
    if age is None or availability is None:
        return None
    return {
        "state": age.state,
        "count": availability.count,
        "updated_at": optional_time(at, age.as_of),
        "age": age.seconds,
        "ttl": availability.ttl,
    }


def _app(app: RentalApp | None) -> RentalAppJson | None:
    if app is None:
        return None
    return {"store_uri": app.store_uri, "discovery_uri": app.discovery_uri}


def _type(vehicle_type: VehicleType) -> VehicleTypeJson:
    return {
        **vehicle_type_json(vehicle_type.vehicle_type_id, vehicle_type, described=True),
        "max_range_meters": vehicle_type.max_range_meters,
        "pricing_plan": vehicle_type.default_pricing_plan_id,
    }


def _plan(plan: PricingPlan) -> PricingPlanJson:
    return {
        "id": plan.plan_id,
        "name": plan.name,
        "words": price_words(plan),
        "description": plan.description,
        "price": plan.price,
        "currency": plan.currency,
        "url": plan.url,
        "taxes_on_top": plan.is_taxable,
        "surge": plan.surge_pricing,
    }


def _alert(
    alert: SystemAlert, report: SystemReport, at: LocalTime, now: datetime
) -> RentalAlertJson:
    seconds = int(now.timestamp())
    return {
        "id": global_id(report.feed_id, alert.alert_id),
        "type": alert.type,
        "active": not alert.times
        or any(
            (each.start is None or each.start <= seconds)
            and (each.end is None or seconds < each.end)
            for each in alert.times
        ),
        "periods": [
            {
                "start": None if each.start is None else at(each.start),
                "end": None if each.end is None else at(each.end),
            }
            for each in alert.times
        ],
        "stations": [global_id(report.feed_id, station) for station in alert.station_ids],
        "summary": alert.summary,
        "description": alert.description,
        "url": alert.url,
    }
