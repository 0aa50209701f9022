"""What `make bench ARGS=…` chooses."""

from dataclasses import dataclass

SCALES = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class Options:
    """`scales`: how many times the demo region's size, a row of each table each."""

    scales: tuple[int, ...] = SCALES
