"""What people have to do for a leg, to book, to rent or to park, in the request's language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portail.api import quantities, words
from portail.api.texts import texts_of
from portail.domain.arrangements import Booking, Parking, Rental
from socle.pages import typeset

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an operator."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class BookingView:
    """How to book a ride on demand."""

    until: str
    """« À réserver avant demain à 08:15 »."""
    fact: str
    """The same among the facts of the journey, in lower case."""
    opens: str | None
    """None if it can be booked now."""
    message: str | None
    """As the operator writes it."""
    phone: str | None
    telephone: str | None
    """The address that dials; None if the text is not just a number."""
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class RentalView:
    """A rented bicycle or scooter."""

    system: str
    available: str | None
    """« 5 vélos au départ, 8 places libres à l’arrivée »; None if neither is known."""
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ParkingView:
    """The park-and-ride where the car stays."""

    facts: str | None
    """« gratuit, 80 places »; None if nothing is known."""
    info: str | None
    """As the operator writes it."""
    links: tuple[Link, ...]


def booking_view(booking: Booking, now: datetime) -> BookingView:
    """How to book, as seen at `now`."""
    texts, opens = texts_of("itineraires"), booking.opens
    until = _moment(booking.until, now, today=words.clock(booking.until))
    return BookingView(
        until=texts["reserver_avant"].format(quand=until),
        fact=texts["a_reserver_avant"].format(quand=until),
        opens=None if opens is None or opens <= now else _opening(opens, now),
        message=booking.message,
        phone=booking.phone and booking.phone.replace(" ", _NO_BREAK),
        telephone=booking.telephone and f"tel:{booking.telephone}",
        links=_links(("reserver_en_ligne", booking.booking_url), ("infos", booking.info_url)),
    )


def latest_booking(booking: Booking, now: datetime) -> str:
    """« à 04:00 », « demain à 04:00 »: the last moment to book."""
    today = texts_of("itineraires")["a_heure"].format(heure=words.clock(booking.until))
    return _moment(booking.until, now, today=today)


def rental_view(rental: Rental, mode: str) -> RentalView:
    """A rented vehicle. `mode`: that of its leg."""
    texts = texts_of("itineraires")
    vehicles, docks = rental.vehicles_available, rental.docks_available
    known = []
    if vehicles is not None:
        name = "reste_un" if quantities.is_singular(vehicles) else "reste"
        known.append(texts[f"{name}_{mode}"].format(n=vehicles))
    if docks is not None:
        name = "places_une" if quantities.is_singular(docks) else "places"
        known.append(texts[name].format(n=docks))
    return RentalView(
        system=typeset(rental.system),
        available=", ".join(known) or None,
        links=_links((f"louer_{mode}", rental.rental_url)),
    )


def parking_view(parking: Parking) -> ParkingView:
    """Where to park."""
    texts, known = texts_of("itineraires"), list[str]()
    if parking.free is not None:
        known.append(texts["parking_gratuit" if parking.free else "parking_payant"])
    for name, count in (("parking_places", parking.spaces), ("parking_pmr", parking.disabled)):
        if count:
            known.append(texts[f"{name}_une" if count == 1 else name].format(n=count))
    if parking.max_height is not None:
        height = quantities.height(parking.max_height)
        known.append(texts["parking_hauteur"].format(hauteur=height))
    return ParkingView(
        facts=", ".join(known) or None,
        info=parking.info,
        links=_links(("parking_site", parking.url)),
    )


def _opening(opens: datetime, now: datetime) -> str:
    texts = texts_of("itineraires")
    today = texts["a_heure"].format(heure=words.clock(opens))
    return texts["reservation_ouvre"].format(quand=_moment(opens, now, today=today))


def _moment(instant: datetime, now: datetime, *, today: str) -> str:
    """« demain à 08:15 », « lundi 3 mars à 08:15 ». `today`: the words for a time of today."""
    day = words.day_of(instant, now)
    return today if day is None else words.at_clock(day, instant)


def _links(*named: tuple[str, str | None]) -> tuple[Link, ...]:
    """The links that lead to a site, by the names of their texts, each address once."""
    texts = texts_of("itineraires")
    known = {
        address: Link(texts[name], address)
        for name, address in reversed(named)
        if address and address.startswith(("https://", "http://"))
    }
    return tuple(reversed(known.values()))
