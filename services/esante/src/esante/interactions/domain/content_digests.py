"""The digests of a content that arrives in chunks, and those that its sender declares.

https://www.rfc-editor.org/rfc/rfc9530 (Content-Digest), https://www.rfc-editor.org/rfc/rfc3230
(Digest)
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Final

from socle.errors import Refusal

# By the names of the registry, in lower case. RFC 9530 lets a recipient ignore the others.
_ALGORITHMS: Final[Mapping[str, str]] = {
    "sha-256": "sha256",
    "sha-512": "sha512",
    "sha": "sha1",
    "md5": "md5",
}
_CONTENT_DIGEST: Final = re.compile(r"\s*([a-z0-9*_.-]+)\s*=\s*:([A-Za-z0-9+/=]*):\s*")
_DIGEST: Final = re.compile(r"\s*([A-Za-z0-9-]+)\s*=\s*([A-Za-z0-9+/=]+)\s*")


class ContentDigests:
    """Digests of the chunks given to `update`.

    `expected`: (header, algorithm, digest) of each declared one, from `declared_digests`.
    """

    def __init__(self, expected: list[tuple[str, str, bytes]]) -> None:
        self._expected = expected
        names = {"sha1", "sha256", *(_ALGORITHMS[algorithm] for _, algorithm, _ in expected)}
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}
        self.size = 0
        """Bytes so far."""

    def update(self, chunk: bytes) -> None:
        """Add the next chunk."""
        self.size += len(chunk)
        for each in self._hashes.values():
            each.update(chunk)

    @property
    def sha1(self) -> bytes:
        """The SHA-1 so far: the algorithm of `Attachment.hash`."""
        return self._hashes["sha1"].digest()

    @property
    def sha256(self) -> bytes:
        """The SHA-256 so far."""
        return self._hashes["sha256"].digest()

    def verify(self) -> None:
        """Raises Refusal("invalid") unless the content has every declared digest."""
        for header, algorithm, digest in self._expected:
            if self._hashes[_ALGORITHMS[algorithm]].digest() != digest:
                raise Refusal(
                    "invalid",
                    f"Le contenu reçu n'a pas l'empreinte {algorithm} que dit {header} : il a"
                    " changé en route. Envoyez-le à nouveau.",
                    issue="value",
                )


def declared_digests(
    content_digest: str | None, digest: str | None
) -> list[tuple[str, str, bytes]]:
    """The digests in those headers: (header, algorithm, digest). Unknown algorithms are ignored.

    Raises Refusal("invalid") if a header is malformed.
    """
    found: list[tuple[str, str, bytes]] = []
    for header, pattern, text in (
        ("Content-Digest", _CONTENT_DIGEST, content_digest),
        ("Digest", _DIGEST, digest),
    ):
        for part in (text or "").split(",") if text is not None else ():
            match = pattern.fullmatch(part)
            if match is None:
                raise _malformed(header)
            algorithm = match[1].lower()
            if algorithm in _ALGORITHMS:
                found.append((header, algorithm, _decoded(match[2], header)))
    return found


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise _malformed(header) from None


def _malformed(header: str) -> Refusal:
    example = "sha-256=:…:" if header == "Content-Digest" else "SHA-256=…"
    return Refusal("invalid", f"{header} est mal formé ; attendu : {example}, en base64.")
