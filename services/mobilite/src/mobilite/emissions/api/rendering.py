"""The emission factors as JSON."""

from mobilite.emissions.api.method_texts import METHOD
from mobilite.emissions.api.models import (
    EmissionFactorJson,
    EmissionFactorsJson,
    NetworkFactorJson,
)
from mobilite.emissions.domain.emissions import DETOUR
from mobilite.emissions.domain.factors import Factor, FactorTable, NetworkFactor
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.languages import TextLanguage


def factors_json(table: FactorTable, language: TextLanguage) -> EmissionFactorsJson:
    """All factors, with their names in one language."""
    return {
        "method": METHOD[language],
        "detour": DETOUR,
        "factors": [_factor(each, language) for each in table.factors.values()],
        "networks": [_network(each) for each in table.networks],
    }


def _factor(factor: Factor, language: TextLanguage) -> EmissionFactorJson:
    return {
        "id": factor.id,
        "name": factor.name_en if language == "en" else factor.name,
        "co2e_g": factor.per_km.co2e_g,
        "nox_mg": factor.per_km.nox_mg,
        "pm10_mg": factor.per_km.pm10_mg,
        "route_types": list(factor.route_types),
        "scope": factor.scope,
        "source": factor.source,
        "date": factor.date.isoformat(),
    }


def _network(network: NetworkFactor) -> NetworkFactorJson:
    return {
        "feed": network.feed,
        "routes": sorted(global_id(network.feed, route) for route in network.routes),
        "route_types": sorted(network.route_types),
        "factor": network.factor,
    }
