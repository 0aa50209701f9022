"""The sentences of a journey that is followed, in French and English."""

from collections.abc import Mapping
from typing import Final

from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.api.journey_texts import MODES
from mobilite.journeys.api.models import JourneyLegJson, JourneyPlaceJson

CHANGE_TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "ride": "{vehicle} de {time}, de {start} à {end}",
        "cancelled": "Supprimé : {ride}.",
        "withdrawn": "N'est plus aux horaires : {ride}.",
        "missed_connection": "Correspondance manquée à {start} : {vehicle} part à {time}, vous y "
        "serez à {ready}.",
        "missed_just": "Correspondance manquée à {start} : {vehicle} part à {time}, moins d'une "
        "minute avant que vous y soyez.",
        "missed": "Manqué : {ride}.",
        "skipped_stop": "Arrêt non desservi : {vehicle} ne s'arrête pas à {stop}.",
        "closed_stop": "Arrêt fermé : {stop}.",
        "no_vehicle": "Rien à louer à la station {stop} ({vehicle}).",
        "not_renting": "La station {stop} ne loue pas en ce moment ({vehicle}).",
        "no_dock": "Aucune place libre à la station {stop} ({vehicle}).",
        "not_returning": "La station {stop} ne reprend pas de véhicules en ce moment ({vehicle}).",
        "no_station": "La station {stop} n'existe plus ({vehicle}).",
        "no_car_park": "Le parking relais {stop} n'est plus connu.",
        "return": "Rendez-le à la station {stop}.",
        "booking_closed": "Il est trop tard pour réserver : {ride}. Si vous avez réservé, rien ne "
        "change.",
        "times": "{vehicle} : {times}.",
        "departure": "départ à {time} au lieu de {scheduled}",
        "arrival": "arrivée à {time} au lieu de {scheduled}",
        "platform": "Changement de quai à {stop} : {platform} au lieu de {scheduled}.",
        "platform_name": "quai {platform}",
        "alert": "Perturbation, {vehicle} : {header}",
        "arrived": "Arrivée à destination.",
        "as_planned": "Tout se passe comme prévu : arrivée à {arrival}.",
        "timetable": "Horaires prévus, pas de temps réel pour l'instant : arrivée à {arrival}.",
        "partly": "Rien n'a changé, mais une partie du trajet est sans temps réel : arrivée à "
        "{arrival}.",
        "alerted": "Votre trajet reste comme prévu : arrivée à {arrival}. Une perturbation est "
        "signalée.",
        "changed": "Le trajet reste possible : arrivée à {arrival}.",
        "booked": "Il fallait réserver ce trajet. Si c'est fait : arrivée à {arrival}.",
        "better": "Le trajet n'est plus possible. Le meilleur à partir de {place} arrive à "
        "{arrival}.",
        "broken": "Le trajet n'est plus possible, et aucun autre n'est trouvé à partir de {place}.",
        "on_foot": "à pied",
        "origin": "votre point de départ",
        "destination": "votre destination",
    },
    "en": {
        "ride": "{vehicle} at {time} from {start} to {end}",
        "cancelled": "Cancelled: {ride}.",
        "withdrawn": "No longer in the timetable: {ride}.",
        "missed_connection": "Missed connection at {start}: {vehicle} leaves at {time}, you will "
        "be there at {ready}.",
        "missed_just": "Missed connection at {start}: {vehicle} leaves at {time}, less than a "
        "minute before you are there.",
        "missed": "Missed: {ride}.",
        "skipped_stop": "Stop not served: {vehicle} does not call at {stop}.",
        "closed_stop": "Stop closed: {stop}.",
        "no_vehicle": "Nothing to rent at the station {stop} ({vehicle}).",
        "not_renting": "The station {stop} is not renting at the moment ({vehicle}).",
        "no_dock": "No free dock at the station {stop} ({vehicle}).",
        "not_returning": "The station {stop} takes no vehicles back at the moment ({vehicle}).",
        "no_station": "The station {stop} no longer exists ({vehicle}).",
        "no_car_park": "The park-and-ride {stop} is no longer known.",
        "return": "Give it back at the station {stop}.",
        "booking_closed": "It is too late to book: {ride}. If you have booked, nothing changes.",
        "times": "{vehicle}: {times}.",
        "departure": "leaves at {time} instead of {scheduled}",
        "arrival": "arrives at {time} instead of {scheduled}",
        "platform": "Change of platform at {stop}: {platform} instead of {scheduled}.",
        "platform_name": "platform {platform}",
        "alert": "Disruption, {vehicle}: {header}",
        "arrived": "You have arrived.",
        "as_planned": "Everything is going to plan: arrives at {arrival}.",
        "timetable": "Scheduled times, no real time for now: arrives at {arrival}.",
        "partly": "Nothing has changed, but a part of the journey has no real time: arrives at "
        "{arrival}.",
        "alerted": "Your journey is as planned: arrives at {arrival}. A disruption is reported.",
        "changed": "The journey is still possible: arrives at {arrival}.",
        "booked": "This journey had to be booked. If it is: arrives at {arrival}.",
        "better": "The journey is no longer possible. The best one from {place} arrives at "
        "{arrival}.",
        "broken": "The journey is no longer possible, and no other was found from {place}.",
        "on_foot": "on foot",
        "origin": "your starting point",
        "destination": "your destination",
    },
}
"""By language and name; the two languages have the same names and placeholders."""


