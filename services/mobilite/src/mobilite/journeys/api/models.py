"""The JSON of journeys. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.alerts.api.models import AlertSummaryJson
from mobilite.car_parks.api.parking import ParkingJson
from mobilite.connections.api.models import ConnectionJson, ConnectionRulesJson
from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.enumerations import Access, Occupancy
from mobilite.gtfs.domain.route_types import Mode
from mobilite.http.api.geojson import LineStringJson
from mobilite.http.api.times import InstantJson
from mobilite.journeys.api.cost_models import EmissionsJson, EmissionsMethodJson, FareJson
from mobilite.journeys.api.on_demand_service import OnDemandServiceJson
from mobilite.journeys.flows.reasons import Reason
from mobilite.on_demand.api.bookings import BookingJson
from mobilite.pathways.domain.pathway import PathwayMode
from mobilite.realtime.domain.run import State
from mobilite.rental.domain.dock import SharedMode
from mobilite.stops.api.models import RouteJson

StepMode = Literal["entrance", "exit", PathwayMode]


class JourneyPlaceJson(TypedDict):
    """Where a leg starts or ends: a stop, a rental station, a car park, a place of the query, or a
    point (`id` and `name` null)."""

    id: str | None
    name: str | None
    lat: float | None
    lon: float | None
    platform: str | None


class JourneyCallJson(JourneyPlaceJson):
    """A stop passed on a ride."""

    arrival: InstantJson
    departure: InstantJson
    scheduled_arrival: InstantJson
    scheduled_departure: InstantJson
    state: State


class RentedVehicleJson(TypedDict):
    """A rented bicycle or scooter, by what its stations reported at most five minutes ago; null
    where that is older."""

    system: str
    licence: str | None
    attribution: str | None
    vehicles_available: Annotated[
        int | None, Field(description="Vélos, ou trottinettes, à louer au départ")
    ]
    docks_available: Annotated[int | None, Field(description="Places libres à l'arrivée")]
    rental_url: str | None


_Ends = TypedDict("_Ends", {"from": JourneyPlaceJson, "to": JourneyPlaceJson})


class JourneyStepJson(TypedDict):
    """A part of a way inside a station, from its pathways.txt."""

    mode: Annotated[
        StepMode, Field(description="entrance, exit : par où entrer dans la gare ou en sortir")
    ]
    text: Annotated[str, Field(description="À montrer : « escalier (24 marches à monter) »")]
    signposted_as: Annotated[str | None, Field(description="Ce qui est écrit sur les panneaux")]
    stairs: Annotated[int | None, Field(description="Marches à monter ; négatif : à descendre")]
    distance: Annotated[int | None, Field(description="Mètres ; null : pas connus")]
    duration: Annotated[
        int, Field(description="Secondes, estimées là où le réseau ne les donne pas")
    ]


class JourneyLegJson(_Ends):
    """A ride in one vehicle, or a way on foot, by bicycle, by scooter or by car (`mode` walk,
    bicycle, shared_bicycle, shared_scooter, car), for which everything from `trip_id` to
    `occupancy`, and `stay_seated`, is null. A ride on demand (`mode` on_demand) has to be booked,
    for its times; its arrival is an estimate."""

    mode: Annotated[
        Mode | SharedMode | Literal["walk", "bicycle", "car", "on_demand", "other"],
        Field(
            description="car : sa voiture, jusqu'à un parking relais ; on_demand : transport à la "
            "demande, à réserver ; other : le réseau ne dit pas le mode"
        ),
    ]
    departure: Annotated[InstantJson, Field(description="Prévue s'il y a une prévision")]
    arrival: InstantJson
    scheduled_departure: InstantJson
    scheduled_arrival: InstantJson
    duration: Annotated[int, Field(description="Secondes")]
    distance: Annotated[
        int | None,
        Field(
            description="Mètres : à pied, voir walking ; à vélo, en trottinette, en voiture ou à "
            "la demande, à vol d'oiseau × 1,3 ; en véhicule, le long du tracé ; null : pas connus. "
            "0 à pied : le chemin est donné par le réseau (transfers.txt) ou reste dans une gare"
        ),
    ]
    trip_id: str | None
    start_date: Annotated[str | None, Field(description="Jour de service, AAAAMMJJ")]
    start_time: Annotated[
        str | None, Field(description="HH:MM:SS de ce passage d'une course à fréquence")
    ]
    route: RouteJson | None
    headsign: str | None
    state: Annotated[
        State | None,
        Field(description="De la montée ; les mots sont ceux des tableaux de départs"),
    ]
    occupancy: Annotated[Occupancy | None, Field(description="Affluence attendue à la montée")]
    wheelchair: Annotated[
        Access | None,
        Field(
            description="Du véhicule ; à pied, du chemin dans les gares dont le réseau le décrit "
            "(pathways.txt) : unknown aussi par un ascenseur signalé en panne, ou si ce chemin est "
            "plus long qu'à pied pendant un changement ; null : pas décrit"
        ),
    ]
    steps: Annotated[
        list[JourneyStepJson],
        Field(description="À pied : le chemin dans les gares, dans l'ordre ; vide : pas décrit"),
    ]
    stops: Annotated[
        list[JourneyCallJson], Field(description="Les arrêts entre la montée et la descente")
    ]
    alerts: Annotated[
        list[str], Field(description="Identifiants de celles de la réponse qui touchent l'étape")
    ]
    geometry: Annotated[
        LineStringJson | None,
        Field(description="Le tracé du réseau, ou des rues à pied ; sinon des droites"),
    ]
    on_streets: Annotated[
        bool | None,
        Field(
            description="À pied, à vélo, en trottinette, en voiture ou à la demande : le long des "
            "rues ; false : à vol d'oiseau. null dans un véhicule à horaires"
        ),
    ]
    booking: Annotated[
        BookingJson | None, Field(description="Comment réserver ; null : rien à réserver")
    ]
    rental: Annotated[
        RentedVehicleJson | None,
        Field(
            description="Le vélo ou la trottinette en libre-service ; from et to sont ses stations"
        ),
    ]
    parking: Annotated[
        ParkingJson | None, Field(description="Le parking relais où la voiture reste ; c'est to")
    ]
    stay_seated: Annotated[
        bool | None,
        Field(
            description="true : on reste à bord du véhicule de l'étape d'avant, qui continue comme "
            "cette course ; ce n'est pas un changement. null à pied, à vélo, en trottinette ou en "
            "voiture"
        ),
    ]
    connection: Annotated[
        ConnectionJson | None,
        Field(
            description="Le changement qui mène à ce véhicule ; null : à pied, au premier "
            "véhicule, et une fois à bord"
        ),
    ]


class JourneyJson(TypedDict):
    """One way from the origin to the destination."""

    id: Annotated[
        str,
        Field(
            description="Pour le retrouver et le suivre (/journeys/{journey_id}) : le même tant "
            "que ses courses et ses arrêts restent, quels que soient les retards"
        ),
    ]
    departure: InstantJson
    arrival: InstantJson
    duration: Annotated[int, Field(description="Secondes")]
    transfers: Annotated[int, Field(description="Nombre de changements")]
    walk: Annotated[int, Field(description="Mètres à pied en tout")]
    summary: Annotated[str, Field(description="Le trajet en phrases, pour un lecteur d'écran")]
    legs: list[JourneyLegJson]
    emissions: EmissionsJson
    wheelchair: Annotated[
        Access,
        Field(
            description="yes : tous les véhicules, tous les arrêts de montée et de descente et les "
            "chemins décrits dans les gares sont accessibles ; unknown : un au moins ne le dit pas"
        ),
    ]
    wheelchair_without_alerts: Annotated[
        Access,
        Field(
            description="Le même sans les perturbations : yes si seul un obstacle signalé, comme "
            "un ascenseur en panne à un arrêt, le rend incertain"
        ),
    ]
    fare: Annotated[FareJson | None, Field(description="null : pas connu")]
    reasons: Annotated[
        list[Reason],
        Field(
            description="Ce en quoi il est le meilleur de la page, là où les trajets diffèrent ; "
            "least_co2e : celui qui émet le moins, de ceux dont on le sait. preferred : il prend "
            "une ligne ou un mode préférés. tight_connection : une de ses correspondances est "
            "serrée, voir connection ; safer_connections : il passe avant un tel trajet, qui ne "
            "part pas plus tard et n'arrive en moyenne pas plus tôt"
        ),
    ]


class WalkingJson(TypedDict):
    """How ways on foot are found."""

    distance: Annotated[
        str,
        Field(
            description="streets : le long des rues ; straight × 1.3 : la distance à vol d'oiseau "
            "multipliée par 1,3"
        ),
    ]
    max_walk: Annotated[int, Field(description="Mètres au plus pour chaque chemin à pied")]


class JourneyFeedJson(CreditJson):
    """A network that journeys use."""

    real_time: Annotated[
        Literal["live", "stale", "none"],
        Field(description="L'état de son temps réel, comme sur les tableaux de départs"),
    ]


_Places = TypedDict("_Places", {"from": JourneyPlaceJson, "to": JourneyPlaceJson})


class JourneyListJson(_Places):
    """Journeys by departure, but for those with a tight connection: they come after those that
    leave no earlier and arrive, on average, no later."""

    at: Annotated[
        InstantJson, Field(description="Le départ au plus tôt, ou l'arrivée au plus tard")
    ]
    arrive_by: bool
    generated_at: InstantJson
    message: Annotated[str | None, Field(description="À montrer : pourquoi il n'y a aucun trajet")]
    on_demand: Annotated[
        OnDemandServiceJson | None,
        Field(
            description="Sans trajet : le prochain transport à la demande qui dessert ce lieu sans "
            "arrêt ; null : aucun dans les deux semaines"
        ),
    ]
    journeys: list[JourneyJson]
    alerts: Annotated[
        list[AlertSummaryJson],
        Field(description="Les perturbations qui touchent ces trajets, les plus graves d'abord"),
    ]
    feeds: list[JourneyFeedJson]
    walking: WalkingJson
    connections: ConnectionRulesJson
    emissions: EmissionsMethodJson
    next: Annotated[
        str | None, Field(description="Valeur de cursor pour partir, ou arriver, plus tard")
    ]
    previous: Annotated[
        str | None, Field(description="Valeur de cursor pour partir, ou arriver, plus tôt")
    ]
