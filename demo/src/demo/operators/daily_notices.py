"""The notices of the operators, except those of works: lifts out of order, diversions, moved stops,
news of the network, and the incidents that actually delay lines."""

from collections.abc import Iterator
from datetime import date, timedelta

from demo.days.conditions import incidents
from demo.days.dice import seeded_random
from demo.days.truth import start_of
from demo.network.model import Line, Operator
from demo.network.pathways import place_id
from demo.operators.notices import HOUR, About, Notice, Translated, period_of, week_of

_LIFTS = ("tao", "filbleu", "sncf")
"""The operators that publish lifts out of order."""
_NOTICE_DELAY = 120
"""Seconds from the start of an incident to the publication of its notice."""


def daily_notices(operator: Operator, today: date, *, seed: int) -> Iterator[Notice]:
    """An operator's notices around a day, except those of works."""
    monday, week = week_of(today)
    if operator.id in _LIFTS:
        yield _lift(operator, monday, week, seed)
    if operator.id == "remi":
        yield from _coaches(operator, monday, week, seed)
    if operator.id == "sncf":
        yield _lift_of_platforms(monday, week)
        yield _weekend_closure(operator, monday, week, seed)
    if operator.id in ("filbleu", "agglobus", "remi"):
        yield _news(operator, monday)
    if operator.id in ("tao", "filbleu", "sncf", "agglobus"):
        for day in (today - timedelta(days=1), today):
            for line in operator.lines:
                if line.live and not line.substitute:
                    yield from _incidents(line, day, seed)


def _lift(operator: Operator, monday: date, week: str, seed: int) -> Notice:
    stations = [stop for stop in operator.stops if stop.location_type == 1 and stop.wheelchair == 1]
    station = seeded_random(seed, operator.id, week, "lift").choice(stations)
    fr, en = ("gare", "train station") if operator.id == "sncf" else ("tram", "tram stop")
    return _lift_out_of_order(
        f"ascenseur-{week}",
        Translated(
            f"{station.name} ({fr}) : ascenseur hors service",
            f"{station.name} ({en}): lift out of order",
        ),
        intercom=Translated("du quai", "on the platform"),
        stop=station.id,
        monday=monday,
    )


def _lift_of_platforms(monday: date, week: str) -> Notice:
    """The lift of two platforms at Orléans, whose ways are published (`data/pathways.toml`)."""
    return _lift_out_of_order(
        f"ascenseur-voies-7-8-{week}",
        Translated(
            "Orléans (gare) : ascenseur des voies 7 et 8 hors service",
            "Orléans (train station): lift to platforms 7 and 8 out of order",
        ),
        intercom=Translated("du hall", "in the hall"),
        stop=place_id("87543009", "ilot-7-8"),
        monday=monday,
    )


def _lift_out_of_order(
    notice_id: str, header: Translated, *, intercom: Translated, stop: str, monday: date
) -> Notice:
    """The notice of a lift that is out of order for a week."""
    return Notice(
        id=notice_id,
        header=header,
        text=Translated(
            "L'ascenseur est en panne. Une personne vous aide sur demande à l'interphone"
            f" {intercom.fr}.",
            f"The lift is out of order. Staff can help you: use the intercom {intercom.en}.",
        ),
        cause="TECHNICAL_PROBLEM",
        effect="ACCESSIBILITY_ISSUE",
        severity="WARNING",
        periods=(period_of(monday, monday + timedelta(days=6)),),
        about=(About(stop=stop),),
        visible_from=start_of(monday),
    )


