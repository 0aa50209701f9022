"""Sends notifications to the push services of browsers (`socle.web_push`), as the service worker of
the pages understands them: the page that a click opens, the title, the text and the language."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson

from pilotes.messages.domain.notifications import PAGE, Notification
from pilotes.messages.domain.topics import Attempt
from socle.web_push import Delivery, PushSender, PushTarget

log = logging.getLogger("pilotes.messages")

_LONGEST_WAIT: Final = 86_400.0  # seconds


class NotificationSender:
    """Implements `SendNotification`. `sender`: a `socle.web_push.client.WebPushClient`."""

    def __init__(self, sender: PushSender) -> None:
        self._sender = sender

    async def __call__(
        self, message_id: UUID, target: PushTarget, notification: Notification
    ) -> Attempt:
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
        return _attempt(delivery, confirmed=notification.type != "confirmation")


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
