"""Subscribe a browser to the changes of a journey, and unsubscribe it."""

import secrets
from datetime import timedelta
from typing import Final

from mobilite.web_push.domain.journey_facts import POSSIBLE
from mobilite.web_push.domain.push_subscription import Language, PushSubscription, PushTarget
from mobilite.web_push.flows.notify_subscribers import PushNotifier
from mobilite.web_push.flows.push_services import PushServices
from mobilite.web_push.ports import PushSubscriptions
from socle.clock import Clock
from socle.errors import Refusal

_AFTER_ARRIVAL: Final = timedelta(hours=6)
"""How long after the planned arrival a subscription is stored at most: journeys can be late."""
_FURTHEST: Final = timedelta(days=7)
"""How long before the arrival a subscription is stored at most."""
LONGEST_ID: Final = 2000
"""Characters of a journey's id, which is in each message."""


async def subscribe(
    journey_id: str,
    target: PushTarget,
    language: Language,
    *,
    services: PushServices,
    notifier: PushNotifier,
    store: PushSubscriptions,
    clock: Clock,
) -> PushSubscription:
    """Notify a browser of what changes from now on, in place of its former subscription to the
    journey.

    Raises Refusal: as `PushServices.check`, `JourneySubscriptions.open` and
    `PushSubscriptions.add`; "gone" for a journey that is over, "invalid" for one that is too far
    ahead, or that has too long an id or no ride ahead.
    """
    services.check(target)
    if len(journey_id) > LONGEST_ID:
        raise _refused("Ce trajet a trop d'étapes pour être suivi par des notifications.")
    journey = await notifier.facts_of(journey_id, language)
    if journey.is_over(clock.now()):
        raise Refusal("gone", "Ce trajet est terminé.")
    if journey.arrival > clock.now() + _FURTHEST:
        raise _refused("Ce trajet est dans plus de sept jours : abonnez-vous plus tard.")
    if journey.facts.keys() == {POSSIBLE}:
        raise _refused("Ce trajet n'a plus rien qui puisse changer.")
    subscription = PushSubscription(
        secrets.token_urlsafe(24),
        journey_id,
        language,
        target,
        journey.arrival + _AFTER_ARRIVAL,
        journey.facts,
    )
    await store.add(subscription, replica=notifier.replica)
    notifier.start(subscription)
    return subscription


async def unsubscribe(
    subscription_id: str, journey_id: str, *, notifier: PushNotifier, store: PushSubscriptions
) -> None:
    """Delete a subscription. Raises Refusal("not_found") if there is none."""
    if not await store.remove(subscription_id, journey_id=journey_id):
        raise Refusal("not_found", "Cet abonnement n'existe pas, ou n'existe plus.")
    notifier.stop(subscription_id)


def _refused(message: str) -> Refusal:
    return Refusal("invalid", message, parameter="journey_id")
