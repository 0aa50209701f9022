"""The timetable of a day as a table: runs × stops, or the minutes of each hour at one stop."""

import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final

from portail.api import words
from portail.api.addresses import trip_address
from portail.api.texts import texts_of
from portail.domain.lines import LineTimetable, TimetableCall, TimetableRun
from portail.domain.stops import Stop
from socle.pages import Texts, typeset

_BY_ARRANGEMENT: Final = {2: "note_reservation", 3: "note_conducteur"}
"""By pickup_type and drop_off_type."""


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote."""

    mark: str
    text: str


@dataclass(slots=True)
class Notes:
    """The footnotes of a table, in the order of their first use."""

    texts: Texts
    found: dict[str, Note] = field(default_factory=dict)

    def mark(self, text: str) -> str:
        """The mark of a footnote."""
        if text not in self.found:
            place = len(self.found)
            letter = string.ascii_lowercase[place % 26] * (1 + place // 26)
            self.found[text] = Note(letter, text)
        return self.found[text].mark


@dataclass(frozen=True, slots=True)
class Cell:
    """A time of a table."""

    time: str
    """« 08:02 », or the minutes « 02 »; empty: the run does not go there."""
    instant: datetime | None = None
    address: str = ""
    spoken: str = ""
    """What else a reader must know of it: « supprimé »."""
    gone: bool = False
    """Whether the run does not call there after all."""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A run of the table."""

    start: str
    """When it leaves, « 08:02 »."""
    headsign: str
    address: str
    state: str
    """« supprimée », « supplémentaire »; empty: as planned."""
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A stop of the table."""

    stop: Stop
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """All runs of a day at all stops."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class HourRow:
    """The departures of one hour."""

    hour: str
    """« 08 h »."""
    cells: tuple[Cell, ...]
    every: str | None
    """« environ toutes les 10 min », if all runs of the hour go by headway."""


@dataclass(frozen=True, slots=True)
class HoursView:
    """The departures of a day at one stop."""

    hours: tuple[HourRow, ...]
    notes: tuple[Note, ...]


def table_of(timetable: LineTimetable, route_id: str, usual: str | None) -> TableView:
    """The table of a timetable. `usual`: the headsign that is not noted."""
    notes = Notes(texts_of("lignes"))
    columns = tuple(_column(run, route_id, usual, notes) for run in timetable.runs)
    calls = [{call.stop: call for call in run.calls} for run in timetable.runs]
    rows = tuple(
        Row(
            stop,
            tuple(
                _cell(own.get(place), run, notes)
                for own, run in zip(calls, timetable.runs, strict=True)
            ),
        )
        for place, stop in enumerate(timetable.stops)
    )
    return TableView(columns, rows, tuple(notes.found.values()))


def hours_of(timetable: LineTimetable, route_id: str, usual: str | None) -> HoursView:
    """The departures of a timetable at one stop by hour, with the arrivals of runs that end
    there."""
    notes = Notes(texts_of("lignes"))
    calls = sorted(
        ((call, run) for run in timetable.runs for call in run.calls),
        key=lambda each: each[0].departure,
    )
    hours = tuple(
        _hour(list(group), route_id, usual, notes)
        for _, group in groupby(calls, key=lambda each: f"{each[0].departure:%Y%m%d%H}")
    )
    return HoursView(hours, tuple(notes.found.values()))


def _hour(
    calls: list[tuple[TimetableCall, TimetableRun]],
    route_id: str,
    usual: str | None,
    notes: Notes,
) -> HourRow:
    cells = tuple(_minute(call, run, route_id, usual, notes) for call, run in calls)
    every = _headway([call for call, run in calls if run.headway])
    by_headway = every is not None and all(run.headway for _, run in calls)
    return HourRow(
        notes.texts["heure_de"].format(h=f"{calls[0][0].departure:%H}"),
        cells,
        notes.texts["frequence"].format(n=every) if by_headway else None,
    )


def _headway(calls: list[TimetableCall]) -> int | None:
    """The usual minutes between two departures; None for fewer than two."""
    gaps = sorted(
        int((after.departure - before.departure).total_seconds() // 60)
        for before, after in pairwise(calls)
    )
    return gaps[len(gaps) // 2] if gaps else None


def _column(run: TimetableRun, route_id: str, usual: str | None, notes: Notes) -> Column:
    texts = notes.texts
    state = ""
    if run.cancelled:
        state = texts["course_supprimee"]
    elif run.outside_timetable:
        state = texts["course_ajoutee"]
    elif run.modified:
        state = texts["course_deviee"]
    return Column(
        words.clock(run.calls[0].departure) if run.calls else "",
        typeset(run.headsign),
        trip_address(run.trip_id, run.start_date, run.start_time, route_id),
        state,
        tuple(_run_marks(run, usual, notes)),
    )


def _run_marks(run: TimetableRun, usual: str | None, notes: Notes) -> Iterable[str]:
    if run.headsign and usual is not None and run.headsign != usual:
        yield notes.mark(notes.texts["note_vers"].format(vers=typeset(run.headsign)))
    if run.headway:
        yield notes.mark(notes.texts["note_frequence"])


def _cell(call: TimetableCall | None, run: TimetableRun, notes: Notes) -> Cell:
    if call is None:
        return Cell("")
    gone = run.cancelled or not call.runs
    spoken = ""
    if gone:
        spoken = notes.texts["supprime" if run.cancelled else "non_desservi"]
    marks = tuple(_call_marks(call, run, notes))
    return Cell(words.clock(call.departure), call.departure, "", spoken, gone, marks)


def _call_marks(call: TimetableCall, run: TimetableRun, notes: Notes) -> Iterable[str]:
    texts = notes.texts
    ends = call.stop == run.last_stop
    arranged = _BY_ARRANGEMENT.get(call.drop_off if ends else call.pickup)
    if arranged is not None:
        yield notes.mark(texts[arranged])
    if call.pickup == 1 and not ends:
        yield notes.mark(texts["note_descente"])
    if call.drop_off == 1 and not ends and call.stop:
        yield notes.mark(texts["note_montee"])
    if call.approximate and not run.headway:
        yield notes.mark(texts["note_approximatif"])


def _minute(
    call: TimetableCall, run: TimetableRun, route_id: str, usual: str | None, notes: Notes
) -> Cell:
    texts = notes.texts
    gone = run.cancelled or not call.runs
    notices = [texts["supprime" if run.cancelled else "non_desservi"]] if gone else []
    if run.outside_timetable:
        notices.append(texts["course_ajoutee"])
    marks = [*_run_marks(run, usual, notes), *_call_marks(call, run, notes)]
    if call.stop == run.last_stop:
        marks.append(notes.mark(texts["note_terminus"]))
    return Cell(
        f"{call.departure:%M}",
        call.departure,
        trip_address(run.trip_id, run.start_date, run.start_time, route_id),
        ", ".join(notices),
        gone,
        tuple(marks),
    )
