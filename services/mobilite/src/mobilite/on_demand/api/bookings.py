"""How to book a demand-responsive ride, as JSON and in a sentence."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.languages import TextLanguage
from mobilite.http.api.times import InstantJson, local_time
from mobilite.on_demand.domain.rides import Booking, OfferedRide

_TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "until": "À réserver avant le {until}",
        "between": "À réserver entre le {opens} et le {until}",
        "phone": " au {phone}",
        "link": " sur {link}",
        "or": " ou",
        "instant": "%d/%m/%Y à %H:%M",
    },
    "en": {
        "until": "Book before {until}",
        "between": "Book between {opens} and {until}",
        "phone": " by phone on {phone}",
        "link": " at {link}",
        "or": " or",
        "instant": "%Y-%m-%d %H:%M",
    },
}
"""By language and name; the two languages have the same names and placeholders."""


class BookingJson(TypedDict):
    """How to book a ride on demand."""

    until: Annotated[InstantJson, Field(description="La dernière limite pour réserver")]
    opens: Annotated[
        InstantJson | None, Field(description="Avant, on ne peut pas réserver ; null : toujours")
    ]
    text: Annotated[str, Field(description="Jusqu'à quand et comment réserver, en une phrase")]
    message: Annotated[str | None, Field(description="Ce que le réseau en écrit")]
    phone: str | None
    info_url: str | None
    booking_url: str | None


def booking_json(
    ride: OfferedRide, pick_up: int, zone: ZoneInfo, language: TextLanguage
) -> BookingJson:
    """How to book a ride that starts at `pick_up` (POSIX seconds). `zone`: of the times."""
    booking, local = ride.booking(pick_up), local_time(zone)
    phone = _first(rule.phone for rule in booking.rules) or _agency_phone(ride)
    info = _first(rule.info_url for rule in booking.rules)
    link = _first(rule.booking_url for rule in booking.rules)
    return {
        "until": local(booking.until),
        "opens": None if booking.opens is None else local(booking.opens),
        "text": _sentence(booking, phone, link or info, zone, language),
        "message": " ".join(dict.fromkeys(_messages(ride))) or None,
        "phone": phone or None,
        "info_url": info or None,
        "booking_url": link or None,
    }


def _messages(ride: OfferedRide) -> Iterable[str]:
    for rule in (ride.pick_up.pick_up_rule, ride.drop_off.drop_off_rule):
        if rule is not None and rule.message:
            yield rule.message
    if ride.pick_up.pick_up_rule is not None and ride.pick_up.pick_up_rule.pickup_message:
        yield ride.pick_up.pick_up_rule.pickup_message
    if ride.drop_off.drop_off_rule is not None and ride.drop_off.drop_off_rule.drop_off_message:
        yield ride.drop_off.drop_off_rule.drop_off_message


def _agency_phone(ride: OfferedRide) -> str:
    timetable = ride.trips.timetable
    return timetable.agency_phones[max(int(timetable.route_agency[ride.trip.route]), 0)]


def _sentence(
    booking: Booking, phone: str, link: str, zone: ZoneInfo, language: TextLanguage
) -> str:
    texts = _TEXTS[language]

    def clock(instant: int) -> str:
        return datetime.fromtimestamp(instant, zone).strftime(texts["instant"])

    ways = [
        *([texts["phone"].format(phone=phone)] if phone else ()),
        *([texts["link"].format(link=link)] if link else ()),
    ]
    until = clock(booking.until)
    if booking.opens is None:
        return texts["until"].format(until=until) + texts["or"].join(ways) + "."
    opens = clock(booking.opens)
    return texts["between"].format(opens=opens, until=until) + texts["or"].join(ways) + "."


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
