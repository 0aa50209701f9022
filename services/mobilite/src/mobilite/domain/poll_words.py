"""What a poll can find wrong, as stable codes and French sentences.

A *note* is a doubt about a message that was taken; a fault (`SourceFault`) is why nothing was.
"""

from collections.abc import Mapping

NOTES: Mapping[str, str] = {
    "header_without_timestamp": "Le message ne dit pas de quand il date : l'heure de réception en "
    "tient lieu.",
    "header_in_milliseconds": "L'horodatage du message est en millisecondes au lieu de secondes : "
    "il a été converti.",
    "header_absurd": "L'horodatage du message est hors de toute date plausible : l'heure de "
    "réception en tient lieu.",
    "header_in_future": "L'horodatage du message est dans le futur : l'heure de réception en tient "
    "lieu.",
    "clock_put_right": "Le message est plus ancien que le précédent, mais celui-ci se disait du "
    "futur : le plus ancien a été pris.",
    "entity_id_repeated": "Plusieurs entités du message portent le même identifiant : elles sont "
    "toutes prises.",
    "entity_unreadable": "Des entités sont abîmées ou incomplètes : elles sont écartées, les "
    "autres sont prises.",
    "trip_repeated": "Une même course figure plusieurs fois dans le message : la mise à jour la "
    "plus récente est prise, sinon la première.",
    "trip_unidentified": "Des mises à jour ne disent pas de quelle course il s'agit (ni trip_id, "
    "ni route_id, direction_id, start_date et start_time) : elles sont écartées.",
    "start_date_invalid": "Des jours de service ne s'écrivent pas AAAAMMJJ : ces mises à jour "
    "sont écartées.",
    "start_time_invalid": "Des heures de départ ne s'écrivent pas HH:MM:SS : ces mises à jour "
    "sont écartées.",
    "text_not_utf8": "Des textes ne sont pas en UTF-8 : leurs caractères illisibles sont "
    "remplacés.",
    "update_too_large": "Des entités sont d'une taille déraisonnable : elles sont écartées.",
    "stop_unidentified": "Des arrêts ne sont désignés ni par stop_sequence ni par stop_id : ils "
    "sont écartés.",
    "time_implausible": "Des heures prévues sont hors de toute date plausible (zéro, "
    "millisecondes…) : elles sont ignorées.",
    "delay_implausible": "Des retards dépassent deux jours : ils sont ignorés.",
    "uncertainty_negative": "Des incertitudes sont négatives : elles sont ignorées.",
}
