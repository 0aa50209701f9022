"""A spatial index: the closest of thousands of points, by a grid of squares."""

from collections import defaultdict

from demo.network.geography import Point, distance


class Neighbourhood:
    """Points with ids. `metres`: how far `near` searches."""

    def __init__(self, metres: float) -> None:
        self._metres = metres
        self._side = metres / 70_000.0  # degrees: at least `metres` in both directions up to 50° N
        self._squares: dict[tuple[int, int], list[tuple[Point, str]]] = defaultdict(list)

    def add(self, id_: str, at: Point) -> None:
        """Add a point."""
        self._squares[self._square(at)].append((at, id_))

    def near(self, at: Point) -> str | None:
        """The id of the closest point that is no further than `metres`; None without one."""
        row, column = self._square(at)
        best: tuple[float, str] | None = None
        for r in (row - 1, row, row + 1):
            for c in (column - 1, column, column + 1):
                for point, id_ in self._squares.get((r, c), ()):
                    far = distance(at, point)
                    if far <= self._metres and (best is None or (far, id_) < best):
                        best = far, id_
        return best[1] if best else None

    def _square(self, at: Point) -> tuple[int, int]:
        return int(at[0] / self._side), int(at[1] / self._side)
