"""The view of a run: whether it is late, where it is, and each of its calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portail.api import words
from portail.api.pages.lignes.current_runs import vehicle_text
from portail.api.texts import texts_of
from portail.api.words import Tone
from portail.domain.board import minutes_of_delay
from portail.domain.modes import mode_of
from portail.domain.trips import Call, CallTime, Trip
from socle.pages import Texts, typeset
from socle.pages.rendering import upper_first

_FEW_PASSED: Final = 3
"""Passed calls up to which none is folded."""


@dataclass(frozen=True, slots=True)
class CallView:
    """A call of the run."""

    key: str
    """The id of its HTML element."""
    call: Call
    time: CallTime
    """Its departure; at the last call its arrival."""
    struck: datetime | None
    """The scheduled time, if it is not the valid one."""
    passed: bool
    next: bool
    state: str
    tone: Tone
    notes: tuple[str, ...]
    day: str | None
    """The day, where it is another than that of the call before."""


@dataclass(frozen=True, slots=True)
class TripView:
    """A run at one instant."""

    now: datetime
    answer: str
    """« 4 min de retard, à l'approche de Coligny »."""
    tone: Tone
    facts: tuple[str, ...]
    """Of its vehicle: label, occupancy, access."""
    calls: tuple[CallView, ...]
    vehicle_seen: datetime | None
    updated_at: datetime | None
    """Of its real time; None if none covers it."""
    live: bool
    """Whether it can still change."""

    @property
    def folded(self) -> tuple[CallView, ...]:
        """The calls long over, while the run is under way: a reader wants the next one first."""
        passed = sum(each.passed for each in self.calls)
        return self.calls[: passed - 1] if self.live and passed > _FEW_PASSED else ()

    @property
    def unfolded(self) -> tuple[CallView, ...]:
        """The other calls."""
        return self.calls[len(self.folded) :]


def trip_view(trip: Trip, now: datetime) -> TripView:
    """The view of a run at an instant."""
    texts = texts_of("courses")
    now = now.astimezone(trip.generated_at.tzinfo)
    answer, tone = _answer(trip, texts)
    skips = _skips(trip, texts)
    if skips is not None:
        answer, tone = f"{answer}. {skips}", "late" if tone == "good" else tone
    seen = trip.vehicle if trip.vehicle is not None and not trip.vehicle.stale else None
    facts = [vehicle_text(seen, texts) if seen is not None else None]
    access = trip.wheelchair if trip.wheelchair in ("yes", "no") else "unknown"
    facts.append(texts[f"vehicule_{access}"])
    facts.append(texts["course_hors_horaire"] if trip.outside_timetable else None)
    facts.append(texts["devie"] if trip.modified else None)
    return TripView(
        now,
        answer,
        tone,
        tuple(upper_first(fact) for fact in facts if fact),
        tuple(_calls(trip, texts)),
        None if trip.vehicle is None else trip.vehicle.measured_at,
        trip.updated_at if trip.is_live or trip.is_stale else None,
        live=trip.status not in ("completed", "cancelled"),
    )


def _answer(trip: Trip, texts: Texts) -> tuple[str, Tone]:
    """« Suis-je en retard ? » in one sentence."""
    if trip.status == "cancelled":
        return texts["reponse_supprimee"], "gone"
    first, last = trip.calls[0], trip.calls[-1]
    lateness, tone = _lateness(trip, texts)
    if trip.status == "completed":
        when = words.clock(last.arrival.due)
        return texts["reponse_finie"].format(
            arret=typeset(last.stop.name), heure=when, retard=lateness
        ), tone
    if trip.status == "upcoming":
        start = trip.next_call or first
        return texts["reponse_avant"].format(
            arret=typeset(start.stop.name),
            moment=_moment(start.departure.due, trip),
            retard=lateness,
        ), tone
    where = _where(trip, texts)
    if trip.delay is None and not trip.is_live and not trip.is_stale:
        vehicle = texts[f"ce_{mode_of(trip.route.type)}"]
        return texts["reponse_inconnue"].format(vehicule=vehicle, lieu=upper_first(where)), "quiet"
    return texts["reponse_en_route"].format(retard=lateness, lieu=where), tone


