"""Whether a journey can be made by wheelchair, in one sentence of the request's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portail.api.rendering import headline
from portail.api.texts import texts_of
from portail.domain.alerts import OBSTACLE, Alert, AlertSummary
from portail.domain.journeys import Journey

_MAX_TEXT: Final = 160
"""Characters of the text of an alert that a card displays."""


@dataclass(frozen=True, slots=True)
class WheelchairView:
    """The sentence, and the obstacle that it names."""

    sentence: str
    obstacle: AlertSummary | None
    text: str | None = None
    """What its operator writes about it, in short: also how to get help."""
    language: str | None = None
    """Of `text`."""


def wheelchair_view(
    journey: Journey, alerts: Mapping[str, AlertSummary], in_full: Sequence[Alert]
) -> WheelchairView:
    """Whether stops and vehicles are accessible. `alerts`: those of the page, by id;
    `in_full`: those whose text is known."""
    ids = dict.fromkeys(each for leg in journey.legs for each in leg.alerts)
    known = [alerts[each] for each in ids if each in alerts]
    obstacle = next((each for each in known if each.effect == OBSTACLE), None)
    sentence = texts_of("itineraires")[f"fauteuil_{_name(journey)}"]
    described = next((each for each in in_full if obstacle and each.id == obstacle.id), None)
    if described is None:
        return WheelchairView(sentence, obstacle)
    text = _in_short(described) or None
    return WheelchairView(sentence, obstacle, text, described.description_language)


def _in_short(alert: Alert) -> str:
    """The description without the headline, in one paragraph, cut after a word."""
    lines = (each.strip() for each in (alert.description or "").splitlines())
    text = " ".join(each for each in lines if each and each != headline(alert))
    if len(text) <= _MAX_TEXT:
        return text
    cut = text[:_MAX_TEXT].rpartition(" ")[0] or text[:_MAX_TEXT]
    return cut.rstrip(" ,;:") + "\N{HORIZONTAL ELLIPSIS}"


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
