"""How the quality of feeds is measured, in sentences for people."""

from collections.abc import Mapping
from typing import Final

from mobilite.http.api.languages import TextLanguage

QUALITY: Final[Mapping[TextLanguage, str]] = {
    "fr": "Ce que valent les données de chaque réseau, mesuré quatre fois par minute, par jour "
    "civil du réseau. coverage : la part du jour mesurée ; quand notre propre relevé est arrêté, "
    "rien n’est mesuré, et rien n’est compté au réseau. n = mesures. fresh_60s et fresh_300s : "
    "part du temps mesuré où les prévisions ou positions les plus récentes avaient au plus 60 s, "
    "ou 5 min (au-delà elles ne sont plus affichées). errors : part des relevés sans réponse "
    "valable, sur polls relevés. matched et unmatched : mises à jour de courses, en moyenne, qui "
    "correspondent à l’horaire ou non. trips_with_real_time : part des courses en cours, d’après "
    "l’horaire (under_way en moyenne), qui ont un temps réel de moins de 5 min ou sont annulées. "
    "vehicles_with_trip : part des véhicules dont la course est connue. days_left : jours avant la "
    "fin de l’horaire. remarks : sortes de remarques du dernier import, sur remark_rows lignes. "
    "null : rien à mesurer.",
    "en": "How good the data of each network are, measured four times a minute, by calendar day of "
    "the network. coverage: the share of the day that was measured; while our own polling is down "
    "nothing is measured, and nothing counts against the network. n = measurements. fresh_60s and "
    "fresh_300s: share of the measured time in which the newest predictions or positions were at "
    "most 60 s old, or 5 min (older ones are not displayed). errors: share of polls without a "
    "valid answer, of polls. matched and unmatched: trip updates, on average, that match the "
    "timetable or do not. trips_with_real_time: share of the runs under way by the timetable "
    "(under_way on average) that have real time of up to 5 min or are cancelled. "
    "vehicles_with_trip: share of vehicles whose run is known. days_left: days until the end of "
    "the timetable. remarks: types of findings of the last import, on remark_rows rows. null: "
    "nothing to measure.",
}
