"""How emissions are calculated, in a sentence for people (code des transports, D.1115-21)."""

from collections.abc import Mapping
from typing import Final

from mobilite.http.api.languages import TextLanguage

FACTORS_ADDRESS: Final = "/mobilite/v1/emissions/factors"
"""Where the factors are published."""
METHOD: Final[Mapping[TextLanguage, str]] = {
    "fr": "La distance de chaque trajet, le long de son tracé, est multipliée par ce qu’émet un "
    "voyageur au kilomètre dans ce mode, production de l’énergie comprise et fabrication du "
    "véhicule exclue ; sans tracé, la distance à vol d’oiseau d’arrêt en arrêt compte 1,1 fois. "
    "Ce qui n’est pas connu n’est pas compté pour zéro : le total est alors inconnu.",
    "en": "The distance of each ride, along its route, is multiplied by what one passenger emits "
    "per kilometre in that mode, including the production of energy and excluding the making of "
    "the vehicle; without a known route, straight lines from stop to stop count 1.1 times. "
    "Nothing unknown is counted as zero: the total is then unknown.",
}
