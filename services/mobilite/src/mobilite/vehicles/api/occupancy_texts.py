"""The French texts of vehicle occupancy."""

from collections.abc import Mapping
from typing import Final

from mobilite.gtfs.domain.enumerations import Occupancy

OCCUPANCY: Final[Mapping[Occupancy, str]] = {
    "empty": "vide",
    "many_seats_available": "beaucoup de places assises",
    "few_seats_available": "quelques places assises",
    "standing_room_only": "places debout seulement",
    "crushed_standing_room_only": "très chargé, peu de places debout",
    "full": "complet",
    "not_accepting_passengers": "ne prend plus de voyageurs",
    "not_boardable": "hors service voyageurs",
}
