"""How supply is counted, in sentences for people."""

from collections.abc import Mapping
from typing import Final

from mobilite.http.api.languages import TextLanguage

ROUTES: Final[Mapping[TextLanguage, str]] = {
    "fr": "L’offre prévue par les horaires, sans le temps réel. Une course compte le jour de "
    "service où elle part, même après minuit (25:10:00) ; une course en fréquence compte à chaque "
    "départ ; le transport à la demande ne compte pas. n = courses. Heures : du premier départ à "
    "l’arrivée au terminus. Kilomètres : le long des tracés, ou tout droit d’arrêt en arrêt "
    "(measured_along) ; inconnus si la longueur d’une course l’est. Intervalles, par sens, au "
    "départ du premier arrêt : moyenne et médiane de 7 h à 19 h 30, moyenne aux heures de pointe "
    "(7 h 30 à 9 h 30 et 16 h 30 à 19 h 30). peak_vehicles : courses en même temps, au plus. "
    "Arrêts : ceux où l’on monte ou descend, une gare compte une fois. Par type de jour : le jour "
    "le plus fréquent de ce type dans la période ; days sur days_of_type jours l’ont exactement. "
    "Le type vient du jour de la semaine, sans les jours fériés. Une date passée a l’horaire qui "
    "était en service ce jour-là.",
    "en": "The service in the timetables, without real time. A trip counts on the service day it "
    "starts on, even after midnight (25:10:00); a frequency-based trip counts at each departure; "
    "on-demand services do not count. n = trips. Hours: from the first departure to the arrival at "
    "the terminus. Kilometres: along the shapes, or straight from stop to stop (measured_along); "
    "unknown if the length of a trip is. Headways, by direction, at the first stop: mean and "
    "median from 7:00 to 19:30, mean in the peaks (7:30 to 9:30 and 16:30 to 19:30). "
    "peak_vehicles: trips at the same time, at most. Stops: those where one boards or alights; a "
    "station counts once. By type of day: the most frequent day of that type in the period; days "
    "of days_of_type dates have exactly it. The type is that of the weekday, without public "
    "holidays. A past date has the timetable that was in service then.",
}
STOPS: Final[Mapping[TextLanguage, str]] = {
    "fr": "Les départs prévus où l’on peut monter, par arrêt et par type de jour : les quais d’une "
    "gare comptent ensemble, le terminus d’une course n’est pas un départ. n = départs des jours "
    "de ce type dans la période ; departures : leur moyenne par jour. Le type vient du jour de la "
    "semaine, sans les jours fériés.",
    "en": "Scheduled departures that can be boarded, by stop and type of day: the platforms of a "
    "station count together, the terminus of a trip is no departure. n = departures of the days of "
    "that type in the period; departures: their mean per day. The type is that of the weekday, "
    "without public holidays.",
}
