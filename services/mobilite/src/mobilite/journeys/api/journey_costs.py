"""What a journey emits and costs, as JSON."""

from mobilite.emissions.domain.emissions import JourneyEmissions
from mobilite.fares.api.fare_texts import fare_note
from mobilite.fares.domain.fare import Fare
from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.api.cost_models import EmissionsJson, FareJson


def emissions_json(found: JourneyEmissions) -> EmissionsJson:
    """Grams of CO2 equivalent, milligrams of NOx and of PM10 for one person; null: not known."""
    total = found.total
    return {
        "co2e_g": None if total.co2e_g is None else round(total.co2e_g),
        "nox_mg": None if total.nox_mg is None else round(total.nox_mg),
        "pm10_mg": None if total.pm10_mg is None else round(total.pm10_mg),
        "unknown_legs": list(found.unknown_legs.get("co2e_g", ())),
    }


def fare_json(fare: Fare | None, language: TextLanguage) -> FareJson | None:
    """The fare of one person; null: not known."""
    if fare is None:
        return None
    return {
        "amount": float(fare.amount),
        "currency": fare.currency,
        "products": list(fare.products),
        "note": fare_note(fare, language),
    }
