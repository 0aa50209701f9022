"""The JSON of a journey that is followed. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson
from mobilite.journeys.api.models import JourneyListJson, JourneyPlaceJson
from mobilite.journeys.flows.followed.judge_journey import Status
from mobilite.journeys.flows.followed.ride_changes import ChangeType, End


class JourneyChangeJson(TypedDict):
    """Something of a journey that differs from the timetable, or an alert that touches it."""

    type: Annotated[
        ChangeType,
        Field(
            description="cancelled : course supprimée ; withdrawn : course qui n'est plus aux "
            "horaires, station ou parking relais qui n'existe plus ; missed_connection ; "
            "skipped_stop : la course n'y passe pas ; closed_stop : arrêt fermé par une "
            "perturbation ; no_vehicle, not_renting : rien à louer à la station, ou elle ne loue "
            "pas ; no_dock, not_returning : aucune place pour rendre le véhicule, ou la station "
            "n'en reprend pas. "
            "Avec ceux-là le trajet n'est plus possible. booking_closed : la course à la demande "
            "ne peut plus être réservée, le trajet n'est possible que si elle l'est déjà. times : "
            "une minute d'écart au moins ; platform : autre quai ; alert : perturbation"
        ),
    ]
    leg: Annotated[int, Field(description="Le rang de l'étape")]
    end: Annotated[
        End | None,
        Field(description="Le bout de l'étape qui est concerné ; null : les deux, ou aucun"),
    ]
    message: Annotated[str, Field(description="En une phrase, à montrer")]


class WhereaboutsJson(TypedDict):
    """Where a traveller who is on time can change plans next."""

    place: JourneyPlaceJson
    at: Annotated[InstantJson, Field(description="Quand ils y sont")]
    leg: Annotated[
        int | None, Field(description="Le véhicule dans lequel ils sont jusque-là ; null : aucun")
    ]


class JourneyNowJson(JourneyListJson):
    """One journey as it is now: the only one of `journeys`, possible or not."""

    status: Annotated[
        Status, Field(description="upcoming : pas encore parti ; under_way ; arrived : terminé")
    ]
    possible: Annotated[bool, Field(description="Mène encore à la destination")]
    summary: Annotated[str, Field(description="L'état du trajet en une phrase, à montrer")]
    changes: Annotated[
        list[JourneyChangeJson],
        Field(description="Ce qui s'écarte des horaires dans ce qui reste du trajet"),
    ]
    whereabouts: Annotated[WhereaboutsJson | None, Field(description="null : arrivé")]
    alternatives: Annotated[
        JourneyListJson | None,
        Field(
            description="Les trajets qui arrivent le plus tôt à partir de whereabouts, avec les "
            "mêmes souhaits ; null tant que le trajet est possible pour tous : sans booking_closed"
        ),
    ]


_QueryEnds = TypedDict("_QueryEnds", {"from": JourneyPlaceJson, "to": JourneyPlaceJson})


class SearchedJourneyJson(_QueryEnds):
    """The query that found a journey, with the parameters of /journeys."""

    via: list[str]
    arrive_by: bool
    modes: Annotated[list[str] | None, Field(description="null : ceux par défaut")]
    wheelchair: bool
    bikes: bool
    cars: bool
    banned_routes: list[str]
    preferred_routes: list[str]
    preferred_modes: list[str]
    via_stay: Annotated[int, Field(description="Minutes à chaque étape de via")]
    max_walk: Annotated[int, Field(description="Mètres au plus pour chaque chemin à pied")]
    walk_speed: Annotated[float, Field(description="Kilomètres par heure")]