class ChangeWords:
    """Describes the changes of a journey in sentences."""

    def __init__(self, language: TextLanguage) -> None:
        self._texts, self._modes = CHANGE_TEXTS[language], MODES[language]

    def ride(self, name: str, leg: JourneyLegJson) -> str:
        """A ride that is cancelled, withdrawn or missed (`name`)."""
        return self._texts[name].format(ride=self._ride(leg))

    def missed_connection(self, leg: JourneyLegJson, ready: str) -> str:
        """A ride that leaves before the traveller is there. `ready`: RFC 3339."""
        time, clock = _clock(leg["departure"]), _clock(ready)
        return self._texts["missed_just" if time == clock else "missed_connection"].format(
            start=leg["from"]["name"], vehicle=self._vehicle(leg), time=time, ready=clock
        )

    def stop(self, name: str, leg: JourneyLegJson, stop: JourneyPlaceJson) -> str:
        """A stop that is skipped or closed (`name`), a rental station that lacks something or no
        longer exists, or a car park that no longer does."""
        return self._texts[name].format(vehicle=self._vehicle(leg), stop=stop["name"])

    def return_at(self, station: str) -> str:
        """Where to give a vehicle back instead."""
        return self._texts["return"].format(stop=station)

    def booking_closed(self, leg: JourneyLegJson) -> str:
        """A ride that can no longer be booked."""
        return self.ride("booking_closed", leg)

    def times(self, leg: JourneyLegJson, *, aboard: bool) -> str:
        """The times of a ride that differ. `aboard`: whether it has left."""
        parts = [
            self._texts[name].format(time=time, scheduled=scheduled)
            for name, time, scheduled in (
                ("departure", _clock(leg["departure"]), _clock(leg["scheduled_departure"])),
                ("arrival", _clock(leg["arrival"]), _clock(leg["scheduled_arrival"])),
            )
            if time != scheduled and not (aboard and name == "departure")
        ]
        vehicle = self._vehicle(leg)
        vehicle = vehicle[:1].upper() + vehicle[1:]
        return self._texts["times"].format(vehicle=vehicle, times=", ".join(parts))

    def platform(self, stop: JourneyPlaceJson, scheduled: tuple[str, str]) -> str:
        """Another platform. `scheduled`: the name of the stop, and that of its platform."""
        return self._texts["platform"].format(
            stop=stop["name"],
            platform=self._platform(stop["name"] or "", stop["platform"]),
            scheduled=self._platform(*scheduled),
        )

    def alert(self, leg: JourneyLegJson, header: str) -> str:
        """An alert that touches a ride, or one about a lift that touches a way on foot."""
        vehicle = self._texts["on_foot"] if leg["mode"] == "walk" else self._vehicle(leg)
        return self._texts["alert"].format(vehicle=vehicle, header=header)

    def state(self, name: str, *, arrival: str = "", place: str | None = None) -> str:
        """The state of a journey in one sentence. `arrival`: RFC 3339."""
        place = self._texts["origin"] if place is None else place
        return self._texts[name].format(arrival=_clock(arrival), place=place)

    def _ride(self, leg: JourneyLegJson) -> str:
        return self._texts["ride"].format(
            vehicle=self._vehicle(leg),
            time=_clock(leg["scheduled_departure"]),
            start=leg["from"]["name"] or self._texts["origin"],
            end=leg["to"]["name"] or self._texts["destination"],
        )

    def _platform(self, name: str, platform: str | None) -> str:
        if not platform:
            return name
        return self._texts["platform_name"].format(platform=platform)

    def _vehicle(self, leg: JourneyLegJson) -> str:
        mode, route = leg["mode"], leg["route"]
        assert mode != "walk"
        line = "" if route is None else route["short_name"] or ""
        return f"{self._modes[mode]} {line}".strip()


def _clock(instant: str) -> str:
    """HH:MM of RFC 3339."""
    return instant[11:16]
