"""Web Push (W3C Push API, RFC 8030): messages to browsers, through the push services of these.

    class MySettings(WebPushSettings)         # MY_PUSH_KEY, MY_PUSH_CONTACT, MY_PUSH_SERVICES
    key = read_vapid_key(settings)            # `socle.web_push.vapid`
    services = push_services(settings)
    services.check(target)                    # of a browser that subscribes, so of anybody
    client = WebPushClient(session, key, services)    # `socle.web_push.client`
    await client.send(target, message, topic="news", seconds=3600)

Both modules are imported by name: only a process that signs or sends loads their libraries.
"""

from socle.web_push.services import KNOWN_SERVICES, PushServices, push_services
from socle.web_push.settings import WebPushSettings
from socle.web_push.target import AT_ONCE, Delivery, PushSender, PushTarget

__all__ = [
    "AT_ONCE",
    "KNOWN_SERVICES",
    "Delivery",
    "PushSender",
    "PushServices",
    "PushTarget",
    "WebPushSettings",
    "push_services",
]
