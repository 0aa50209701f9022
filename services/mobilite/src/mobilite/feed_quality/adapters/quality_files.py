"""The sums of each day in a file of its own, `YYYY-MM-DD.json`, by feed."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from mobilite.feed_quality.domain.quality_day import QualityDay
from mobilite.feed_quality.ports import FeedDays
from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.atomic_file import atomic_file

log = logging.getLogger(__name__)

_SUFFIX: Final = ".json"
_DAYS: Final = TypeAdapter(dict[FeedId, QualityDay])


class QualityFiles:
    """Stores sums below a folder. Implements `QualityStore`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, day: date) -> FeedDays:
        """The sums of a date; {} if there are none, or they cannot be read."""
        path = self._path(day)
        try:
            return _DAYS.validate_json(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            log.warning("the feed quality in %s is not read", path, exc_info=True)
            return {}

    def store(self, day: date, feeds: FeedDays) -> None:
        """Store the sums of a date in place of those before. Errors of the disk are logged."""
        content = json.dumps({feed: asdict(sums) for feed, sums in sorted(feeds.items())})
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_file(self._folder) as part:
                part.content.write(content.encode())
                part.install(self._path(day))
        except OSError as error:
            log.warning("feed quality of %s is not stored: %s", day, error)

    def remove_before(self, day: date) -> None:
        """Remove the sums of earlier dates. Errors of the disk are logged."""
        for each in self.days():
            if each >= day:
                return
            try:
                self._path(each).unlink(missing_ok=True)
            except OSError as error:
                log.warning("feed quality of %s is not removed: %s", each, error)

    def days(self) -> Sequence[date]:
        """The dates with sums, in order."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                found.append(date.fromisoformat(path.stem))
            except ValueError:
                continue  # no file of ours
        return sorted(found)

    def _path(self, day: date) -> Path:
        return self._folder / f"{day.isoformat()}{_SUFFIX}"
