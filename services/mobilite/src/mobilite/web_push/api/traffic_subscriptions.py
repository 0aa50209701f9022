"""`/mobilite/v1/routes/{route_id}/subscriptions` and `/mobilite/v1/stops/{stop_id}/subscriptions`.

Nothing of a request is logged: the endpoint identifies a browser.
"""

from typing import Annotated

from fastapi import Path, Response

from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.responses import PRIVATE
from mobilite.web_push.api.models import PushSubscriptionJson, TrafficTargetJson
from mobilite.web_push.api.subscriptions import (
    SubscriptionId,
    WebPush,
    delete_subscription,
    offered_here,
    read_target,
    subscription_json,
)
from mobilite.web_push.domain.notification_times import MINUTES_OF_A_DAY, NotificationTimes
from mobilite.web_push.domain.push_subscription import Subject
from mobilite.web_push.flows.subscribe import subscribe_to_traffic
from socle.http import Router

RouteId = Annotated[str, Path(description="Un identifiant de ligne", max_length=300)]
StopId = Annotated[str, Path(description="Un identifiant d'arrêt ou de pôle", max_length=300)]


def route_subscriptions_router(web_push: WebPush | None) -> Router:
    """The router of the subscriptions to lines. `web_push`: None where notifications are not
    offered."""
    router = Router(tags=["routes"])

    @router.post(
        "/routes/{route_id:path}/subscriptions",
        operation_id="subscribe_to_route",
        response_model=PushSubscriptionJson,
        status_code=201,
        summary="Être prévenu des perturbations d'une ligne",
    )
    async def add(
        response: Response, route_id: RouteId, target: TrafficTargetJson, languages: Languages
    ) -> PushSubscriptionJson:
        """Abonne un navigateur (Web Push) aux perturbations d'une ligne qui commencent ou se
        terminent à partir de maintenant, et aux départs supprimés des deux prochaines heures, aux
        jours et heures donnés, dans la langue de la demande. La même demande renouvelle
        l'abonnement ; sans renouvellement il est effacé après 90 jours."""
        return await _subscribe(web_push, response, Subject("route", route_id), target, languages)

    @router.delete(
        "/routes/{route_id:path}/subscriptions/{subscription_id}",
        operation_id="unsubscribe_from_route",
        status_code=204,
        summary="Ne plus être prévenu d'une ligne",
    )
    async def remove(route_id: RouteId, subscription_id: SubscriptionId) -> Response:
        """Efface un abonnement."""
        return await delete_subscription(web_push, subscription_id, Subject("route", route_id))

    return router


def stop_subscriptions_router(web_push: WebPush | None) -> Router:
    """The router of the subscriptions to stops. `web_push`: None where notifications are not
    offered."""
    router = Router(tags=["stops"])

    @router.post(
        "/stops/{stop_id:path}/subscriptions",
        operation_id="subscribe_to_stop",
        response_model=PushSubscriptionJson,
        status_code=201,
        summary="Être prévenu des perturbations d'un arrêt",
    )
    async def add(
        response: Response, stop_id: StopId, target: TrafficTargetJson, languages: Languages
    ) -> PushSubscriptionJson:
        """Abonne un navigateur (Web Push) aux perturbations d'un arrêt ou d'un pôle et des lignes
        qui le desservent, et aux départs supprimés de la prochaine heure, comme ceux d'une
        ligne."""
        return await _subscribe(web_push, response, Subject("stop", stop_id), target, languages)

    @router.delete(
        "/stops/{stop_id:path}/subscriptions/{subscription_id}",
        operation_id="unsubscribe_from_stop",
        status_code=204,
        summary="Ne plus être prévenu d'un arrêt",
    )
    async def remove(stop_id: StopId, subscription_id: SubscriptionId) -> Response:
        """Efface un abonnement."""
        return await delete_subscription(web_push, subscription_id, Subject("stop", stop_id))

    return router


async def _subscribe(
    web_push: WebPush | None,
    response: Response,
    subject: Subject,
    target: TrafficTargetJson,
    languages: tuple[str, ...],
) -> PushSubscriptionJson:
    response.headers.update(PRIVATE)
    # A time input writes the end of the day as 00:00.
    end = _minutes(target.end) or MINUTES_OF_A_DAY
    times = NotificationTimes(frozenset(target.days), _minutes(target.start), end)
    added = await subscribe_to_traffic(
        subject,
        read_target(target),
        text_language(languages),
        times,
        given=offered_here(web_push),
    )
    return subscription_json(added)


def _minutes(time: str) -> int:
    """HH:MM in minutes."""
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
