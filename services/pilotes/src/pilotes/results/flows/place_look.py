"""The one look at a trial that draws places: at its end, at a group that is fixed then.

Looks before the end would need an interval that is valid at any time with four places an arm; there
is none that is useful. Between looks nobody could be added without a second one, so nobody is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Integers, Measure
from pilotes.disclosure.domain.places import PlaceFigures, has_split_place, place_figures
from pilotes.disclosure.domain.scheduled_places import PlaceSchedule, ScheduleFigures
from pilotes.disclosure.domain.tranches import DisclosedFigures, Population
from pilotes.record.domain.draws.schedules import draw_schedule, period_of
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.results.domain.looks import place_look_at
from pilotes.results.ports import CompletedPeople, FigureUpdate


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPeople:
    """The people of a trial that draws places, who count."""

    completed: CompletedPeople
    place: Integers
    """Of each, in the order of the protocol; -1: unknown."""
    schedule: PlaceSchedule | None
    """Their periods; None: the arm of a place does not change."""
    as_drawn: bool
    """Whether all people have the arm that was drawn for their place."""
    arms: int
    """Number of arms."""

    def only(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Those of them for whom `chosen` is true."""
        schedule = None if self.schedule is None else self.schedule.only(chosen)
        return replace(
            self,
            completed=self.completed.only(chosen),
            place=self.place[chosen],
            schedule=schedule,
        )

    def with_places(
        self,
        disclosed: DisclosedFigures,
        people: Population,
        measures: Mapping[str, Measure],
        names: Iterable[str],
    ) -> DisclosedFigures:
        """The figures with those over places. `people`: with their new tranches. `measures`: of
        each name, of these people. `names`: of the measures that are compared."""
        found = dict(disclosed.by_place)
        for name in names:
            groups = disclosed.groups.get(name, ())
            tranches = frozenset[int]().union(*(group.tranches for group in groups))
            # They are fixed when they are first shown, like those of tranches.
            known = name in found and found[name].tranches == tranches
            if name not in measures or not tranches or known:
                continue
            figures = self._figures(measures[name], people, tranches)
            if figures is not None:
                found[name] = figures
        return replace(disclosed, by_place=found)

    def _figures(
        self, measure: Measure, people: Population, tranches: frozenset[int]
    ) -> PlaceFigures | ScheduleFigures | None:
        if self.schedule is not None:
            return self.schedule.figures(measure, tranche=people.tranche, tranches=tranches)
        return place_figures(
            measure,
            arm=people.arm,
            tranche=people.tranche,
            place=self.place,
            arms=self.arms,
            tranches=tranches,
        )


async def place_people(
    update: FigureUpdate,
    completed: CompletedPeople,
    *,
    pilot: Pilot,
    protocol: Protocol,
    arms: Sequence[str],
    salt: bytes | None,
    now: datetime,
) -> PlacedPeople:
    """Those of the participants who are read now. `protocol`: the one in force. `arms`: their
    names, as `completed` numbers them. `salt`: of the pilot; without it nobody new counts in a
    trial whose places switch."""
    codes = [each.code for each in protocol.design.places]
    place = await update.places(completed.participant, codes)
    if protocol.design.scheduled:
        placed = _in_periods(completed, place, protocol=protocol, arms=arms, salt=salt)
    else:
        as_drawn = not has_split_place(completed.people.arm, place)
        placed = PlacedPeople(completed, place, None, as_drawn, len(arms))
    disclosed = update.stored.disclosed
    return placed.only(counts_at_look(placed.completed, disclosed, pilot, protocol, now))


def _in_periods(
    completed: CompletedPeople,
    place: Integers,
    *,
    protocol: Protocol,
    arms: Sequence[str],
    salt: bytes | None,
) -> PlacedPeople:
    """Those whose observation is in one period, and who were disclosed, who stay in their
    tranche."""
    on_arm, period = np.zeros((0, 0), dtype=np.bool_), np.full(len(place), -1)
    if salt is not None:
        drawn = draw_schedule(salt, protocol)
        on_arm = np.array(list(drawn.treated.values()), dtype=np.bool_)
        period = period_of(completed.first_exposure, drawn.edges, protocol)
    counted = ((period >= 0) & (place >= 0)) | (completed.people.first > 0)
    schedule = PlaceSchedule(
        place,
        period,
        on_arm,
        in_blocks=protocol.design.kind == "switchback",
        correlation=protocol.cluster_correlation,
    )
    treated = np.array([name != protocol.control for name in arms])[completed.people.arm]
    agrees = schedule.agrees(treated)
    return PlacedPeople(completed, place, schedule, agrees, len(arms)).only(counted)


def counts_at_look(
    completed: CompletedPeople,
    disclosed: DisclosedFigures,
    pilot: Pilot,
    protocol: Protocol,
    now: datetime,
) -> npt.NDArray[np.bool_]:
    """The people who can be in the figures: nobody before the end of the trial and the arrival of
    its late events, then everybody, and once figures were shown only those who are or were in them.

    `disclosed`: the stored figures. `protocol`: the one in force.
    """
    # A pilot that is about to close does not wait: its figures are not refreshed once it is closed.
    closing = pilot.stage not in ("trial", "evaluation")
    over = closing or now >= place_look_at(pilot, protocol)
    first = completed.people.first
    return first > 0 if not over or disclosed.last else np.ones(len(first), dtype=np.bool_)
