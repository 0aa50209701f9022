"""The texts of vehicle occupancy, in French and English."""

from collections.abc import Mapping
from typing import Final

from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.http.api.languages import TextLanguage

OCCUPANCY: Final[Mapping[TextLanguage, Mapping[Occupancy, str]]] = {
    "fr": {
        "empty": "vide",
        "many_seats_available": "beaucoup de places assises",
        "few_seats_available": "quelques places assises",
        "standing_room_only": "places debout seulement",
        "crushed_standing_room_only": "très chargé, peu de places debout",
        "full": "complet",
        "not_accepting_passengers": "ne prend plus de voyageurs",
        "not_boardable": "hors service voyageurs",
    },
    "en": {
        "empty": "empty",
        "many_seats_available": "many seats",
        "few_seats_available": "a few seats",
        "standing_room_only": "standing room only",
        "crushed_standing_room_only": "very crowded, little standing room",
        "full": "full",
        "not_accepting_passengers": "takes no more passengers",
        "not_boardable": "not in passenger service",
    },
}
