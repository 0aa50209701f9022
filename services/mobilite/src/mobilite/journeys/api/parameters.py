"""The query parameters of journeys."""

from datetime import datetime
from typing import Annotated, Any, Final, TypeVar, get_args

from fastapi import Depends, Query
from pydantic import BeforeValidator, TypeAdapter, ValidationError, WithJsonSchema

from mobilite.geo.domain.walking import WALKING_SPEED
from mobilite.gtfs.domain.ids import GlobalId
from mobilite.gtfs.domain.route_types import Mode
from mobilite.http.api.parameters import LONGEST_NAME, BoundedNumber, Cursor, LocalInstant
from mobilite.journeys.flows.journey_query import (
    LONGEST_STAY,
    LONGEST_WALK,
    MOST_ROUTES,
    WALK_SPEEDS,
    JourneyMode,
    Wishes,
)
from mobilite.journeys.flows.plan_journeys import JourneyRequest
from mobilite.rental.domain.dock import SharedMode
from socle.errors import Refusal

_DEFAULT_MAX_WALK: Final = 1000
_LONGEST_PLACE: Final = 500
"""Characters."""
DEFAULT_SPEED: Final = WALKING_SPEED * 3.6
"""Kilometres an hour."""
_YES: Final = frozenset({"true", "1", "yes", "oui"})
_NO: Final = frozenset({"false", "0", "no", "non", ""})
_INSTANT: Final = TypeAdapter[datetime | None](LocalInstant)
JOURNEY_MODES: Final[tuple[JourneyMode, ...]] = (
    *("walk", "transit", *get_args(Mode)),
    *("on_demand", "bicycle", *get_args(SharedMode), "car"),
)


_WordT = TypeVar("_WordT", bound=str)


def place_text(text: Any) -> str:
    """The text of a place. Raises ValueError if it is empty or too long."""
    if not str(text).strip() or len(str(text)) > _LONGEST_PLACE:
        raise ValueError(
            "un point (latitude,longitude) ou l'identifiant d'un lieu (réseau:arrêt, hub:…) est "
            "attendu"
        )
    return str(text)


def _flag(text: Any) -> bool:
    word = str(text).strip().casefold()
    if word not in _YES | _NO:
        raise ValueError("true ou false est attendu")
    return word in _YES


def _arrive_by(text: Any) -> bool | datetime | None:
    try:
        return _flag(text)
    except ValueError:
        try:
            return _INSTANT.validate_python(text)
        except ValidationError:
            raise ValueError("true, false ou un instant RFC 3339 est attendu") from None


def _modes(texts: Any) -> list[JourneyMode]:
    return _words(texts, JOURNEY_MODES)


def _transit_modes(texts: Any) -> list[Mode]:
    return _words(texts, get_args(Mode))


def _words(texts: Any, known: tuple[_WordT, ...]) -> list[_WordT]:
    """The modes that are given, repeated or separated by commas."""
    given = texts if isinstance(texts, list) else [texts]
    words = [word.strip() for text in given for word in str(text)[:500].split(",")]
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ValueError(
            f"mode inconnu : {', '.join(unknown)[:100]} ; ceux connus : {', '.join(known)}"
        )
    return [mode for mode in known if mode in words]


def _routes(texts: Any) -> list[str]:
    given = texts if isinstance(texts, list) else [texts]
    if len(given) > MOST_ROUTES or any(len(str(text)) > LONGEST_NAME for text in given):
        raise ValueError(f"au plus {MOST_ROUTES} identifiants de ligne sont attendus")
    return [str(text) for text in given]


