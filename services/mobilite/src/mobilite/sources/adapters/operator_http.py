"""HTTP requests to operators' servers: limits, conditional requests, errors as SourceFault.

Validators: https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from mobilite.sources.ports import SourceFault
from socle.http import InternalAddressError

_STATUS_TEXTS: Final = {
    401: "le serveur demande une clé ou un mot de passe",
    403: "le serveur refuse l'accès (clé absente ou expirée ?)",
    404: "cette adresse n'existe pas (ou plus)",
    410: "cette adresse n'existe plus",
    429: "le serveur trouve nos demandes trop fréquentes",
}


_LONGEST_RETRY_AFTER: Final = 3600.0
"""Seconds: the longest pause that a Retry-After can request."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of one request."""

    connect: float
    """Seconds to connect."""
    read: float
    """Seconds without new data."""
    total: float
    """Seconds for the entire request."""
    max_bytes: int
    """Bytes of the decompressed body."""
    redirects: int = 5
    """Redirects that are followed."""

    @property
    def timeout(self) -> aiohttp.ClientTimeout:
        """The time limits for aiohttp."""
        return aiohttp.ClientTimeout(
            total=self.total, sock_connect=self.connect, sock_read=self.read
        )


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise SourceFault for the exceptions of aiohttp."""
    try:
        yield
    except TimeoutError as error:
        raise SourceFault("timeout", "Le serveur met trop de temps à répondre.") from error
    except aiohttp.TooManyRedirects as error:
        raise SourceFault("redirects", "Le serveur redirige sans fin.") from error
    except InternalAddressError as error:
        raise SourceFault(
            "led_inside",
            "Le serveur renvoie vers une adresse qui n'est pas publique : elle n'est pas suivie.",
        ) from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise SourceFault("address", "L'adresse n'est pas utilisable.") from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise SourceFault("tls", "Le certificat du serveur n'est pas valable.") from error
    except aiohttp.ClientPayloadError as error:
        raise SourceFault("truncated", "La réponse s'arrête en chemin.") from error
    except aiohttp.ClientConnectionError as error:
        raise SourceFault("connection", "Le serveur est injoignable.") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise SourceFault("http", "La réponse n'est pas du HTTP correct.") from error


def status_fault(response: aiohttp.ClientResponse) -> SourceFault:
    """The fault for a status other than 200 or an expected 304. Of Retry-After, only the form in
    seconds is read."""
    status = response.status
    if status == 204:
        return SourceFault("empty", "La réponse est vide.")
    words = _STATUS_TEXTS.get(
        status, "erreur du serveur" if status >= 500 else "réponse inattendue"
    )
    given = response.headers.get("Retry-After", "")
    pause = min(float(given), _LONGEST_RETRY_AFTER) if given.isdecimal() else None
    return SourceFault("http_status", f"HTTP {status} : {words}.", retry_after=pause)


def validators(response: aiohttp.ClientResponse) -> str:
    """The validators of a response (ETag, Last-Modified), as JSON; null for one that is missing
    or cannot be sent back."""
    names = ("ETag", "Last-Modified")
    values = {name: response.headers.get(name, "") for name in names}
    return json.dumps(
        {name: value if _is_sendable(value) else None for name, value in values.items()}
    )


def conditional_headers(known: str | None) -> dict[str, str]:
    """If-None-Match and If-Modified-Since for the version `known` (from `validators`), as far as it
    has them; {} for None."""
    if known is None:
        return {}
    given = json.loads(known)
    pairs = (("If-None-Match", given["ETag"]), ("If-Modified-Since", given["Last-Modified"]))
    return {name: value for name, value in pairs if value}


def _is_sendable(value: str) -> bool:
    return value != "" and value.isascii() and value.isprintable()


def redact_url(url: str) -> str:
    """An address without credentials and query, which may contain keys."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
