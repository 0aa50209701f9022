"""The dependencies of the use cases of messages, gathered for their pages."""

from dataclasses import dataclass

from pilotes.messages.ports import Recipients
from socle.clock import Clock
from socle.errors import Refusal
from socle.web_push import PushServices


@dataclass(frozen=True, slots=True)
class Notifications:
    """How browsers are reached (Web Push)."""

    public_key: str
    """What browsers subscribe with (`applicationServerKey`)."""
    services: PushServices


@dataclass(frozen=True, slots=True)
class MessagesDesk:
    """The dependencies of the use cases of messages."""

    recipients: Recipients
    clock: Clock
    sends_mail: bool
    """Whether this installation has a mail server: no e-mail is sent without one."""
    notifications: Notifications | None
    """None: this installation has no key, and sends none."""

    async def list_reminded_pilots(self) -> frozenset[str]:
        """The pilots whose participants can choose reminders now; none if nothing can be sent."""
        if not self.sends_mail and self.notifications is None:
            return frozenset()
        return await self.recipients.list_reminded_pilots()

    def require_mail(self) -> None:
        """Raises Refusal if no e-mail can be sent."""
        if not self.sends_mail:
            raise Refusal(
                "conflict",
                "Cette installation n'envoie pas de courriels : rien n'a été enregistré.",
                rule="mail_unavailable",
            )

    def require_notifications(self) -> Notifications:
        """How browsers are reached. Raises Refusal if they cannot be."""
        if self.notifications is None:
            raise Refusal(
                "conflict",
                "Cette installation n'envoie pas de notifications : rien n'a été enregistré.",
                rule="notifications_unavailable",
            )
        return self.notifications
