"""The links in e-mails, which act without an account: one confirms an address, one stops messages.

A link is the id of the recipient and a message authentication code of it, in base64url. A copy of
the database cannot make one: the key is not in it.
"""

import base64
import binascii
import hmac
from typing import Final, Literal

LinkPurpose = Literal["confirm", "stop"]
_ID_BYTES: Final = 16
_CODE_BYTES: Final = 16


def make_link(key: bytes, purpose: LinkPurpose, recipient: bytes, sealed: bytes) -> str:
    """The last part of the address of a link.

    `recipient`: its id, 16 bytes. `sealed`: the sealed address. A link that confirms is valid for
    this one alone; one that stops messages stays valid for the recipient.
    """
    code = _code(key, purpose, recipient, sealed)
    return base64.urlsafe_b64encode(recipient + code).decode().rstrip("=")


def recipient_of_link(link: str) -> bytes | None:
    """The id of the recipient that a link names, 16 bytes, which `is_authentic` has to confirm;
    None if it is no link."""
    read = _read(link)
    return None if read is None else read[:_ID_BYTES]


def is_authentic(
    key: bytes, purpose: LinkPurpose, link: str, recipient: bytes, sealed: bytes
) -> bool:
    """Whether this service made the link for that purpose. `sealed`: as in `make_link`."""
    read = _read(link)
    if read is None or read[:_ID_BYTES] != recipient:
        return False
    return hmac.compare_digest(read[_ID_BYTES:], _code(key, purpose, recipient, sealed))


def _code(key: bytes, purpose: LinkPurpose, recipient: bytes, sealed: bytes) -> bytes:
    about = f"{purpose}:".encode() + recipient + (sealed if purpose == "confirm" else b"")
    return hmac.digest(key, about, "sha256")[:_CODE_BYTES]


def _read(link: str) -> bytes | None:
    try:
        read = base64.b64decode(link + "=" * (-len(link) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return read if len(read) == _ID_BYTES + _CODE_BYTES else None
