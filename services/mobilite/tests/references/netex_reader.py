"""Reads NeTEx of the French profile back, by its elements alone: nothing of the writer is used."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from xml.etree import ElementTree

NETEX = "{http://www.netex.org.uk/netex}"
_DAY = 86_400


class Call(NamedTuple):
    """A call of a journey."""

    stop: str
    """The PrivateCode of its ScheduledStopPoint."""
    arrival: int
    """Seconds of the service day, as the departure."""
    departure: int
    boarding: bool
    alighting: bool
    headsign: str


@dataclass(frozen=True)
class Journey:
    """A ServiceJourney, or a run of a TemplateServiceJourney."""

    trip: str
    """Its PrivateCode."""
    line: str
    direction: str
    days: frozenset[date]
    calls: tuple[Call, ...]


class NetexReader:
    """One document."""

    def __init__(self, document: str | bytes) -> None:
        self.root = ElementTree.fromstring(document)
        self.by_id = {each.get("id"): each for each in self.root.iter() if each.get("id")}
        self.days = self._days()

    def all(self, name: str) -> Iterator[ElementTree.Element]:
        """The elements of a name."""
        return self.root.iter(NETEX + name)

    def text(self, parent: ElementTree.Element | None, path: str) -> str:
        """The text of an element below another; "" if there is none."""
        found = None if parent is None else parent.find("/".join(map(_tag, path.split("/"))))
        return "" if found is None else found.text or ""

    def referred(self, parent: ElementTree.Element, name: str) -> ElementTree.Element:
        """The object to which a child of an element refers."""
        reference = parent.find(f".//{NETEX}{name}Ref")
        assert reference is not None, name
        return self.by_id[reference.get("ref")]

    def code(self, each: ElementTree.Element) -> str:
        """The PrivateCode of an object."""
        return self.text(each, "PrivateCode")

    def dangling(self) -> list[str | None]:
        """The references to objects of the document that it does not have."""
        return [
            each.get("ref")
            for each in self.root.iter()
            if each.get("ref") and each.get("version") and each.get("ref") not in self.by_id
        ]

    def _days(self) -> dict[str, set[date]]:
        """The dates of each DayType, by id."""
        days: dict[str, set[date]] = defaultdict(set)
        removed: dict[str, set[date]] = defaultdict(set)
        for assignment in self.all("DayTypeAssignment"):
            day_type = self.referred(assignment, "DayType")
            name = day_type.get("id") or ""
            single = self.text(assignment, "Date")
            if single:
                gone = self.text(assignment, "isAvailable") == "false"
                (removed if gone else days)[name].add(date.fromisoformat(single))
            else:
                period = self.referred(assignment, "OperatingPeriod")
                week = self.text(day_type, "properties/PropertyOfDay/DaysOfWeek").split()
                day = date.fromisoformat(self.text(period, "FromDate")[:10])
                while day <= date.fromisoformat(self.text(period, "ToDate")[:10]):
                    if f"{day:%A}" in week:
                        days[name].add(day)
                    day += timedelta(days=1)
        return {name: each - removed[name] for name, each in days.items()}

    def journeys(self) -> Iterator[Journey]:
        """Every journey; one for each run of a template."""
        for each in self.all("ServiceJourney"):
            yield self._journey(each)
        for each in self.all("TemplateServiceJourney"):
            template = self._journey(each)
            for start in self._starts(each):
                shift = start - template.calls[0].departure
                yield Journey(
                    template.trip,
                    template.line,
                    template.direction,
                    template.days,
                    tuple(
                        call._replace(
                            arrival=call.arrival + shift, departure=call.departure + shift
                        )
                        for call in template.calls
                    ),
                )

    def _starts(self, template: ElementTree.Element) -> Iterator[int]:
        for group in template.iter(f"{NETEX}HeadwayJourneyGroup"):
            first = self._seconds(group, "FirstDepartureTime", "FirstDayOffset")
            last = self._seconds(group, "LastDepartureTime", "LastDayOffset")
            headway = int(self.text(group, "ScheduledHeadwayInterval")[2:-1])
            yield from range(first, last + 1, headway)

    def _journey(self, each: ElementTree.Element) -> Journey:
        pattern = self.referred(each, "ServiceJourneyPattern")
        route = self.referred(pattern, "Route")
        points = list(pattern.iter(f"{NETEX}StopPointInJourneyPattern"))
        times = list(each.iter(f"{NETEX}TimetabledPassingTime"))
        assert [self.referred(time, "StopPointInJourneyPattern") for time in times] == points
        assert self.referred(each, "Line") is self.referred(route, "Line")
        return Journey(
            self.code(each),
            self.code(self.referred(each, "Line")),
            self.text(route, "DirectionType"),
            frozenset(self.days.get(self.referred(each, "DayType").get("id") or "", ())),
            tuple(
                self._call(pattern, point, time) for point, time in zip(points, times, strict=True)
            ),
        )

    def _call(
        self, pattern: ElementTree.Element, point: ElementTree.Element, time: ElementTree.Element
    ) -> Call:
        own = point.find(f"{NETEX}DestinationDisplayRef")
        display = own if own is not None else pattern.find(f"{NETEX}DestinationDisplayRef")
        return Call(
            self.code(self.referred(point, "ScheduledStopPoint")),
            self._seconds(time, "ArrivalTime", "ArrivalDayOffset"),
            self._seconds(time, "DepartureTime", "DepartureDayOffset"),
            self.text(point, "ForBoarding") == "true",
            self.text(point, "ForAlighting") == "true",
            "" if display is None else self.text(self.by_id[display.get("ref")], "FrontText"),
        )

    def _seconds(self, parent: ElementTree.Element, time: str, offset: str) -> int:
        hours, minutes, seconds = map(int, self.text(parent, time).split(":"))
        days = int(self.text(parent, offset) or 0)
        return days * _DAY + hours * 3600 + minutes * 60 + seconds


def _tag(name: str) -> str:
    return NETEX + name
