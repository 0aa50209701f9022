"""What a fare includes, in a sentence for people."""

from mobilite.fares.domain.fare import Fare
from mobilite.http.api.languages import TextLanguage


def fare_note(fare: Fare, language: TextLanguage) -> str:
    """For whom the price is, and what it needs."""
    english = language == "en"
    parts = ["Full fare for one person" if english else "Plein tarif, par personne"]
    if fare.media:
        parts.append(("with " if english else "avec ") + ", ".join(fare.media))
    if fare.before_boarding:
        parts.append("bought before boarding" if english else "à acheter avant de monter")
    return ", ".join(parts) + "."
