"""Tight connections in words, in the language of the request."""

from typing import Final

from portail.api.texts import texts_of
from portail.domain.journeys import Connection, Journey
from socle.pages import typeset

_MINUTE: Final = 60


def connection_words(connection: Connection | None) -> str | None:
    """« Correspondance serrée : 3 minutes, réussie environ 6 fois sur 10 (120 passages observés). »
    None if it is not tight, or there is none."""
    if connection is None or not connection.tight:
        return None
    texts = texts_of("itineraires")
    if connection.slack < 0:
        words = texts["correspondance_manquee"]
    else:
        words = texts["correspondance_serree"].format(
            temps=_left(connection.slack), chances=_chances(connection)
        )
    if connection.missed_arrival is not None:
        clock = f"{connection.missed_arrival:%H:%M}"
        words += " " + texts["correspondance_sinon"].format(heure=clock)
    return typeset(words)


def risk_words(journey: Journey) -> str | None:
    """« Correspondance serrée : 6 chances sur 10 », of all its tight connections together; None
    without one."""
    tight = [leg.connection for leg in journey.legs if leg.connection and leg.connection.tight]
    if not tight:
        return None
    texts, probability = texts_of("itineraires"), 1.0
    if any(each.slack < 0 for each in tight):
        return typeset(texts["risque_manquee"])
    for each in tight:
        if each.probability is None:
            return typeset(texts["risque_inconnu"])
        probability *= each.probability
    return typeset(texts["risque"].format(chances=_tenths(probability)))


def _left(seconds: int) -> str:
    texts, minutes = texts_of("itineraires"), seconds // _MINUTE
    if minutes == 0:
        return texts["reste_moins"]
    return texts["reste_une" if minutes == 1 else "reste_minutes"].format(n=minutes)


def _chances(connection: Connection) -> str:
    texts = texts_of("itineraires")
    if connection.probability is None:
        return texts["reussite_inconnue"]
    tenths = round(connection.probability * 10)
    name = "rare" if tenths < 1 else "presque_toujours" if tenths > 9 else "frequence"
    return texts[f"reussite_{name}"].format(n=tenths, total=connection.observations)


def _tenths(probability: float) -> str:
    """« 6 chances sur 10 »; never none, never all."""
    texts, tenths = texts_of("itineraires"), min(max(round(probability * 10), 1), 9)
    return texts["chance" if tenths == 1 else "chances"].format(n=tenths)
