"""The operator's file of car parks, as one that is followed (`machine/flows/follow_file.py`)."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from mobilite.car_parks.adapters.bnls_file import read_bnls, rejections_text
from mobilite.car_parks.domain.car_park import CarParks
from mobilite.machine.adapters.file_stamp import file_stamp

log = logging.getLogger(__name__)


class CarParkSource:
    """Reads the file each time: the complete national one has some thousand lines."""

    def stamp(self, sources: Sequence[Path]) -> str | None:
        """Changes when the file does; None if it cannot be read."""
        return file_stamp(sources)

    async def obtain(self, sources: Sequence[Path]) -> CarParks:
        """The car parks of the file. Raises Refusal as `read_bnls`."""
        (source,) = sources
        read = await asyncio.to_thread(read_bnls, source)
        if read.rejected:
            log.warning("%s: lines left out: %s", source, rejections_text(read.rejected))
        log.info("%s: %d park-and-rides, %d other car parks", source, len(read.parks), read.others)
        return read.parks

    async def find_former(self) -> CarParks | None:
        """None: the file is not stored."""
        return None
