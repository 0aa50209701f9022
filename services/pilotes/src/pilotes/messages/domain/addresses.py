"""Where messages are sent to: addresses of e-mails, as this service accepts them, and browsers."""

import re
from typing import Final, Literal

from socle.errors import Refusal
from socle.web_push import PushTarget

Channel = Literal["mail", "push"]
"""`mail`: e-mail. `push`: notifications of a browser (Web Push)."""
Address = str | PushTarget
"""Of an e-mail, or of a browser."""

MOST_CHARACTERS: Final = 254
"""Of an address (RFC 5321 §4.5.3.1.3, without its angle brackets)."""
ADDRESS_REFUSALS: Final = frozenset(
    {
        "mail_address_invalid",
        "mail_confirmations_limit",
        "push_keys_invalid",
        "push_target_invalid",
    }
)
"""The rules of refusals after which another address can be given, or this one later."""
# The dot-string of RFC 5321 §4.1.2 at a domain name: quoted local parts and addresses of machines
# are not written by people. Nothing in it can end a header or a command.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9])"
)
_MOST_LOCAL: Final = 64
# What begins an encoded word (RFC 2047 §2): a header would be read as another address.
_ENCODED_WORD: Final = "=?"


def read_address(typed: str) -> str:
    """The address in a typed text. Raises Refusal if it is none. The text is in no refusal, which
    can be logged."""
    address = typed.strip()
    found = _ADDRESS.fullmatch(address) if len(address) <= MOST_CHARACTERS else None
    if found is None or len(found["local"]) > _MOST_LOCAL or _ENCODED_WORD in found["local"]:
        raise Refusal(
            "invalid",
            "Cette adresse de courriel n'est pas complète, ou a été mal recopiée. Elle s'écrit"
            " comme prenom.nom@exemple.fr, sans accent.",
            rule="mail_address_invalid",
        )
    return address


def channel_of(address: Address) -> Channel:
    """How messages reach that address."""
    return "mail" if isinstance(address, str) else "push"
