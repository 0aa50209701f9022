"""The ports of following timetables."""

from typing import Protocol

from mobilite.timetable.domain.timetable import Timetable


class TimetableCachePort(Protocol):
    """The replica's folder of packed files."""

    async def obtain(self, sha256: str, address: str) -> Timetable:
        """Map the file of a version, fetched from the URL `address` if it is missing or damaged.
        Raises SourceFault."""
        ...

    async def remove_others(self, retained: frozenset[str]) -> None:
        """Remove the versions that are not in `retained`."""
        ...


PACKED_FILES_PATH = "/internal/timetables"
"""Path under which the import role serves packed files to replicas: `<path>/<sha256>`."""
