"""Whether a journey can be made by wheelchair, in one sentence of the request's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portail.api.texts import texts_of
from portail.domain.alerts import AlertSummary
from portail.domain.journeys import Journey

OBSTACLE: Final = "ACCESSIBILITY_ISSUE"
"""The effect of an alert about a lift out of order."""


@dataclass(frozen=True, slots=True)
class WheelchairView:
    """The sentence, and the obstacle that it names."""

    sentence: str
    obstacle: AlertSummary | None


def wheelchair_view(journey: Journey, alerts: Mapping[str, AlertSummary]) -> WheelchairView:
    """Whether stops and vehicles are accessible. `alerts`: those of the page, by id."""
    ids = dict.fromkeys(each for leg in journey.legs for each in leg.alerts)
    known = [alerts[each] for each in ids if each in alerts]
    obstacle = next((each for each in known if each.effect == OBSTACLE), None)
    return WheelchairView(texts_of("itineraires")[f"fauteuil_{_name(journey)}"], obstacle)


def access_fact(journey: Journey) -> str:
    """« accessible », « accès perturbé », for people who did not ask for it."""
    usual = journey.wheelchair_without_alerts
    disturbed = journey.wheelchair == "unknown" and usual == "yes"
    return texts_of("itineraires")["acces_perturbe" if disturbed else f"acces_{journey.wheelchair}"]


def _name(journey: Journey) -> str:
    if journey.wheelchair in ("yes", "no"):
        return journey.wheelchair
    if journey.wheelchair_without_alerts == "yes":
        return "obstacle"
    vehicles = [leg.wheelchair for leg in journey.legs if leg.route is not None]
    return "arrets" if vehicles and all(each == "yes" for each in vehicles) else "unknown"
