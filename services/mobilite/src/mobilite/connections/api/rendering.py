"""Connections as JSON, and in a sentence in French or English."""

from collections.abc import Mapping
from typing import Final

from mobilite.connections.api.models import ConnectionJson, ConnectionRulesJson
from mobilite.connections.domain.connection import Connection, TightRules
from mobilite.connections.domain.forecast_errors import LEAST_OBSERVATIONS
from mobilite.http.api.languages import TextLanguage

_TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "tight": "Correspondance serrée : {slack}, {chances}.",
        "chances": "réussie environ {tenths} fois sur 10 ({count} passages observés)",
        "rarely": "réussie moins d'une fois sur 10 ({count} passages observés)",
        "almost": "réussie plus de 9 fois sur 10 ({count} passages observés)",
        "unknown": "trop peu de passages observés pour savoir si elle réussit",
        "missed": "Correspondance manquée d'après les prévisions.",
        "minutes": "{minutes} min",
        "less": "moins d'une minute",
        "next": " Sinon, arrivée à {arrival}.",
    },
    "en": {
        "tight": "Tight connection: {slack}, {chances}.",
        "chances": "caught about {tenths} times out of 10 ({count} departures and arrivals "
        "observed)",
        "rarely": "caught less than once in 10 times ({count} departures and arrivals observed)",
        "almost": "caught more than 9 times out of 10 ({count} departures and arrivals observed)",
        "unknown": "too little was observed to know whether people catch it",
        "missed": "This connection is missed, going by the predictions.",
        "minutes": "{minutes} min",
        "less": "less than a minute",
        "next": " If you miss it, you arrive at {arrival}.",
    },
}


def connection_json(connection: Connection, missed_arrival: str | None) -> ConnectionJson:
    """A connection. `missed_arrival`: by the next journey, RFC 3339."""
    probability = connection.probability
    return {
        "slack": connection.slack,
        "probability": None if probability is None else round(probability, 2),
        "observations": connection.observations,
        "basis": connection.basis,
        "tight": connection.tight,
        "missed_arrival": missed_arrival,
    }


def rules_json(rules: TightRules) -> ConnectionRulesJson:
    """The rules, as the answer states them."""
    return {
        "tight_probability": rules.probability,
        "tight_seconds": rules.seconds,
        "least_observations": LEAST_OBSERVATIONS,
    }


def connection_sentence(
    connection: Connection, missed_at: str | None, language: TextLanguage
) -> str | None:
    """A tight connection in words; None for another. `missed_at`: the clock time of arrival by
    the next journey."""
    if not connection.tight:
        return None
    texts = _TEXTS[language]
    after = "" if missed_at is None else texts["next"].format(arrival=missed_at)
    if connection.slack < 0:
        return texts["missed"] + after
    minutes = connection.slack // 60
    slack = texts["minutes" if minutes else "less"].format(minutes=minutes)
    return texts["tight"].format(slack=slack, chances=_chances(connection, texts)) + after


def _chances(connection: Connection, texts: Mapping[str, str]) -> str:
    if connection.probability is None:
        return texts["unknown"]
    tenths = round(connection.probability * 10)
    name = "rarely" if tenths < 1 else "almost" if tenths > 9 else "chances"
    return texts[name].format(tenths=tenths, count=connection.observations)
