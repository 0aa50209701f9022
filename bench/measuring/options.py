"""The options of a benchmark, from `make bench ARGS=…`."""

from dataclasses import dataclass

SCALES = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line that concern every benchmark."""

    scales: tuple[int, ...] = SCALES
    """Multiples of the demo region's size; each makes rows of its own."""
    warm_minutes: float = 10
    """How long a peer on a JVM is used before it is measured."""
