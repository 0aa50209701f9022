"""Notes on polled messages, as stable codes and French sentences.

A *note* is a doubt about a message that was accepted; a `SourceFault` is the reason why none was.
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
    "plus récente est prise, à défaut la plus complète.",
    "trip_unidentified": "Des mises à jour ne disent pas de quelle course il s'agit (ni trip_id, "
    "ni route_id, direction_id, start_date et start_time) : elles sont écartées.",
    "start_date_invalid": "Des jours de service ne s'écrivent pas AAAAMMJJ ou n'existent pas : ces "
    "mises à jour sont écartées.",
    "start_time_invalid": "Des heures de départ ne s'écrivent pas HH:MM:SS : ces mises à jour "
    "sont écartées.",
    "text_not_utf8": "Des textes ne sont pas en UTF-8 : leurs caractères illisibles sont "
    "remplacés.",
    "text_hidden": "Des textes contiennent des caractères cachés (de contrôle, sans largeur, ou "
    "qui renversent le sens de l'écriture) : ils sont retirés.",
    "update_too_large": "Des entités sont d'une taille déraisonnable : elles sont écartées.",
    "own_runs_too_many": "Le message ajoute ou remplace plus de courses que nous n'en suivons : "
    "les autres sont écartées.",
    "stop_unidentified": "Des arrêts ne sont désignés ni par stop_sequence ni par stop_id : ils "
    "sont écartés.",
    "time_implausible": "Des heures prévues sont hors de toute date plausible (zéro, "
    "millisecondes…) : elles sont ignorées.",
    "delay_implausible": "Des retards dépassent deux jours : ils sont ignorés.",
    "uncertainty_negative": "Des incertitudes sont négatives : elles sont ignorées.",
    "header_old": "Le message datait déjà de plus de 90 secondes à sa réception : prévisions et "
    "positions doivent être plus fraîches.",
    "alerts_old": "Le message datait déjà de plus de 10 minutes à sa réception : les perturbations "
    "doivent être plus fraîches.",
    "updates_old": "Des prévisions ont été mesurées plus de 90 secondes avant leur message.",
    "positions_old": "Des positions ont été mesurées plus de 90 secondes avant leur message.",
    "ids_unstable": "La plupart des identifiants changent d'un message à l'autre : rien ne peut "
    "être suivi dans la durée, et l'adresse est relevée moins souvent.",
    "enum_unknown": "Des valeurs sont d'une version plus récente de la norme : elles comptent pour "
    "« non précisé », ou pour la plus proche.",
    "modification_invalid": "Des modifications de courses, des tracés ou des arrêts sont "
    "illisibles : ils sont écartés.",
    "modifications_too_many": "Le message contient plus de modifications que nous n'en suivons : "
    "le reste est écarté.",
    "vehicle_empty": "Des véhicules ne disent ni position, ni course, ni arrêt : ils sont écartés.",
    "vehicle_repeated": "Un même véhicule figure plusieurs fois dans le message : le relevé le "
    "plus récent est pris.",
    "vehicles_too_many": "Le message contient plus de véhicules que nous n'en suivons : le reste "
    "est écarté.",
    "vehicle_trip_invalid": "Des véhicules désignent leur course d'une façon illisible : ils sont "
    "montrés sans course.",
    "position_implausible": "Des positions ne sont nulle part (hors du globe, ou 0, 0) : elles "
    "sont ignorées.",
    "bearing_implausible": "Des caps ne sont pas entre 0 et 360 degrés : ils sont ignorés.",
    "speed_implausible": "Des vitesses ne sont pas entre 0 et 150 m/s : elles sont ignorées.",
    "odometer_implausible": "Des compteurs kilométriques sont hors de toute mesure : ils sont "
    "ignorés.",
    "occupancy_implausible": "Des taux de remplissage dépassent 1000 % : ils sont ignorés.",
    "alert_empty": "Des perturbations ne disent rien (ni texte, ni cause, ni effet) : elles sont "
    "écartées.",
    "alert_unaddressed": "Des perturbations ne désignent rien de lisible (réseau, ligne, course ou "
    "arrêt) : elles sont écartées.",
    "alert_without_text": "Des perturbations n'ont ni titre ni description : leur effet seul est "
    "montré.",
    "alert_ambiguous": "Des perturbations « sans service » désignent des lignes et des arrêts "
    "séparément : on ne peut savoir si toute la ligne est coupée, ou seulement à ces arrêts.",
    "alert_cut": "Des perturbations sont d'une longueur déraisonnable (textes, arrêts désignés ou "
    "périodes) : elles sont abrégées.",
    "alerts_too_many": "Le message contient plus de perturbations que nous n'en suivons : le reste "
    "est écarté.",
    "image_invalid": "Des images de perturbations n'ont pas d'adresse web utilisable : elles sont "
    "ignorées.",
    "selector_empty": "Des perturbations ont un objet vide : il vaut pour tout le réseau si elles "
    "n'en ont pas d'autre.",
    "selector_invalid": "Des objets de perturbations sont illisibles : ils sont ignorés.",
    "period_invalid": "Des périodes de perturbations sont à l'envers ou hors de toute date : elles "
    "sont ignorées.",
}