def _coaches(operator: Operator, monday: date, week: str, seed: int) -> Iterator[Notice]:
    rng = seeded_random(seed, operator.id, week)
    diverted = rng.choice([pattern for pattern in operator.patterns if len(pattern.stops) > 4])
    index = rng.randrange(1, len(diverted.stops) - 2)
    one, other = (operator.stop_by_id[diverted.stops[i]] for i in (index, index + 1))
    days = (period_of(monday, monday + timedelta(days=6)),)
    yield Notice(
        id=f"deviation-{week}",
        header=Translated(
            f"Ligne {diverted.line.short_name} déviée : {one.name} et {other.name} non desservis",
            f"Line {diverted.line.short_name} diverted: no stop at {one.name} and {other.name}",
        ),
        text=Translated(
            "La route est fermée. Reportez-vous à l'arrêt précédent ou suivant.",
            "The road is closed. Use the stop before or after.",
        ),
        cause="CONSTRUCTION",
        effect="NO_SERVICE",
        severity="WARNING",
        periods=days,
        # The line and the stops as separate selectors: many systems publish it like this.
        about=(About(line=diverted.line.id), About(stop=one.id), About(stop=other.id)),
        visible_from=start_of(monday),
    )
    moved = operator.stop_by_id[rng.choice(diverted.stops)]
    yield Notice(
        id=f"arret-deplace-{week}",
        header=Translated(
            f"Arrêt {moved.name} déplacé de 80 m", f"Stop {moved.name} moved by 80 m"
        ),
        text=Translated("Suivez le fléchage au sol.", "Follow the signs on the ground."),
        cause="CONSTRUCTION",
        effect="STOP_MOVED",
        severity="INFO",
        periods=days,
        about=(About(stop=moved.id),),
        visible_from=start_of(monday),
    )


def _weekend_closure(operator: Operator, monday: date, week: str, seed: int) -> Notice:
    line = seeded_random(seed, operator.id, week, "closure").choice(operator.lines)
    saturday = monday + timedelta(days=5)
    return Notice(
        id=f"week-end-{week}",
        header=Translated(
            f"{line.long_name} : horaires modifiés ce week-end",
            f"{line.long_name}: changed times this weekend",
        ),
        text=Translated(
            "Travaux sur la voie samedi et dimanche. Vérifiez votre train avant de partir.",
            "Track works on Saturday and Sunday. Check your train before you leave.",
        ),
        cause="MAINTENANCE",
        effect="MODIFIED_SERVICE",
        severity="INFO",
        periods=(period_of(saturday, saturday + timedelta(days=1)),),
        about=(About(line=line.id),),
        visible_from=start_of(monday),
    )


def _news(operator: Operator, monday: date) -> Notice:
    first = monday.replace(day=1)
    return Notice(
        id=f"information-{first:%Y%m}",
        header=Translated(
            "Votre avis compte : enquête sur le réseau", "Your opinion counts: a survey"
        ),
        text=Translated(
            "Des enquêteurs sont présents à bord et aux arrêts ce mois-ci. Cinq minutes suffisent.",
            "Surveyors are on board and at stops this month. It takes five minutes.",
        ),
        cause="OTHER_CAUSE",
        effect="NO_EFFECT",
        severity="INFO",
        periods=(period_of(first, first + timedelta(days=40)),),
        about=(About(agency=operator.agency.id),),
        visible_from=start_of(first),
    )


def _incidents(line: Line, day: date, seed: int) -> Iterator[Notice]:
    for number, incident in enumerate(incidents(line.id, day, seed=seed)):
        begins = start_of(day) + incident.begins + _NOTICE_DELAY
        minutes = max(5, incident.delay // 60 // 5 * 5 + 5)
        yield Notice(
            id=f"incident-{line.id}-{day:%Y%m%d}-{number}",
            header=Translated(
                f"Ligne {line.short_name} : {minutes} minutes de retard",
                f"Line {line.short_name}: {minutes} minutes late",
            ),
            text=Translated(
                "Un incident ralentit les véhicules. Le retard se résorbe peu à peu.",
                "An incident slows vehicles down. The delay is being made up for.",
            ),
            cause="ACCIDENT" if incident.place > 0.5 else "TECHNICAL_PROBLEM",
            effect="SIGNIFICANT_DELAYS",
            severity="WARNING",
            periods=((begins, start_of(day) + incident.ends + HOUR // 4),),
            about=(About(line=line.id),),
            visible_from=begins,
        )
