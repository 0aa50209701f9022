"""What following timetables needs of the outside."""

from typing import Protocol

from mobilite.timetable.domain.timetable import Timetable


class TimetableFolder(Protocol):
    """The replica's own folder of packed files."""

    async def obtain(self, sha256: str, address: str) -> Timetable:
        """Map the file, fetched and checked where it is not there yet. Raises SourceFault."""
        ...

    async def tidy(self, keep: frozenset[str]) -> None:
        """Remove the files of every other version."""
        ...


PACKED_FILES = "/internal/timetables"
"""Where the import role hands packed files to the replicas, under its base address: `<sha256>`."""
