"""Which timetable is the offer of a date: the one in service then, so that past dates retain it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mobilite.http.domain.date_ranges import DateRange


@dataclass(frozen=True, slots=True)
class SupplyVersion:
    """A timetable whose supply is computed."""

    sha256: str
    """Of the packed file."""
    since: date
    """The date on which it came into service here."""


@dataclass(frozen=True, slots=True)
class VersionDates:
    """The dates of a query that a version is the offer of."""

    sha256: str
    dates: DateRange


def with_version(
    versions: Sequence[SupplyVersion], new: SupplyVersion
) -> tuple[SupplyVersion, ...]:
    """The versions in order, with a new one, which replaces that of the same date."""
    if versions and versions[-1].sha256 == new.sha256:
        return tuple(versions)
    return (*(each for each in versions if each.since < new.since), new)


def without_old(versions: Sequence[SupplyVersion], oldest: date) -> tuple[SupplyVersion, ...]:
    """Those that are the offer of a date from `oldest` on."""
    later = [each for each in versions if each.since > oldest]
    return (*versions[: len(versions) - len(later)][-1:], *later)


def versions_of(versions: Sequence[SupplyVersion], wanted: DateRange) -> list[VersionDates]:
    """The versions of the dates, in order. Dates before the first version have it too."""
    found = []
    for row, version in enumerate(versions):
        first = wanted.first if row == 0 else max(wanted.first, version.since)
        last = wanted.last
        if row + 1 < len(versions):
            last = min(last, versions[row + 1].since - timedelta(days=1))
        if first <= last:
            found.append(VersionDates(version.sha256, DateRange(first, last)))
    return found
