"""The sentences of journeys, in French and English: a journey in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.route_types import Mode
from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.domain.journey import CycleLeg, DriveLeg, Journey, OnDemandLeg, WalkLeg
from mobilite.journeys.flows.ride_details import RideDetails
from mobilite.rental.domain.dock import SharedMode

LegMode = Mode | SharedMode | Literal["walk", "bicycle", "car", "on_demand", "other"]

TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "whole": "Départ à {departure}, arrivée à {arrival}, durée {duration}, {changes}{walk}.",
        "walked": ", {metres} m à pied",
        "changes_0": "sans changement",
        "changes_1": "1 changement",
        "changes": "{count} changements",
        "walk": "À pied de {start} à {end}, {duration}.",
        "change": "Changement à {start}, {duration}.",
        "walk_metres": "À pied de {start} à {end}, {metres} m, {duration}.",
        "ride": "À {departure}, {mode} {line}de {start} à {end}{towards}, arrivée à {arrival}"
        "{state}.",
        "bicycle": "À vélo de {start} à {end}, {metres} m, {duration}.",
        "shared_bicycle": "À vélo en libre-service de la station {start}{vehicles} à "
        "la station {end}{docks}, {metres} m, {duration}.",
        "shared_scooter": "En trottinette en libre-service de la station {start}{vehicles} à la "
        "station {end}{docks}, {metres} m, {duration}.",
        "car": "En voiture de {start} au parking relais {end}{spaces}, {metres} m, {duration} avec "
        "le temps de vous garer{free}.",
        "spaces": " ({count} places)",
        "free": " ; il est gratuit",
        "paid": " ; il est payant",
        "vehicles": " ({count} à louer)",
        "docks": " ({count} places libres)",
        "on_demand": "À {departure}, transport à la demande {line}de {start} à {end}, arrivée vers "
        "{arrival}. {booking}",
        "stay": "Restez à bord : {mode} {line}de {start} à {end}{towards}, arrivée à {arrival}"
        "{state}.",
        "towards": ", direction {headsign}",
        "predicted": " (temps réel)",
        "late": " (temps réel, {minutes} min de retard au départ)",
        "added": " (course ajoutée)",
        "platform": "{name}, quai {platform}",
        "origin": "votre point de départ",
        "destination": "votre destination",
        "via": "votre étape",
        "hours": "{hours} h {minutes:02d}",
        "minutes": "{minutes} min",
    },
    "en": {
        "whole": "Leaves at {departure}, arrives at {arrival}, takes {duration}, {changes}{walk}.",
        "walked": ", {metres} m on foot",
        "changes_0": "no change",
        "changes_1": "1 change",
        "changes": "{count} changes",
        "walk": "On foot from {start} to {end}, {duration}.",
        "change": "Change at {start}, {duration}.",
        "walk_metres": "On foot from {start} to {end}, {metres} m, {duration}.",
        "ride": "At {departure}, {mode} {line}from {start} to {end}{towards}, arrives at {arrival}"
        "{state}.",
        "bicycle": "By bicycle from {start} to {end}, {metres} m, {duration}.",
        "shared_bicycle": "By shared bicycle from the station {start}{vehicles} to "
        "the station {end}{docks}, {metres} m, {duration}.",
        "shared_scooter": "By shared scooter from the station {start}{vehicles} to "
        "the station {end}{docks}, {metres} m, {duration}.",
        "car": "By car from {start} to the park-and-ride {end}{spaces}, {metres} m, {duration} "
        "with the time to park{free}.",
        "spaces": " ({count} spaces)",
        "free": "; it is free of charge",
        "paid": "; you pay for it",
        "vehicles": " ({count} available)",
        "docks": " ({count} free docks)",
        "on_demand": "At {departure}, on-demand transport {line}from {start} to {end}, arrives "
        "around {arrival}. {booking}",
        "stay": "Stay on board: {mode} {line}from {start} to {end}{towards}, arrives at {arrival}"
        "{state}.",
        "towards": ", towards {headsign}",
        "predicted": " (live)",
        "late": " (live, leaves {minutes} min late)",
        "added": " (extra service)",
        "platform": "{name}, platform {platform}",
        "origin": "your starting point",
        "destination": "your destination",
        "via": "your stop on the way",
        "hours": "{hours} h {minutes:02d}",
        "minutes": "{minutes} min",
    },
}
"""By language and name; the two languages have the same names and placeholders."""
MODES: Final[Mapping[TextLanguage, Mapping[LegMode, str]]] = {
    "fr": {
        "rail": "train",
        "subway": "métro",
        "tram": "tram",
        "coach": "car",
        "bus": "bus",
        "trolleybus": "trolleybus",
        "cable_tram": "tramway à câble",
        "monorail": "monorail",
        "funicular": "funiculaire",
        "aerial_lift": "téléphérique",
        "ferry": "bateau",
        "air": "avion",
        "carpool": "covoiturage",
        "taxi": "taxi",
        "on_demand": "transport à la demande",
        "bicycle": "vélo",
        "car": "voiture",
        "shared_bicycle": "vélo en libre-service",
        "shared_scooter": "trottinette en libre-service",
        "other": "ligne",
    },
    "en": {
        "rail": "train",
        "subway": "metro",
        "tram": "tram",
        "coach": "coach",
        "bus": "bus",
        "trolleybus": "trolleybus",
        "cable_tram": "cable tram",
        "monorail": "monorail",
        "funicular": "funicular",
        "aerial_lift": "cable car",
        "ferry": "ferry",
        "air": "plane",
        "carpool": "carpool",
        "taxi": "taxi",
        "on_demand": "on-demand transport",
        "bicycle": "bicycle",
        "car": "car",
        "shared_bicycle": "shared bicycle",
        "shared_scooter": "shared scooter",
        "other": "line",
    },
}
_LATE: Final = 60
"""Seconds from which a departure is late."""


class JourneyWords:
    """Describes a journey in sentences."""

    def __init__(self, language: TextLanguage, zone: ZoneInfo) -> None:
        """`zone`: of the times."""
        self._texts, self._modes, self._zone = TEXTS[language], MODES[language], zone

    def total(self, journey: Journey) -> str:
        """The first sentence: times, changes, metres on foot."""
        count = max(0, journey.rides - 1)
        changes = self._texts.get(f"changes_{count}", self._texts["changes"]).format(count=count)
        walk = self._texts["walked"].format(metres=journey.walk) if journey.walk else ""
        return self._texts["whole"].format(
            departure=self._clock(journey.departure),
            arrival=self._clock(journey.arrival),
            duration=self._between(journey.departure, journey.arrival),
            changes=changes,
            walk=walk,
        )

    def walk(self, leg: WalkLeg, start: str, end: str) -> str:
        """A way on foot. `start`, `end`: the names of its ends."""
        duration = self._between(leg.departure, leg.arrival)
        name = "walk_metres" if leg.metres else "change" if start == end else "walk"
        return self._texts[name].format(start=start, end=end, metres=leg.metres, duration=duration)

    def ride(self, ride: RideDetails, mode: LegMode, line: str | None) -> str:
        """A ride. `line`: the name of its route."""
        first, last = ride.calls[0], ride.calls[-1]
        towards = self._texts["towards"].format(headsign=first.headsign) if first.headsign else ""
        return self._texts["stay" if ride.leg.stays_seated else "ride"].format(
            departure=self._clock(ride.leg.departure),
            mode=self._modes[mode],
            line=f"{line} " if line else "",
            start=self.stop(ride, first.stop),
            end=self.stop(ride, last.stop),
            towards=towards,
            arrival=self._clock(ride.leg.arrival),
            state=self._state(ride),
        )

    def cycle(self, leg: CycleLeg, start: str, end: str) -> str:
        """A way by bicycle or scooter. `start`, `end`: the names of its ends."""
        return self._texts[leg.mode].format(
            start=start,
            end=end,
            metres=leg.metres,
            duration=self._between(leg.departure, leg.arrival),
            vehicles=self._count("vehicles", leg.rental and leg.rental.taken.vehicles),
            docks=self._count("docks", leg.rental and leg.rental.given_back.places),
        )

    def drive(self, leg: DriveLeg, start: str, end: str) -> str:
        """A way by car. `start`, `end`: the names of its ends."""
        park = leg.car_park
        price = "" if park.free is None else self._texts["free" if park.free else "paid"]
        return self._texts["car"].format(
            start=start,
            end=end,
            metres=leg.metres,
            duration=self._between(leg.departure, leg.arrival),
            spaces=self._count("spaces", park.park_and_ride or park.capacity or None),
            free=price,
        )

    def _count(self, name: str, count: int | None) -> str:
        """How many vehicles or places there are; empty if it is not known."""
        return "" if count is None else self._texts[name].format(count=count)

    def on_demand(
        self, leg: OnDemandLeg, start: str, end: str, line: str | None, booking: str
    ) -> str:
        """A ride on demand. `line`: the name of its route; `booking`: how to book, a sentence."""
        return self._texts["on_demand"].format(
            departure=self._clock(leg.departure),
            line=f"{line} " if line else "",
            start=start,
            end=end,
            arrival=self._clock(leg.arrival),
            booking=booking,
        )

    def stop(self, ride: RideDetails, stop: int) -> str:
        """The name of a stop (a row), with its platform."""
        timetable = ride.schedule.timetable
        name, platform = timetable.stop_names[stop], timetable.stop_platform[stop]
        if not platform:
            return name
        return self._texts["platform"].format(name=name, platform=platform)

    def place(self, name: Literal["origin", "destination", "via"]) -> str:
        """A place that is no stop."""
        return self._texts[name]

    def _state(self, ride: RideDetails) -> str:
        call, state = ride.calls[0], ride.calls[0].state
        if state == "added":
            return self._texts["added"]
        if state != "predicted":
            return ""
        late = ride.leg.departure - call.departure
        if late < _LATE:
            return self._texts["predicted"]
        return self._texts["late"].format(minutes=late // 60)

    def _clock(self, instant: int) -> str:
        return f"{datetime.fromtimestamp(instant, self._zone):%H:%M}"

    def _between(self, start: int, end: int) -> str:
        """How long it takes, as the times display it, without their seconds; a minute at least."""
        hours, minutes = divmod(max(1, end // 60 - start // 60), 60)
        return self._texts["hours" if hours else "minutes"].format(hours=hours, minutes=minutes)
