"""Sends notifications to the push services of browsers (`socle.web_push`), as the service worker of
the pages understands them: the page that a click opens, the title, the text and the language."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson

from pilotes.messages.domain.notifications import PAGE, Notification
from pilotes.messages.domain.topics import Attempt
from socle.clock import Clock
from socle.http import origin_of
from socle.web_push import Delivery, PushSender, PushTarget

log = logging.getLogger("pilotes.messages")

_LONGEST_WAIT: Final = 86_400.0  # seconds
_BACK_OFF_SECONDS: Final = 60.0
"""How long nothing more is sent to a push service that is unavailable: one that hangs then delays
the others by one time limit a minute."""


class NotificationSender:
    """Implements `SendNotification`. `sender`: a `socle.web_push.client.WebPushClient`."""

    def __init__(self, sender: PushSender, clock: Clock) -> None:
        self._sender, self._clock = sender, clock
        self._not_before: dict[tuple[str, str, int], float] = {}
        """By origin of endpoints, until when nothing is sent to it. Not by the declared origin, as
        `*.push.apple.com`: people write endpoints, and one host that hangs is not the others."""

    async def __call__(
        self, message_id: UUID, target: PushTarget, notification: Notification
    ) -> Attempt:
        origin = origin_of(target.endpoint)
        if (wait := self._seconds_left(origin)) > 0:
            return Attempt("not_tried", timedelta(seconds=wait))
        try:
            delivery = await self._sender.send(
                target,
                _body(notification),
                # The same at each attempt: one that waits at the push service is replaced.
                topic=message_id.hex,
                seconds=max(0, int(notification.lasts.total_seconds())),
            )
        except Exception as error:  # noqa: BLE001 - one message does not end the others
            # Its text can contain the endpoint.
            log.error("a notification was perhaps not sent: %s", type(error).__name__)
            return Attempt("unknown")
        if delivery.unavailable:
            self._not_before[origin] = self._clock.monotonic() + _BACK_OFF_SECONDS
        return _attempt(delivery, confirmed=notification.type != "confirmation")

    def _seconds_left(self, origin: tuple[str, str, int]) -> float:
        """Seconds until something is sent to that push service again; 0 if it can be now."""
        now = self._clock.monotonic()
        self._not_before = {each: end for each, end in self._not_before.items() if end > now}
        return self._not_before.get(origin, now) - now


def _body(notification: Notification) -> bytes:
    return orjson.dumps(
        {
            "page": PAGE,
            "title": notification.title,
            "body": notification.text,
            "lang": notification.language,
        }
    )


def _attempt(delivery: Delivery, *, confirmed: bool) -> Attempt:
    """What the answer means (decision 53). `confirmed`: whether the push service has accepted a
    message for that browser before."""
    if delivery.outcome == "delivered":
        return Attempt("sent")
    if delivery.outcome == "gone" or (delivery.outcome == "refused" and not confirmed):
        return Attempt("refused")
    if delivery.uncertain:
        return Attempt("unknown")
    wait = delivery.after
    return Attempt(
        "not_sent",
        None if wait is None else timedelta(seconds=min(wait, _LONGEST_WAIT)),
        rejected=delivery.outcome == "refused",
    )
