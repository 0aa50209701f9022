"""How regularity and accuracy are counted, in sentences for people."""

from collections.abc import Mapping
from typing import Final

from mobilite.http.api.languages import TextLanguage

REGULARITY: Final[Mapping[TextLanguage, str]] = {
    "fr": "Là où une ligne est fréquente, on vient sans regarder l’horaire : on attend en moyenne "
    "la somme des carrés des intervalles, divisée par deux fois leur somme. excess_wait_s est "
    "l’attente de ce qui est passé, moins celle de l’horaire (l’« excess waiting time » de "
    "Transport for London). Un intervalle est entre deux départs d’une ligne, dans un sens, à un "
    "arrêt, un jour ; le terminus ne compte pas. Une course supprimée laisse un long intervalle. "
    "Un passage qui n’a pas été observé n’en laisse aucun : ceux qui l’entourent ne comptent ni "
    "d’un côté ni de l’autre. Une heure est fréquente à un arrêt si ses intervalles prévus font au "
    "plus 15 min en moyenne, et qu’il y en a au moins 3. regular : part des intervalles entre 0,5 "
    "et 1,5 fois celui de l’horaire. n = intervalles observés ; coverage = leur part de ceux qui "
    "pouvaient l’être.",
    "en": "Where a line is frequent, people come without looking at the timetable: they wait, on "
    "average, the sum of the squares of the gaps divided by twice their sum. excess_wait_s is the "
    "wait of what ran less that of the timetable (Transport for London’s excess waiting time). A "
    "gap is between two departures of a line, in one direction, at one stop, on one day; the "
    "terminus does not count. A cancelled run leaves a long gap. A call that was not observed "
    "leaves none: those around it count on neither side. An hour is frequent at a stop if its "
    "scheduled gaps are at most 15 min on average, and at least 3. regular: the share of gaps "
    "between 0.5 and 1.5 times that of the timetable. n = gaps observed; coverage = their share "
    "of those that could be.",
}
ACCURACY: Final[Mapping[TextLanguage, str]] = {
    "fr": "Ce qui était prévu 2, 5, 10, 20 et 30 min avant qu’un véhicule arrive (parte, au "
    "premier arrêt), comparé à ce qui s’est passé. L’écart est le passage moins la prévision. Une "
    "prévision est juste si le passage n’a ni plus de early_s secondes d’avance sur elle, ni plus "
    "de late_s de retard : passer plus tôt est pire, on manque le véhicule. Les marges de 2, 5 et "
    "10 min sont celles du « ETA Accuracy Benchmark », celle de 20 et 30 min celle de la MBTA "
    "(Boston). Avec source=predictions, ce qui s’est passé est la dernière heure publiée par "
    "l’exploitant : l’erreur de celle-ci n’est pas comptée. n = prévisions ; coverage = leur part "
    "des passages prévus et assurés.",
    "en": "What was predicted 2, 5, 10, 20 and 30 min before a vehicle arrives (departs, at its "
    "first stop), compared with what happened. The error is the call less the prediction. A "
    "prediction is accurate if the call is neither more than early_s seconds before it, nor more "
    "than late_s after: early is worse, one misses the vehicle. The margins of 2, 5 and 10 min are "
    "those of the ETA Accuracy Benchmark, that of 20 and 30 min is the MBTA’s (Boston). With "
    "source=predictions, what happened is the last time that the operator published: its own error "
    "is not counted. n = predictions; coverage = their share of the calls planned and made.",
}
