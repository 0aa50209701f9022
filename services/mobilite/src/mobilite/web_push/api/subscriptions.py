"""`/mobilite/v1/web-push`, and the subscriptions to journeys
(`/mobilite/v1/journeys/{journey_id}/subscriptions`).

Nothing of a request is logged: the endpoint identifies a browser, and the id of a journey has its
ends.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Request, Response

from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.responses import PRIVATE, schedule_response
from mobilite.http.api.times import utc
from mobilite.web_push.api.models import PushSubscriptionJson, PushTargetJson, WebPushJson
from mobilite.web_push.domain.push_subscription import PushSubscription, Subject
from mobilite.web_push.flows.subscribe import Subscribing, subscribe_to_journey, unsubscribe
from socle.errors import Refusal
from socle.http import Router
from socle.web_push import PushTarget

JourneyId = Annotated[str, Path(description="Le champ id d'un trajet de /journeys")]
SubscriptionId = Annotated[str, Path(description="Le champ id de l'abonnement", max_length=64)]


@dataclass(frozen=True, slots=True)
class WebPush:
    """What the endpoints need where notifications are offered."""

    public_key: str
    subscribing: Subscribing


def web_push_router(web_push: WebPush | None, least_delay: int) -> Router:
    """The router of notifications. `web_push`: None where they are not offered. `least_delay`:
    seconds from which another delay is notified."""
    router = Router(tags=["journeys"])

    @router.get(
        "/web-push",
        operation_id="get_web_push",
        response_model=WebPushJson,
        summary="Notifications",
    )
    async def describe(request: Request) -> Response:
        """La clé avec laquelle un navigateur s'abonne aux notifications d'un trajet, d'une ligne ou
        d'un arrêt, et ce qui est annoncé d'un trajet : course supprimée, correspondance manquée,
        arrêt non desservi ou fermé, station de location vide ou pleine, réservation close, autre
        quai, perturbation, et tout retard qui change d'au moins `delay` secondes."""
        key = None if web_push is None else web_push.public_key
        return schedule_response(request, {"public_key": key, "delay": least_delay})

    _add_subscriptions(router, web_push)
    return router


def _add_subscriptions(router: Router, web_push: WebPush | None) -> None:
    @router.post(
        "/journeys/{journey_id}/subscriptions",
        operation_id="subscribe_to_journey",
        response_model=PushSubscriptionJson,
        status_code=201,
        summary="Être prévenu des changements d'un trajet",
    )
    async def add(
        response: Response, journey_id: JourneyId, target: PushTargetJson, languages: Languages
    ) -> PushSubscriptionJson:
        """Abonne un navigateur (Web Push) : il est prévenu de ce qui change à partir de maintenant,
        dans la langue de la demande. Le même navigateur et le même trajet : remplace l'abonnement
        précédent. L'adresse du navigateur n'est gardée que jusqu'à l'arrivée."""
        offered = offered_here(web_push)
        response.headers.update(PRIVATE)
        added = await subscribe_to_journey(
            journey_id, read_target(target), text_language(languages), given=offered
        )
        return subscription_json(added)

    @router.delete(
        "/journeys/{journey_id}/subscriptions/{subscription_id}",
        operation_id="unsubscribe_from_journey",
        status_code=204,
        summary="Ne plus être prévenu",
    )
    async def remove(journey_id: JourneyId, subscription_id: SubscriptionId) -> Response:
        """Efface un abonnement."""
        return await delete_subscription(web_push, subscription_id, Subject("journey", journey_id))


async def delete_subscription(
    web_push: WebPush | None, subscription_id: str, subject: Subject
) -> Response:
    """Deletes a subscription of a browser to that subject. 204."""
    await unsubscribe(subscription_id, subject, given=offered_here(web_push))
    return Response(status_code=204, headers=PRIVATE)


def read_target(target: PushTargetJson) -> PushTarget:
    """Where the browser receives messages."""
    return PushTarget(target.endpoint, target.keys.p256dh, target.keys.auth)


def subscription_json(subscription: PushSubscription) -> PushSubscriptionJson:
    """What the browser stores of its subscription."""
    return {"id": subscription.id, "until": utc(subscription.until)}


def offered_here(web_push: WebPush | None) -> Subscribing:
    """Raises Refusal("unsupported") where notifications are not offered."""
    if web_push is None:
        raise Refusal("unsupported", "Les notifications ne sont pas proposées ici.")
    return web_push.subscribing
