"""How people walk where nothing more is known of the way."""

from typing import Final

DETOUR: Final = 1.3
"""Ways on the ground by the straight distance."""
WALKING_SPEED: Final = 1.25
"""Metres a second: 4.5 km/h."""
