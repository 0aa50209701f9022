"""Subscribe a browser to the changes of a journey, a line or a stop, and unsubscribe it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mobilite.web_push.domain.journey_facts import POSSIBLE
from mobilite.web_push.domain.notification_times import NotificationTimes
from mobilite.web_push.domain.push_subscription import Language, PushSubscription, Subject
from mobilite.web_push.flows.notify_subscribers import PushNotifier
from mobilite.web_push.ports import PushSubscriptions
from socle.clock import Clock
from socle.errors import Refusal
from socle.web_push import PushServices, PushTarget

_AFTER_ARRIVAL: Final = timedelta(hours=6)
"""How long after the planned arrival a subscription is stored at most: journeys can be late."""
_FURTHEST: Final = timedelta(days=7)
"""How long before the arrival a subscription is stored at most."""
_UNRENEWED: Final = timedelta(days=90)
"""How long a subscription to a line or a stop is stored without being renewed."""
LONGEST_ID: Final = 2000
"""Characters of an id, which is in each message."""


@dataclass(frozen=True, slots=True)
class Subscribing:
    """What subscribing needs."""

    services: PushServices
    notifier: PushNotifier
    store: PushSubscriptions
    clock: Clock


async def subscribe_to_journey(
    journey_id: str, target: PushTarget, language: Language, *, given: Subscribing
) -> PushSubscription:
    """Notify a browser of what changes from now on, in place of its former subscription to the
    journey.

    Raises Refusal: as `PushServices.check`, `JourneySubscriptions.open` and
    `PushSubscriptions.add`; "gone" for a journey that is over, "invalid" for one that is too far
    ahead, or that has too long an id or no ride ahead.
    """
    given.services.check(target)
    now = given.clock.now()
    if len(journey_id) > LONGEST_ID:
        raise _refused("Ce trajet a trop d'étapes pour être suivi par des notifications.")
    journey = await given.notifier.facts_of(journey_id, language)
    if journey.is_over(now):
        raise Refusal("gone", "Ce trajet est terminé.")
    if journey.arrival > now + _FURTHEST:
        raise _refused("Ce trajet est dans plus de sept jours : abonnez-vous plus tard.")
    if journey.facts.keys() == {POSSIBLE}:
        raise _refused("Ce trajet n'a plus rien qui puisse changer.")
    subscription = PushSubscription(
        secrets.token_urlsafe(24),
        Subject("journey", journey_id),
        language,
        target,
        journey.arrival + _AFTER_ARRIVAL,
        journey.facts,
    )
    return await _start(subscription, given)


async def subscribe_to_traffic(
    subject: Subject,
    target: PushTarget,
    language: Language,
    times: NotificationTimes,
    *,
    given: Subscribing,
) -> PushSubscription:
    """Notify a browser of the traffic of a line or a stop from now on. Renews its former
    subscription to it, with other times if they differ.

    Raises Refusal: as `PushServices.check`, `TrafficReader.read` and `PushSubscriptions.add`.
    """
    given.services.check(target)
    subscription = PushSubscription(
        secrets.token_urlsafe(24),
        subject,
        language,
        target,
        given.clock.now() + _UNRENEWED,
        given.notifier.notified_now(subject, language),
        times,
    )
    return await _start(subscription, given)


async def unsubscribe(subscription_id: str, subject: Subject, *, given: Subscribing) -> None:
    """Delete a subscription. Raises Refusal("not_found") if there is none."""
    if not await given.store.remove(subscription_id, subject):
        raise Refusal("not_found", "Cet abonnement n'existe pas, ou n'existe plus.")
    given.notifier.stop(subscription_id)


async def _start(subscription: PushSubscription, given: Subscribing) -> PushSubscription:
    notifier, now = given.notifier, given.clock.now()
    stored = await given.store.add(subscription, replica=notifier.replica, now=now)
    notifier.start(stored)
    return stored


def _refused(message: str) -> Refusal:
    return Refusal("invalid", message, parameter="journey_id")