def _skips(trip: Trip, texts: Texts) -> str | None:
    """The stops ahead that the run leaves out; None if it makes every call."""
    ahead = [call for call in trip.calls if call not in trip.passed and call.state == "skipped"]
    names = [typeset(call.stop.name) for call in ahead]
    if not names or trip.status in ("cancelled", "completed"):
        return None
    return texts["sans_arret" if len(names) == 1 else "sans_arrets"].format(
        n=len(names), noms=", ".join(names)
    )


def _moment(due: datetime, trip: Trip) -> str:
    day = words.day_of(due, trip.generated_at)
    return words.at_clock(day, due) if day else words.clock(due)


def _lateness(trip: Trip, texts: Texts) -> tuple[str, Tone]:
    """« 4 min de retard », « à l'heure », « retard inconnu »."""
    if trip.delay is None:
        return texts["retard_perime" if trip.is_stale else "retard_inconnu"], "quiet"
    minutes = minutes_of_delay(trip.delay)
    if minutes == 0:
        return texts["a_l_heure"], "good"
    name = "de_retard" if minutes > 0 else "d_avance"
    return texts[name].format(n=abs(minutes)), "late"


def _where(trip: Trip, texts: Texts) -> str:
    """« à l'approche de Coligny », « entre Gare et Coligny »."""
    following, before = trip.next_call, trip.previous_call
    if following is None:
        return texts["lieu_inconnu"]
    name = typeset(following.stop.name)
    vehicle = trip.vehicle
    if vehicle is not None and not vehicle.stale and vehicle.status == "stopped_at":
        return texts["lieu_arret"].format(arret=name)
    arriving = following.arrival.predicted
    near = arriving is not None and (arriving - trip.generated_at).total_seconds() < 60
    if near or (vehicle is not None and not vehicle.stale and vehicle.status == "incoming_at"):
        return texts["lieu_approche"].format(arret=name)
    if before is None:
        return texts["lieu_depart"].format(arret=name)
    return texts["lieu_entre"].format(
        un=typeset(before.stop.name), autre=name, heure=words.clock(following.arrival.due)
    )


def _calls(trip: Trip, texts: Texts) -> list[CallView]:
    passed, following, last = trip.passed, trip.next_call, trip.calls[-1]
    views: list[CallView] = []
    before = trip.generated_at
    for place, call in enumerate(trip.calls):
        time = call.arrival if call is last else call.departure
        state, tone = words.state_of(call.state, time.delay, modified=trip.modified)
        moved = minutes_of_delay(time.delay or 0) != 0
        due = time.due
        day = words.day_of(due, trip.generated_at) if due.date() != before.date() else None
        before = due
        views.append(
            CallView(
                f"a-{place}",
                call,
                time,
                time.scheduled if moved else None,
                passed=call in passed,
                next=call is following,
                state=state,
                tone=tone,
                notes=tuple(_notes(call, call is trip.calls[0], call is last, trip, texts)),
                day=day,
            )
        )
    return views


def _notes(call: Call, first: bool, last: bool, trip: Trip, texts: Texts) -> list[str]:
    notes = []
    if call.stop.platform_code:
        name = words.platform_name(call.stop.platform_code, trip.route)
        notes.append(
            name if call.scheduled_stop_id is None else texts["quai_change"].format(quai=name)
        )
    arranged = call.drop_off if last else call.pickup
    if arranged == 2:
        notes.append(texts["a_la_demande"])
    if arranged == 3:
        notes.append(texts["avec_le_conducteur"])
    if call.pickup == 1 and not last:
        notes.append(texts["descente_seule"])
    if call.drop_off == 1 and not first:
        notes.append(texts["montee_seule"])
    occupancy = texts.get(f"affluence_{(call.occupancy or '').lower()}")
    if occupancy and call.runs:
        notes.append(occupancy)
    return notes
