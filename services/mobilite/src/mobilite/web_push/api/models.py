"""The JSON of notifications. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson


class PushKeysJson(BaseModel):
    """The keys of a browser, base64url (RFC 8291)."""

    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=40)]


class PushTargetJson(BaseModel):
    """What `PushSubscription.toJSON()` gives in a browser; other members are ignored."""

    endpoint: Annotated[
        str, Field(max_length=1000, description="L'adresse que donne le navigateur")
    ]
    keys: PushKeysJson


class TrafficTargetJson(PushTargetJson):
    """A browser, and when it is notified of a line or a stop, in the local time of the network."""

    days: Annotated[
        list[Annotated[int, Field(ge=1, le=7)]],
        Field(
            min_length=1,
            max_length=7,
            description="Les jours, de 1 (lundi) à 7 (dimanche)",
        ),
    ] = [1, 2, 3, 4, 5, 6, 7]
    start: Annotated[
        str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Pas avant cette heure")
    ] = "06:00"
    end: Annotated[
        str,
        Field(
            pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            description="Ni après celle-ci ; avant start ou égale : le lendemain",
        ),
    ] = "22:00"


class PushSubscriptionJson(TypedDict):
    """A subscription of a browser."""

    id: Annotated[str, Field(description="Secret : qui l'a peut supprimer l'abonnement")]
    until: Annotated[
        InstantJson,
        Field(
            description="Effacé alors au plus tard ; avant, sur demande, à l'arrivée d'un trajet, "
            "ou si le service de notifications n'accepte pas de premier message en dix minutes"
        ),
    ]


class WebPushJson(TypedDict):
    """How a browser subscribes to notifications."""

    public_key: Annotated[
        str | None,
        Field(
            description="La clé à donner à pushManager.subscribe (applicationServerKey) ; null : "
            "pas de notifications ici"
        ),
    ]
    delay: Annotated[
        int, Field(description="Secondes de retard de plus, ou de moins, qui sont annoncées")
    ]
