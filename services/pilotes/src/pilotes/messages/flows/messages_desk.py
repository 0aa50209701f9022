"""The dependencies of the use cases of messages, gathered for their pages."""

from dataclasses import dataclass

from pilotes.messages.ports import Recipients
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class MessagesDesk:
    """The dependencies of the use cases of messages."""

    recipients: Recipients
    clock: Clock
    available: bool
    """Whether this installation has a mail server: nothing is sent without one."""

    async def list_reminded_pilots(self) -> frozenset[str]:
        """The pilots whose participants can choose reminders now; none without a mail server."""
        return await self.recipients.list_reminded_pilots() if self.available else frozenset()

    def require_available(self) -> None:
        """Raises Refusal if nothing can be sent."""
        if not self.available:
            raise Refusal(
                "conflict",
                "Cette installation n'envoie pas de courriels : rien n'a été enregistré.",
                rule="mail_unavailable",
            )
