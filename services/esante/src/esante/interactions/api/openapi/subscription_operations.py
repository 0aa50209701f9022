"""The texts of the operations of subscriptions."""

from typing import Final

from esante.interactions.api.openapi.operation_text import (
    STORED_EXAMPLE,
    OperationText,
    OperationTexts,
)

_SUBSCRIPTION: Final = "https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/operations.html"
_STREAM: Final = "https://html.spec.whatwg.org/multipage/server-sent-events.html"
_FOLLOW: Final = "fhir-subscriptions"

SUBSCRIPTION_OPERATIONS: Final[OperationTexts] = {
    ("$status", "instance"): OperationText(
        operation_id="get_subscription_status",
        summary="L’état d’un abonnement",
        description=(
            "Le nombre d’événements depuis son début, et la dernière erreur de ses envois."
            f" {STORED_EXAMPLE}"
        ),
        clause=_SUBSCRIPTION,
        scopes="r",
        returned="Bundle",
        tag=_FOLLOW,
        parameters=("Pretty",),
        query={},
    ),
    ("$events", "instance"): OperationText(
        operation_id="list_subscription_events",
        summary="Les événements d’un abonnement",
        description=(
            "Ceux que l’abonné a manqués, pendant huit jours, dans la limite de vos droits ;"
            f" 100 au plus à la fois. {STORED_EXAMPLE}"
        ),
        clause=_SUBSCRIPTION,
        scopes="r",
        returned="Bundle",
        tag=_FOLLOW,
        parameters=("Pretty",),
        query={"eventsSinceNumber": "1", "content": "id-only"},
    ),
    ("event-stream", "instance"): OperationText(
        operation_id="follow_subscription",
        summary="Suivre un abonnement par un flux d’événements",
        description=(
            "Chaque événement est un Bundle de notification ; son `id` est son numéro, à renvoyer"
            " dans `Last-Event-ID` pour reprendre sans perte. Un premier événement, `handshake`,"
            " donne le numéro de départ ; le dernier, `end`, dit pourquoi l’abonnement s’arrête."
            " Le flux se ferme toutes les cinq minutes : le navigateur revient de lui-même."
            f" {STORED_EXAMPLE}"
        ),
        clause=_STREAM,
        scopes="r",
        returned="EventStream",
        media="text/event-stream",
        tag=_FOLLOW,
        parameters=("EventsSince", "LastEventId"),
    ),
}
