"""How each journey of a page differs from the fastest one, in the language of the request."""

from collections.abc import Iterator, Sequence
from typing import Final

from portail.api import quantities
from portail.api.pages.itineraires.steps import displayed_duration
from portail.api.texts import texts_of
from portail.domain.journeys import Journey

_LEAST_LONGER: Final = 3 * 60
"""Seconds of duration that make a difference worth reading."""
_LEAST_WALK: Final = 200
"""Metres of walking that make a difference worth reading."""


def differences(journeys: Sequence[Journey]) -> tuple[str | None, ...]:
    """« 12 min de plus, 1 changement de moins que le plus rapide », for each journey; None for the
    fastest one, and for one that differs in nothing of this."""
    if len(journeys) < 2:
        return (None,) * len(journeys)
    fastest = min(journeys, key=_effort)
    return tuple(None if each is fastest else _difference(each, fastest) for each in journeys)


def _effort(journey: Journey) -> tuple[int, int, int]:
    return _duration(journey), journey.transfers, journey.walk


def _duration(journey: Journey) -> int:
    return displayed_duration(journey.departure, journey.arrival)


def _difference(journey: Journey, fastest: Journey) -> str | None:
    parts = [*_parts(journey, fastest)]
    if not parts:
        return None
    return texts_of("itineraires")["difference"].format(ecarts=", ".join(parts))


def _parts(journey: Journey, fastest: Journey) -> Iterator[str]:
    texts, longer = texts_of("itineraires"), _duration(journey) - _duration(fastest)
    if longer >= _LEAST_LONGER:
        yield texts["de_plus"].format(quantite=quantities.duration(longer))
    if _rides(journey) and _rides(fastest):
        changes = journey.transfers - fastest.transfers
        if changes:
            count = texts["changements_1" if abs(changes) == 1 else "changements"]
            yield _more_or_less(changes, count.format(n=abs(changes)))
    walk = journey.walk - fastest.walk
    if abs(walk) >= _LEAST_WALK:
        yield _more_or_less(walk, texts["marche"].format(distance=quantities.distance(abs(walk))))


def _more_or_less(difference: int, quantity: str) -> str:
    texts = texts_of("itineraires")
    return texts["de_plus" if difference > 0 else "de_moins"].format(quantite=quantity)


def _rides(journey: Journey) -> bool:
    """Whether it has a ride in public transport."""
    return any(leg.route is not None for leg in journey.legs)