PLACE: Final = WithJsonSchema({"type": "string", "maxLength": _LONGEST_PLACE})
From = Annotated[
    str,
    BeforeValidator(place_text),
    PLACE,
    Query(
        alias="from",
        description="D'où l'on part : un point (latitude,longitude) ou l'identifiant d'un arrêt, "
        "ou de tout lieu que donne /places ; une gare vaut pour tous ses quais",
        openapi_examples={
            "arrêt": {"value": "tao:gare-d-orleans"},
            "point": {"value": "47.9077,1.9044"},
        },
    ),
]
To = Annotated[
    str,
    BeforeValidator(place_text),
    PLACE,
    Query(
        description="Où l'on va, de même",
        openapi_examples={"arrêt": {"value": "tao:hopital-de-la-source"}},
    ),
]
Via = Annotated[
    list[str] | None,
    Query(description="Par où l'on passe, de même ; répétable, trois fois au plus"),
]
ArriveBy = Annotated[
    bool | datetime | None,
    BeforeValidator(_arrive_by),
    WithJsonSchema({"type": "string", "examples": ["true", "2026-03-29T08:30:00+02:00"]}),
    Query(
        description="true : `at` est l'arrivée au plus tard. Ou cet instant lui-même, à la place "
        "de `at`"
    ),
]
Modes = Annotated[
    list[JourneyMode] | None,
    BeforeValidator(_modes),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": list(JOURNEY_MODES)}}),
    Query(
        description="Les modes acceptés, répétés ou séparés par des virgules ; tous s'il manque, "
        "sauf vélos, trottinettes et sa voiture. La marche l'est toujours, dans la limite de "
        "max_walk. transit : tous les transports publics, donc « transit,bicycle » ajoute le vélo. "
        "on_demand : le transport à la demande, à réserver. bicycle : son vélo jusqu'à un arrêt, "
        "à vol d'oiseau × 1,3 et 15 km/h ; shared_bicycle, shared_scooter : un vélo ou une "
        "trottinette en libre-service d'une station à une autre, de même ; car : sa voiture "
        "jusqu'à un parking relais, à vol d'oiseau × 1,3 et 30 km/h, 45 minutes au plus, puis les "
        "transports publics"
    ),
]
Wheelchair = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"type": "boolean"}),
    Query(
        description="Sans les véhicules ni les arrêts qui ne sont pas accessibles en fauteuil ; "
        "ceux dont on ne le sait pas restent (voir wheelchair dans la réponse)"
    ),
]
MaxWalk = Annotated[
    int,
    BoundedNumber(0, LONGEST_WALK),
    Query(
        description="Mètres au plus pour chaque chemin à pied ; 0 : seulement ce que donnent les "
        "réseaux (transfers.txt, gares). Entre deux véhicules : 1 000 au plus"
    ),
]
BannedRoutes = Annotated[
    list[str] | None,
    BeforeValidator(_routes),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": MOST_ROUTES}),
    Query(description="Identifiants des lignes à éviter (réseau:ligne) ; répétable"),
]
PreferredRoutes = Annotated[
    list[str] | None,
    BeforeValidator(_routes),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": MOST_ROUTES}),
    Query(
        description="Identifiants des lignes préférées (réseau:ligne) ; répétable. Un trajet qui "
        "en prend une, ou un mode préféré, est proposé s'il dure dix minutes de plus que les "
        "autres au plus, et classé comme s'il partait dix minutes plus tôt (voir reasons)"
    ),
]
PreferredModes = Annotated[
    list[Mode] | None,
    BeforeValidator(_transit_modes),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": list(get_args(Mode))}}),
    Query(
        description="Les modes préférés, répétés ou séparés par des virgules ; de même. Sans "
        "effet sur modes, qui exclut"
    ),
]
Bikes = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"type": "boolean"}),
    Query(
        description="Avec un vélo à bord : seulement les véhicules qui en prennent, pas ceux dont "
        "on ne le sait pas (bikes_allowed)"
    ),
]
Cars = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"type": "boolean"}),
    Query(
        description="Avec une voiture à bord, d'un arrêt à un autre : seulement les véhicules qui "
        "en prennent, comme un bac (cars_allowed), sans marche (max_walk est 0)"
    ),
]
WalkSpeed = Annotated[
    float,
    BoundedNumber(*WALK_SPEEDS, "une vitesse en km/h est attendue", real=True),
    Query(
        description="Vitesse de marche, en km/h. Les durées que les réseaux donnent "
        "(transfers.txt) et les chemins dans les gares n'en dépendent pas"
    ),
]
ViaStay = Annotated[
    int,
    BoundedNumber(0, LONGEST_STAY),
    Query(description="Minutes que l'on passe au moins à chaque étape (via)"),
]
Window = Annotated[
    int | None,
    BoundedNumber(0, 720),
    Query(
        description="Minutes dans lesquelles partent (ou arrivent) les trajets ; 0 : seulement "
        "l'arrivée la plus tôt (ou le départ le plus tard) ; s'il manque : assez pour un choix"
    ),
]


async def journey_wishes(
    modes: Modes = None,
    wheelchair: Wheelchair = False,
    max_walk: MaxWalk = _DEFAULT_MAX_WALK,
    banned_routes: BannedRoutes = None,
    preferred_routes: PreferredRoutes = None,
    preferred_modes: PreferredModes = None,
    bikes: Bikes = False,
    cars: Cars = False,
    walk_speed: WalkSpeed = DEFAULT_SPEED,
    via_stay: ViaStay = 0,
) -> Wishes:
    """What the traveller accepts."""
    return Wishes(
        None if modes is None else frozenset(modes),
        wheelchair,
        0 if cars else max_walk,
        bicycle_aboard=bikes,
        car_aboard=cars,
        banned_routes=frozenset(map(GlobalId, banned_routes or ())),
        preferred_routes=frozenset(map(GlobalId, preferred_routes or ())),
        preferred_modes=frozenset(preferred_modes or ()),
        walk_speed=walk_speed / 3.6,
        stay=via_stay * 60,
    )


async def journey_request(
    origin: From,
    to: To,
    wishes: Annotated[Wishes, Depends(journey_wishes)],
    at: LocalInstant = None,
    arrive_by: ArriveBy = None,
    via: Via = None,
    window: Window = None,
    cursor: Cursor = None,
) -> JourneyRequest:
    """The query of the parameters. Raises Refusal if they give two instants."""
    if isinstance(arrive_by, datetime):
        if at is not None:
            raise Refusal(
                "invalid",
                "Donnez soit at, soit un instant à arrive_by, pas les deux.",
                parameter="arrive_by",
            )
        at = arrive_by
    return JourneyRequest(
        origin,
        to,
        int(at.timestamp()) if at is not None and at.tzinfo is not None else at,
        arrive_by=bool(arrive_by),
        via=tuple(via or ()),
        wishes=wishes,
        window=None if window is None else window * 60,
        cursor=cursor,
    )


JourneyQuery = Annotated[JourneyRequest, Depends(journey_request)]
