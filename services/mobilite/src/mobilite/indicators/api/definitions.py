"""How punctuality is counted, in sentences for people."""

from collections.abc import Mapping
from typing import Final

from mobilite.http.api.languages import TextLanguage
from mobilite.indicators.domain.punctuality import OnTime
from mobilite.passages.domain.passage import SourceName

_PUNCTUALITY: Final[Mapping[TextLanguage, str]] = {
    "fr": "Un passage compte par son départ, au terminus par son arrivée. Il est à l’heure s’il a "
    "au plus {early} d’avance et {late} de retard ({rail} pour un train). {source} n = passages "
    "observés ; coverage = n sur les passages prévus et assurés. Une course supprimée en partie "
    "compte comme supprimée ; supprimée avant 16 h la veille, elle n’est pas comptée comme prévue. "
    "Les courses ajoutées ne comptent pas.",
    "en": "A call counts by its departure, at the terminus by its arrival. It is on time if it is "
    "at most {early} early and {late} late ({rail} for a train). {source} n = calls observed; "
    "coverage = n of the calls planned and not cancelled. A run cancelled in part counts as "
    "cancelled; one cancelled before 16:00 on the day before does not count as planned. Added runs "
    "do not count.",
}
_SOURCES: Final[Mapping[TextLanguage, Mapping[SourceName, str]]] = {
    "fr": {
        "predictions": "Ce qui s’est passé est la dernière heure publiée par l’exploitant.",
        "positions": "Ce qui s’est passé vient des positions des véhicules : le milieu entre deux, "
        "à 90 secondes d’écart au plus.",
    },
    "en": {
        "predictions": "What happened is the last time that the operator published.",
        "positions": "What happened comes from the positions of vehicles: the middle of two, 90 "
        "seconds apart at most.",
    },
}


def punctuality_definition(rule: OnTime, source: SourceName, language: TextLanguage) -> str:
    """How the figures of a source are counted."""
    return _PUNCTUALITY[language].format(
        early=_duration(rule.early),
        late=_duration(rule.late),
        rail=_duration(rule.rail_late),
        source=_SOURCES[language][source],
    )


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} min"] if minutes else []
    return " ".join([*parts, f"{rest} s"] if rest or not minutes else parts)
