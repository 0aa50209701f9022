"""The JSON of boards. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.alerts.api.models import AlertSummaryJson
from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.enumerations import Access, Occupancy
from mobilite.http.api.times import InstantJson
from mobilite.stops.api.models import RouteJson, StopJson
from mobilite.vehicles.api.models import CarriageJson


class DepartureStopJson(TypedDict):
    """The call of a departure: its platform, served and scheduled."""

    stop_id: Annotated[str, Field(description="Le quai vraiment desservi")]
    stop_name: Annotated[str, Field(description="Le nom de son arrêt, ou de sa gare")]
    stop_sequence: Annotated[
        int, Field(description="Distingue deux passages d'une course au même arrêt")
    ]
    platform_code: str | None
    scheduled_stop_id: Annotated[
        str | None, Field(description="Le quai prévu, quand le passage a changé de quai")
    ]
    scheduled_platform_code: str | None


class DepartureJson(DepartureStopJson):
    """One line of a board. Departures are distinguished by `trip_id`, `start_date`,
    `start_time` and `stop_sequence`."""

    trip_id: str
    start_date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    start_time: Annotated[
        str | None, Field(description="HH:MM:SS de ce passage d'une course à fréquence")
    ]
    route: RouteJson
    headsign: Annotated[
        str, Field(description="Vide : on ne sait pas où finit cette course hors horaires")
    ]
    ends_at: Annotated[
        str | None,
        Field(
            description="Dernier arrêt desservi, si la fin de la course est supprimée : cet "
            "arrêt-ci quand on ne peut plus aller plus loin ; null si la course va à son terme"
        ),
    ]
    scheduled: Annotated[
        InstantJson,
        Field(description="Pour une course hors horaires sans horaire prévu : l'heure annoncée"),
    ]
    predicted: Annotated[
        InstantJson | None,
        Field(description="null : aucune prévision, ce qui ne veut jamais dire « à l'heure »"),
    ]
    delay: Annotated[
        int | None,
        Field(
            description="Secondes de retard, négatives en avance ; null sans prévision, ou sans "
            "horaire prévu auquel la comparer"
        ),
    ]
    state: Annotated[
        Literal["scheduled", "predicted", "no_data", "stale", "skipped", "cancelled", "added"],
        Field(
            description="scheduled : horaire théorique, rien n'est dit de la course ; predicted : "
            "prévision ; no_data : la course est suivie, mais rien n'est dit de cet arrêt ; "
            "stale : le flux se tait depuis plus de cinq minutes, ses prévisions ne valent plus ; "
            "skipped : arrêt non desservi ; cancelled : course supprimée ; "
            "added : course hors horaires, ou arrêt de remplacement d'une course déviée"
        ),
    ]
    estimated: Annotated[
        bool,
        Field(
            description="predicted n'est pas annoncé par l'opérateur, mais estimé ici d'après la "
            "position du véhicule"
        ),
    ]
    outside_timetable: Annotated[
        bool,
        Field(description="Course ajoutée, dédoublée ou de remplacement, quel que soit son état"),
    ]
    modified: Annotated[
        bool,
        Field(
            description="Course déviée : skipped aux arrêts qu'elle quitte, added à ceux qu'elle "
            "dessert à la place ; son horaire tient compte de la déviation"
        ),
    ]
    pickup: Annotated[
        Literal["regular", "none", "phone_agency", "coordinate_with_driver"],
        Field(
            description="none : on ne peut plus monter ici (changement en temps réel) ; "
            "phone_agency et coordinate_with_driver : à la demande"
        ),
    ]
    occupancy: Annotated[
        Occupancy | None, Field(description="Affluence attendue au départ ; null : pas connue")
    ]
    carriages: Annotated[
        list[CarriageJson],
        Field(
            description="Les voitures du véhicule qui assure la course, celle de tête d'abord ; "
            "vide : pas connues. Relues au moins chaque minute"
        ),
    ]
    approximate: Annotated[bool, Field(description="L'horaire lui-même est approximatif ici")]
    wheelchair: Annotated[Access, Field(description="Du véhicule")]
    feed: str
    updated_at: Annotated[
        InstantJson | None,
        Field(
            description="Instant du flux qui parle de cette course ; sinon celui du temps réel du "
            "réseau ; null si le réseau n'en a pas"
        ),
    ]
    age: Annotated[
        int | None, Field(description="Secondes depuis updated_at, à l'instant generated_at")
    ]
    measured_at: Annotated[
        InstantJson | None,
        Field(description="Quand l'opérateur dit avoir mesuré l'avance de la course"),
    ]
    alerts: Annotated[
        list[str],
        Field(description="Identifiants de celles du tableau qui touchent ce départ à son heure"),
    ]
    own_alerts: Annotated[
        list[str],
        Field(
            description="Parmi elles, celles qui nomment sa ligne ou sa course, et pas seulement "
            "l'arrêt, un mode, l'exploitant ou tout le réseau"
        ),
    ]


class RealTimeJson(TypedDict):
    """The state of a feed's real time, with a sentence to display. `none` too if no trip update
    matches the timetable."""

    state: Literal["live", "stale", "none"]
    message: str
    updated_at: InstantJson | None
    age: int | None


class BoardFeedJson(CreditJson):
    """A network of a board: the board of a hub has several."""

    real_time: RealTimeJson


class BoardJson(TypedDict):
    """The departures of a stop in the seven days from `at`, soonest first."""

    stop: StopJson
    at: InstantJson
    generated_at: InstantJson
    message: Annotated[
        str | None,
        Field(description="À montrer : pourquoi rien ne part, ou rien avant un autre jour"),
    ]
    feeds: list[BoardFeedJson]
    alerts: Annotated[
        list[AlertSummaryJson],
        Field(
            description="Les perturbations de l'arrêt et de ses lignes, en vigueur ou à venir dans "
            "les sept jours, les plus graves d'abord"
        ),
    ]
    departures: list[DepartureJson]
    next: Annotated[
        str | None, Field(description="Valeur de cursor pour la suite ; null à la dernière page")
    ]
