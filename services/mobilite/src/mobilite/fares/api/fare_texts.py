"""What a fare includes, in a sentence for people."""

from mobilite.fares.domain.fare import Fare
from mobilite.http.api.languages import TextLanguage


def fare_note(fare: Fare, language: TextLanguage) -> str:
    """For whom the price is, and what it needs."""
    media = ", ".join(fare.media)
    if language == "en":
        return f"Full fare for one person, with {media}." if media else "Full fare for one person."
    return f"Plein tarif, par personne, avec {media}." if media else "Plein tarif, par personne."
