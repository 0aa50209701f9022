"""The state of one real-time address of a feed, as far as its updates depend on it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One real-time address of a feed."""

    as_of: int | None = None
    """POSIX seconds of its content; None if it never answered."""
    decides: bool = False
    """Whether its updates are decisions by people, which take precedence over software."""
    estimates: bool = False
    """Whether its updates are estimated by this platform, from the positions of vehicles."""
