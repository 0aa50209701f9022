"""Languages, and attachments: their size and hash are those of their data.

https://hl7.org/fhir/R4/datatypes.html#Attachment
"""

import binascii
import hashlib
from typing import Final

from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node
from esante.validation.domain.languages import language_problem

_SHA1_BYTES: Final = 20
# How the content of these types begins, in base64.
_SIGNATURES: Final = {"image/png": "iVBORw0KGgo", "image/jpeg": "/9j/", "image/gif": "R0lGOD"}


def check_language(node: Node, place: Place, found: Findings) -> None:
    """Add the issue of the `language` of a resource or an attachment."""
    language = node.get("language")
    problem = language_problem(language) if isinstance(language, str) else None
    if problem is not None:
        found.error("code-invalid", (place, "language", None), problem)


def check_attachment(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of an Attachment."""
    size, digest = _size(node.get("size")), _bytes(node.get("hash"))
    if digest is not None and len(digest) != _SHA1_BYTES:
        # A warning: four of R4's own examples have the hash of another algorithm.
        words = "L’empreinte est un SHA-1 : 20 octets, écrits en base64."
        found.warning("value", (place, "hash", None), words, "attachment")
        digest = None
    data = _bytes(node.get("data")) if (size, digest) != (None, None) else None
    if data is None:
        return
    if size is not None and size != len(data):
        words = f"La taille dite est {size} octets, le contenu en a {len(data)}."
        found.error("value", (place, "size", None), words)
    # SHA-1 is what R4 demands; nothing here depends on its strength.
    if digest is not None and hashlib.sha1(data, usedforsecurity=False).digest() != digest:
        words = "L’empreinte n’est pas le SHA-1 du contenu."
        found.error("value", (place, "hash", None), words)


def check_content(node: Node, place: Place, found: Findings) -> None:
    """Add a warning for an Attachment or a Binary whose data is no image of the type it states.

    R4 has no such rule, and programs mix up types of images.
    """
    data, content_type = node.get("data"), node.get("contentType")
    signature = _SIGNATURES.get(content_type) if isinstance(content_type, str) else None
    if signature is None or not isinstance(data, str) or not data:
        return
    if not "".join(data[:40].split()).startswith(signature):
        words = f"Le contenu n’est pas du type {content_type}."
        found.warning("value", (place, "contentType", None), words, "attachment")


def _size(size: object) -> int | None:
    return int(size) if isinstance(size, int) and not isinstance(size, bool) else None


def _bytes(value: object) -> bytes | None:
    """The bytes of a base64Binary; None if it is none, which StructureValidator reports."""
    if not isinstance(value, str):
        return None
    try:
        return binascii.a2b_base64(value)
    except ValueError:
        return None
