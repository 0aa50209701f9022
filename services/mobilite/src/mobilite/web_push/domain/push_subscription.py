"""A browser that is to be notified of the changes of a journey, a line or a stop.

Who has the endpoint can identify the browser, and the id of a journey has its ends: neither is in
the `repr`, so that no log can contain them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mobilite.web_push.domain.journey_facts import Fact
from mobilite.web_push.domain.notification_times import NotificationTimes
from socle.web_push import PushTarget

Language = Literal["fr", "en"]
SubjectType = Literal["journey", "route", "stop"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a browser is notified of."""

    type: SubjectType
    id: str = field(repr=False)
    """A public id: of a journey, a line, a stop or a hub."""


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser, and what it is notified of."""

    id: str = field(repr=False)
    """Who has it can delete the subscription."""
    subject: Subject
    language: Language
    target: PushTarget
    until: datetime
    """It is deleted then at the latest."""
    notified: Mapping[str, Fact] = field(repr=False)
    """What the traveller knows of the subject."""
    times: NotificationTimes | None = None
    """When it is notified; None for a journey: at any time."""
    confirmed: bool = False
    """Whether the push service has accepted a message for this browser."""
