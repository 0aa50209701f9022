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


class PushSubscriptionJson(TypedDict):
    """A subscription to the changes of a journey."""

    id: Annotated[str, Field(description="Secret : qui l'a peut supprimer l'abonnement")]
    until: Annotated[
        InstantJson,
        Field(description="Effacé alors au plus tard ; avant, à l'arrivée ou sur demande"),
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
