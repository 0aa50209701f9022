"""How many push subscriptions are stored at most."""

from dataclasses import dataclass
from typing import Final

from socle.errors import Refusal

_OF_A_BROWSER: Final = 20
OF_THE_PLATFORM: Final = 10_000
"""Confirmed subscriptions to journeys, and as many to lines and stops, which last and take no place
of a journey. One replica can follow all of them, and as many streams."""
_UNCONFIRMED: Final = 1000
"""Subscriptions whose push service has accepted no message yet: to journeys, and as many to lines
and stops."""


@dataclass(frozen=True, slots=True)
class SubscriptionCounts:
    """The stored subscriptions, but for the one that is replaced."""

    of_browser: int
    confirmed: int
    """Of the platform, of the same kind: to journeys, or to lines and stops."""
    unconfirmed: int
    """Of the platform, of the same kind."""

    def check(self, *, confirmed: bool, lasting: bool) -> None:
        """Check that one more can be stored. `confirmed`: whether it is. `lasting`: whether it is
        to a line or a stop, which takes the place of the one renewed least recently. Raises
        Refusal("too_many") beyond the limit of a browser, "unavailable" beyond the others."""
        if self.of_browser >= _OF_A_BROWSER:
            raise Refusal(
                "too_many",
                f"Ce navigateur a déjà {self.of_browser} abonnements : supprimez-en un avant d'en "
                "ajouter.",
            )
        full = not lasting and self.confirmed >= OF_THE_PLATFORM
        if full or (not confirmed and self.unconfirmed >= _UNCONFIRMED):
            raise Refusal(
                "unavailable",
                "Trop de navigateurs s'abonnent en ce moment : réessayez plus tard.",
                retry_after=300,
            )
