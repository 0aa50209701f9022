"""The parameters of SIRI Lite as the OpenAPI document describes them."""

from collections.abc import Mapping
from typing import Any, Final

from mobilite.siri.api.parameters import MAX_REFS
from mobilite.siri.api.services import CHANNELS
from mobilite.siri.flows.discover import MOST_LISTED
from mobilite.siri.flows.monitor_stop import MOST_DEPARTURES

_TEXT: Final = {"type": "string"}
_DURATION: Final = {"type": "string", "format": "duration", "examples": ["PT2H"]}


def _parameter(name: str, description: str, schema: Mapping[str, Any] = _TEXT) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {**schema}}


def _refs(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "array", "items": _TEXT, "maxItems": MAX_REFS}
    return _parameter(name, description, schema)


def _count(low: int, high: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


_LINES: Final = _refs("LineRef", "Lignes, réseau:ligne ; ALL ou rien : toutes")
_STOPS: Final = _refs("StopPointRef", "Ce qui touche ces arrêts, réseau:arrêt")
_NAME: Final = _parameter("q", "Mots du nom, ou leur début")
_MOST_LISTED: Final = f"{MOST_LISTED:_}".replace("_", " ")

LITE_PARAMETERS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "stop-monitoring": [
        {**_refs("MonitoringRef", "Arrêts, quais ou gares, réseau:arrêt"), "required": True},
        _LINES,
        _parameter("DirectionRef", "Sens, comme direction_id de GTFS : 0, 1 ou unknown"),
        _parameter("MaximumStopVisits", "Nombre de passages", _count(1, MOST_DEPARTURES, 20)),
        _parameter(
            "MinimumStopVisitsPerLine",
            "Nombre de passages de chaque ligne, même au-delà de MaximumStopVisits ; "
            f"{MOST_DEPARTURES} par arrêt en tout, puis MoreData=true",
            _count(0, 20, 0),
        ),
        _parameter("StartTime", "Maintenant s'il manque", {**_TEXT, "format": "date-time"}),
        _parameter("PreviewInterval", "Durée à partir de StartTime, P7D au plus", _DURATION),
        _parameter(
            "StopVisitTypes",
            "Les départs seulement : un terminus n'a pas de passage",
            {**_TEXT, "enum": ["all", "departures"], "default": "all"},
        ),
    ],
    "estimated-timetable": [
        _refs("LineRef", "Lignes, réseau:ligne ; ALL ou rien : les courses suivies de toutes"),
        _parameter("PreviewInterval", "Les courses qui partent d'ici là, P1D au plus", _DURATION),
    ],
    "vehicle-monitoring": [_LINES, _refs("VehicleRef", "Véhicules, réseau:véhicule")],
    "situation-exchange": [_LINES, _STOPS],
    "general-message": [
        _refs("InfoChannelRef", f"{', '.join(CHANNELS)} : seul Information a des messages"),
        _LINES,
        _STOPS,
    ],
    "lines-discovery": [_NAME],
    "stoppoints-discovery": [
        _NAME,
        _parameter("BoundingBox", "Rectangle ouest,sud,est,nord (degrés WGS 84)"),
    ],
}
"""By the name of the service."""
SUMMARIES: Final[Mapping[str, tuple[str, str]]] = {
    "stop-monitoring": ("get_siri_stop_monitoring", "SIRI : prochains passages d'arrêts"),
    "estimated-timetable": ("get_siri_estimated_timetable", "SIRI : courses, arrêt par arrêt"),
    "vehicle-monitoring": ("get_siri_vehicle_monitoring", "SIRI : véhicules"),
    "situation-exchange": ("get_siri_situation_exchange", "SIRI : perturbations"),
    "general-message": ("get_siri_general_message", "SIRI : messages d'information"),
    "lines-discovery": ("get_siri_lines", "SIRI : lignes"),
    "stoppoints-discovery": ("get_siri_stop_points", "SIRI : arrêts"),
}
"""The operation id and the summary of each service."""
DESCRIPTIONS: Final[Mapping[str, str]] = {
    "stop-monitoring": "Les départs du tableau de chaque arrêt, avec l'arrivée : une "
    "StopMonitoringDelivery par MonitoringRef. Monitored=false et noReport : aucune information "
    "en temps réel.",
    "estimated-timetable": "Les courses en cours et celles qui partent bientôt, avec tous leurs "
    "arrêts. MoreData=true : la réponse est limitée, demandez par ligne.",
    "vehicle-monitoring": "Les véhicules vus depuis moins de cinq minutes.",
    "situation-exchange": "Toutes les perturbations publiées, en cours, à venir ou finies "
    "(Progress=closed).",
    "general-message": "Les informations sans effet sur le service. Les perturbations sont dans "
    "situation-exchange.",
    "lines-discovery": "Les lignes, avec les identifiants des autres services. Au-delà de "
    f"{_MOST_LISTED} : AllowedResourceUsageExceededError, précisez q.",
    "stoppoints-discovery": "Les arrêts, quais et gares, avec les identifiants des autres "
    f"services. Au-delà de {_MOST_LISTED} : AllowedResourceUsageExceededError, précisez "
    "BoundingBox ou q.",
}
