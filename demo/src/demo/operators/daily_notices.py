"""The other notices of the operators: lifts out of order, moved stops, news of the whole network,
and the incidents that truly hold the lines up."""

from collections.abc import Iterator
from datetime import date, timedelta

from demo.days.conditions import incidents
from demo.days.dice import dice
from demo.days.truth import start_of
from demo.network.model import Line, Operator
from demo.operators.notices import HOUR, About, Notice, Translated, span, week_of

_LIFTS = ("tao", "filbleu", "sncf")
_NOTICED = 120
"""Seconds after an incident begins before its notice is out."""


def daily_notices(operator: Operator, today: date, *, seed: int) -> Iterator[Notice]:
    """What an operator has to say around a day, the works aside."""
    monday, week = week_of(today)
    if operator.id in _LIFTS:
        yield _lift(operator, monday, week, seed)
    if operator.id == "remi":
        yield from _coaches(operator, monday, week, seed)
    if operator.id == "sncf":
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
    station = dice(seed, operator.id, week, "lift").choice(stations or list(operator.stops))
    return Notice(
        id=f"ascenseur-{week}",
        header=Translated(
            f"{station.name} : ascenseur hors service", f"{station.name}: lift out of order"
        ),
        text=Translated(
            "L'ascenseur est en panne. Une personne vous aide sur demande à l'interphone du quai.",
            "The lift is out of order. Staff can help you: use the intercom on the platform.",
        ),
        cause="TECHNICAL_PROBLEM",
        effect="ACCESSIBILITY_ISSUE",
        severity="WARNING",
        periods=(span(monday, monday + timedelta(days=6)),),
        about=(About(stop=station.id),),
        visible_from=start_of(monday),
    )


def _coaches(operator: Operator, monday: date, week: str, seed: int) -> Iterator[Notice]:
    rng = dice(seed, operator.id, week)
    way = rng.choice([pattern for pattern in operator.patterns if len(pattern.stops) > 4])
    index = rng.randrange(1, len(way.stops) - 2)
    one, other = (operator.stop_by_id[way.stops[i]] for i in (index, index + 1))
    days = (span(monday, monday + timedelta(days=6)),)
    yield Notice(
        id=f"deviation-{week}",
        header=Translated(
            f"Ligne {way.line.short_name} déviée : {one.name} et {other.name} non desservis",
            f"Line {way.line.short_name} diverted: no stop at {one.name} and {other.name}",
        ),
        text=Translated(
            "La route est fermée. Reportez-vous à l'arrêt précédent ou suivant.",
            "The road is closed. Use the stop before or after.",
        ),
        cause="CONSTRUCTION",
        effect="NO_SERVICE",
        severity="WARNING",
        periods=days,
        # As many systems write it: the line and the stops each on its own.
        about=(About(line=way.line.id), About(stop=one.id), About(stop=other.id)),
        visible_from=start_of(monday),
    )
    moved = operator.stop_by_id[rng.choice(way.stops)]
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
    line = dice(seed, operator.id, week, "closure").choice(operator.lines)
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
        periods=(span(saturday, saturday + timedelta(days=1)),),
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
        periods=(span(first, first + timedelta(days=40)),),
        about=(About(agency=operator.agency.id),),
        visible_from=start_of(first),
    )


def _incidents(line: Line, day: date, seed: int) -> Iterator[Notice]:
    for number, incident in enumerate(incidents(line.id, day, seed=seed)):
        begins = start_of(day) + incident.begins + _NOTICED
        minutes = max(5, incident.seconds // 60 // 5 * 5 + 5)
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
