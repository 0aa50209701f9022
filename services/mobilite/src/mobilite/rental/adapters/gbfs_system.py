"""Decodes the GBFS system, its vehicle types, pricing plans and alerts.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#system_informationjson
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError, ValidationInfo

from mobilite.events import (
    AlertPeriod,
    PriceSegment,
    PricingPlan,
    RentalApp,
    SystemAlert,
    SystemInformation,
    VehicleType,
)
from mobilite.gtfs.domain.enumerations import FORM_FACTORS, PROPULSIONS, FormFactor, Propulsion
from mobilite.rental.adapters.gbfs import ModelT, OpenedFile
from mobilite.rental.adapters.gbfs_fields import (
    NONE_IF_UNREADABLE,
    App,
    GbfsObject,
    Id,
    Instant,
    Integer,
    Metres,
    OptionalId,
    Text,
    Truth,
    Web,
    note_doubt,
)
from mobilite.rental.domain.gbfs_document import Document

MAX_TYPES: Final = 200
MAX_PLANS: Final = 100
MAX_SEGMENTS: Final = 20
"""Price segments of a plan, by time or by distance."""
MAX_PERIODS: Final = 20
"""Periods of an alert."""
MAX_ALERTS: Final = 50
MAX_STATIONS: Final = 50
"""Stations of an alert. These limits together keep the record of a system below the record limit
of a broker.
"""


class _App(GbfsObject):
    store_uri: Web = None
    discovery_uri: App = None

    def to_event(self) -> RentalApp:
        return RentalApp(store_uri=self.store_uri, discovery_uri=self.discovery_uri)


class _Apps(GbfsObject):
    android: Annotated[_App | None, NONE_IF_UNREADABLE] = None
    ios: Annotated[_App | None, NONE_IF_UNREADABLE] = None


class _System(GbfsObject):
    system_id: OptionalId = None
    name: Text = None
    operator: Text = None
    url: Web = None
    purchase_url: Web = None
    phone_number: Text = None
    email: Text = None
    timezone: Text = None
    opening_hours: Text = None
    license_id: Text = None
    license_url: Web = None
    attribution_organization_name: Text = None
    rental_apps: Annotated[_Apps | None, NONE_IF_UNREADABLE] = None


def decode_system_information(body: bytes) -> Document[SystemInformation]:
    """The description of the system. Raises SourceFault if it is not a GBFS file."""
    opened = OpenedFile(body)
    try:
        found = _System.model_validate(opened.data, context=opened.notes)
    except ValidationError:
        opened.notes["entry_unreadable"] += 1
        found = _System()
    apps = found.rental_apps or _Apps()
    return opened.document(
        SystemInformation(
            system_id=found.system_id,
            name=found.name,
            operator=found.operator,
            url=found.url,
            purchase_url=found.purchase_url,
            phone_number=found.phone_number,
            email=found.email,
            timezone=found.timezone,
            opening_hours=found.opening_hours,
            licence=found.license_id or found.license_url,
            attribution=found.attribution_organization_name,
            android=None if apps.android is None else apps.android.to_event(),
            ios=None if apps.ios is None else apps.ios.to_event(),
        )
    )


def _one_of(words: tuple[str, ...], other: str | None) -> Callable[[Any, ValidationInfo], Any]:
    """A validator of an enumeration, in any letter case. An unknown word gives `other` and a
    doubt, a missing one `other`."""

    def parse(value: Any, info: ValidationInfo) -> Any:
        # The text of 2.3 has scooted_seated instead of scooter_seated.
        word = str(value).strip().lower().replace("scooted", "scooter")
        if value is None or word in words:
            return other if value is None else word
        note_doubt(info, "field_unreadable")
        return other

    return parse


class _Type(GbfsObject):
    vehicle_type_id: Id
    form_factor: Annotated[FormFactor, BeforeValidator(_one_of(FORM_FACTORS, "other"))] = "other"
    propulsion_type: Annotated[Propulsion | None, BeforeValidator(_one_of(PROPULSIONS, None))] = (
        None
    )
    name: Text = None
    max_range_meters: Metres = None
    default_pricing_plan_id: OptionalId = None


def decode_vehicle_types(body: bytes) -> Document[tuple[VehicleType, ...]]:
    """The vehicle types; the first of those with one id. Raises SourceFault if it is not such a
    file."""
    opened = OpenedFile(body)
    types = _distinct(opened, "vehicle_types", _Type, lambda each: each.vehicle_type_id, MAX_TYPES)
    return opened.document(tuple(VehicleType(**dict(each)) for each in types))


class _Segment(GbfsObject):
    start: Integer
    rate: float = Field(allow_inf_nan=False)
    interval: Integer
    end: Annotated[Integer | None, NONE_IF_UNREADABLE] = None


_Segments = Annotated[tuple[_Segment, ...] | None, NONE_IF_UNREADABLE]


def _amount(value: Any) -> Any:
    """2.x allows a decimal text; some feeds use a comma."""
    return value.strip().replace(",", ".") if isinstance(value, str) else value


class _Plan(GbfsObject):
    plan_id: Id
    name: Text = None
    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
    price: Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_amount)]
    description: Text = None
    url: Web = None
    is_taxable: Truth = None
    per_min_pricing: _Segments = None
    per_km_pricing: _Segments = None
    surge_pricing: Truth = None


def decode_pricing_plans(body: bytes) -> Document[tuple[PricingPlan, ...]]:
    """The pricing plans; the first of those with one id. Raises SourceFault if it is not such a
    file."""
    opened = OpenedFile(body)
    plans = _distinct(opened, "plans", _Plan, lambda each: each.plan_id, MAX_PLANS)
    return opened.document(tuple(map(_pricing_plan, plans)))


def _pricing_plan(plan: _Plan) -> PricingPlan:
    return PricingPlan(
        plan_id=plan.plan_id,
        name=plan.name,
        currency=plan.currency.upper(),
        price=plan.price,
        description=plan.description,
        url=plan.url,
        is_taxable=plan.is_taxable,
        per_min=_segments(plan.per_min_pricing),
        per_km=_segments(plan.per_km_pricing),
        surge_pricing=plan.surge_pricing,
    )


def _segments(given: tuple[_Segment, ...] | None) -> tuple[PriceSegment, ...]:
    return tuple(PriceSegment(**dict(each)) for each in (given or ())[:MAX_SEGMENTS])


class _Period(GbfsObject):
    start: Instant = None
    end: Instant = None


_AlertType = Literal["system_closure", "station_closure", "station_move", "other"]
_ALERT_TYPES: Final = ("system_closure", "station_closure", "station_move", "other")


class _Alert(GbfsObject):
    alert_id: Id
    type: Annotated[_AlertType, BeforeValidator(_one_of(_ALERT_TYPES, "other"))] = "other"
    times: Annotated[tuple[_Period, ...] | None, NONE_IF_UNREADABLE] = None
    station_ids: Annotated[tuple[Id, ...] | None, NONE_IF_UNREADABLE] = Field(
        None, validation_alias=AliasChoices("station_ids", "station_id")
    )
    summary: Text = None
    description: Text = None
    url: Web = None


def decode_system_alerts(body: bytes) -> Document[tuple[SystemAlert, ...]]:
    """The alerts for customers; the first of those with one id. Raises SourceFault if it is not
    such a file."""
    opened = OpenedFile(body)
    alerts = _distinct(opened, "alerts", _Alert, lambda each: each.alert_id, MAX_ALERTS)
    return opened.document(tuple(map(_system_alert, alerts)))


def _system_alert(alert: _Alert) -> SystemAlert:
    return SystemAlert(
        alert_id=alert.alert_id,
        type=alert.type,
        times=tuple(
            AlertPeriod(start=period.start, end=period.end)
            for period in (alert.times or ())[:MAX_PERIODS]
        ),
        station_ids=(alert.station_ids or ())[:MAX_STATIONS],
        summary=alert.summary,
        description=alert.description,
        url=alert.url,
    )


def _distinct(
    opened: OpenedFile, name: str, model: type[ModelT], id_of: Callable[[ModelT], str], limit: int
) -> Iterator[ModelT]:
    """The readable entries of a list, the first of those with one id, `limit` at most; the others
    are noted."""
    known = set[str]()
    for entry in opened.entries(name, model=model):
        entry_id = id_of(entry)
        if entry_id in known:
            opened.notes["entry_repeated"] += 1
        elif len(known) >= limit:
            opened.notes["too_many_entries"] += 1
        else:
            known.add(entry_id)
            yield entry
