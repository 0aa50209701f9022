"""The view of a board: its lines by day, its alerts, the state of its real time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from portail.api import words
from portail.api.texts import texts_of
from portail.api.words import Line, line_of
from portail.domain.alerts import AlertSummary
from portail.domain.board import Board, BoardNetwork
from portail.domain.changes import Change

_PAGE: Final = "arret"
MAX_ANNOUNCED: Final = 3
"""Number of changes that are announced one by one; the others are only counted."""
LARGE_DISPLAY_LINES: Final = 12
"""Lines of the large display, which fill a tall screen; a wide one hides the last ones."""


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day."""

    name: str | None
    """None for today."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """The values of a board's templates; texts are in the language of the request."""

    board: Board
    now: datetime
    """In the time zone of the board."""
    days: tuple[Day, ...]
    alerts: tuple[AlertSummary, ...]
    alert_count: str
    """« 2 perturbations, 1 information »."""
    urgent: tuple[AlertSummary, ...]
    """The alerts that disrupt now."""
    unknown_access: str | None
    """A sentence on the departures whose accessibility is unknown; None without any."""
    credits: tuple[str, ...]
    """The attributions of the networks."""
    live: bool
    """Whether it is the first page, which is updated by the stream."""


def view_of(board: Board, now: datetime, *, borne: bool = False, live: bool = True) -> BoardView:
    """The view of a board at an instant. `borne`: for a large display. `live`: as in BoardView."""
    now = now.astimezone(board.generated_at.tzinfo)
    lines = [
        line_of(departure, departure.due, now)
        for departure in board.still_to_come(now)
        if departure.due is not None
    ][: LARGE_DISPLAY_LINES if borne else None]
    return BoardView(
        board,
        now,
        days=_one_list(lines) if borne else _by_day(lines),
        alerts=tuple(sorted(board.alerts, key=lambda alert: not alert.active)),
        alert_count=words.alert_count(alert.disrupts for alert in board.alerts),
        urgent=tuple(alert for alert in board.alerts if alert.active and alert.disrupts),
        unknown_access=_unknown_access(lines),
        credits=tuple(_credit(network) for network in board.feeds),
        live=live,
    )


def _by_day(lines: list[Line]) -> tuple[Day, ...]:
    return tuple(Day(name, tuple(each)) for name, each in groupby(lines, key=lambda line: line.day))


def _one_list(lines: list[Line]) -> tuple[Day, ...]:
    """All lines as one list: on a large display, later lines can be hidden, with their day."""
    return (Day(None, tuple(lines)),) if lines else ()


def announcement_of(changes: Iterable[Change]) -> str:
    """The sentences on changes for screen readers; empty without changes."""
    sentences = [_sentence(change) for change in changes]
    if len(sentences) > MAX_ANNOUNCED:
        more = texts_of(_PAGE)["dit_autres"].format(n=len(sentences) - MAX_ANNOUNCED)
        sentences = [*sentences[:MAX_ANNOUNCED], more]
    return " ".join(sentences)


def _sentence(change: Change) -> str:
    sentence, departure = texts_of(_PAGE)[f"dit_{change.change_type}"], change.departure
    if departure is None or departure.due is None:
        return sentence
    line = line_of(departure, departure.due, departure.due)
    return sentence.format(
        ligne=departure.route.name,
        destination=words.destination(departure),
        heure=words.clock(departure.scheduled or departure.due),
        etat=line.state,
        quai=line.platform or "",
    )


def _unknown_access(lines: list[Line]) -> str | None:
    """As `BoardView.unknown_access`: one sentence rather than a word on every line."""
    texts = texts_of(_PAGE)
    unknown = sum(line.departure.wheelchair not in ("yes", "no") for line in lines)
    if not unknown:
        return None
    if unknown == len(lines):
        return texts["acces_tous_inconnus"]
    return texts["acces_inconnus_un"] if unknown == 1 else texts["acces_inconnus"].format(n=unknown)


def _credit(network: BoardNetwork) -> str:
    texts = texts_of(_PAGE)
    licence = texts["sources_licence"].format(licence=network.licence) if network.licence else ""
    return texts["sources"].format(nom=network.attribution or network.name, licence=licence)
