"""What a journey emits and costs. Neither is known yet."""

from mobilite.journeys.api.models import EmissionsJson, FareJson
from mobilite.journeys.domain.journey import Journey


def emissions_json(journey: Journey) -> EmissionsJson:
    """Grams of CO2 equivalent, milligrams of NOx and of PM10 for one person; null: not known."""
    return {"co2e_g": None, "nox_mg": None, "pm10_mg": None}


def fare_json(journey: Journey) -> FareJson | None:
    """The fare of one person; null: not known."""
    return None
