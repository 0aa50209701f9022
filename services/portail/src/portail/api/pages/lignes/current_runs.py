"""The runs of a line that are under way, in words: between which stops, how late."""

from dataclasses import dataclass
from datetime import datetime

from portail.api import words
from portail.api.addresses import trip_address
from portail.api.texts import texts_of
from portail.api.words import Tone
from portail.domain.lines import CurrentRun, LineRuns, Vehicle
from socle.pages import Texts, typeset


@dataclass(frozen=True, slots=True)
class RunView:
    """A run under way."""

    key: str
    """The id of its HTML element."""
    address: str
    headsign: str
    where: str
    """« entre Gare et Cathédrale »."""
    due: datetime | None
    """When it is expected at the next stop."""
    state: str
    """« retard 4 min »."""
    tone: Tone
    vehicle: str | None
    """« rame 7, peu de places assises »."""
    seen_at: datetime | None
    """When its vehicle was last seen."""


@dataclass(frozen=True, slots=True)
class RunsView:
    """The runs of one direction of a line at one instant."""

    now: datetime
    runs: tuple[RunView, ...]
    count: str
    by_timetable: bool
    """Whether a run is placed by its timetable alone."""


def runs_view(runs: LineRuns, route_id: str, direction: int | None, now: datetime) -> RunsView:
    """The view of the runs of one direction at an instant."""
    texts = texts_of("lignes")
    chosen = [run for run in runs.runs if run.direction_id == direction]
    circulating = sum(run.status == "running" for run in chosen)
    name = ("courses_aucune", "courses_une", "courses_plusieurs")[min(circulating, 2)]
    return RunsView(
        now.astimezone(runs.generated_at.tzinfo),
        tuple(_run(run, route_id, texts) for run in chosen),
        texts[name].format(n=circulating),
        any(_is_by_timetable(run) for run in chosen),
    )


def _is_by_timetable(run: CurrentRun) -> bool:
    predicted = run.next is not None and run.next.predicted is not None
    return run.status == "running" and run.vehicle is None and not predicted


def _run(run: CurrentRun, route_id: str, texts: Texts) -> RunView:
    state: str = texts["supprime"]
    tone: Tone = "gone"
    if run.next is not None:
        state, tone = words.state_of(run.next.state, run.next.delay)
        if run.outside_timetable and run.next.delay is not None:
            state, tone = words.state_of("predicted", run.next.delay)
    known = run.vehicle if run.vehicle is not None and not run.vehicle.stale else None
    return RunView(
        key="c-" + words.short_hash(repr((run.trip_id, run.start_date, run.start_time))),
        address=trip_address(run.trip_id, run.start_date, run.start_time, route_id),
        headsign=typeset(run.headsign),
        where=where_of(run, known, texts),
        due=None if run.next is None else run.next.due,
        state=state,
        tone=tone,
        vehicle=None if known is None else vehicle_text(known, texts),
        seen_at=None if run.vehicle is None else run.vehicle.measured_at,
    )


def where_of(run: CurrentRun, vehicle: Vehicle | None, texts: Texts) -> str:
    """« à l'arrêt Gare », « à l'approche de Gare », « entre Gare et Cathédrale »."""
    if run.next is None:
        start = "" if run.departure is None else words.clock(run.departure)
        return texts["course_de_heure"].format(heure=start)
    following = typeset(run.next.stop.name)
    if vehicle is not None and vehicle.status == "stopped_at":
        return texts["a_l_arret"].format(arret=following)
    if vehicle is not None and vehicle.status == "incoming_at":
        return texts["a_l_approche"].format(arret=following)
    if run.previous is None:
        return texts["va_partir"].format(arret=following)
    return texts["entre_arrets"].format(un=typeset(run.previous.stop.name), autre=following)


def vehicle_text(vehicle: Vehicle, texts: Texts) -> str | None:
    """What is known of a vehicle: its label and its occupancy; None if nothing is."""
    occupancy = texts.get(f"affluence_{(vehicle.occupancy or '').lower()}")
    label = texts["vehicule"].format(nom=typeset(vehicle.label)) if vehicle.label else None
    return ", ".join(part for part in (label, occupancy) if part) or None
