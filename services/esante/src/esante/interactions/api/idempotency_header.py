"""The header Idempotency-Key of a request.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.flows.worker_pool import WorkerPool
from esante.interactions.flows.dependencies import Dependencies
from socle.errors import Refusal

_HEADER: Final = b"idempotency-key"
# A quoted string of structured fields, or its content alone, as most clients send it.
_KEY: Final = re.compile(
    r'"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})'
)
_MEANING: Final = (b"content-type", b"if-none-exist", b"x-security-context")
"""Headers that make another request of the same body."""


async def idempotency_key_of(
    request: FhirRequest, body: bytes, workers: WorkerPool
) -> IdempotencyKey | None:
    """The key of a POST; None without one. Raises Refusal if the header is malformed."""
    maker = idempotency_key_maker(request)
    if maker is None:
        return None
    return maker(await workers.run(len(body), lambda: hashlib.sha256(body).digest()))


def idempotency_key_maker(request: FhirRequest) -> Callable[[bytes], IdempotencyKey] | None:
    """Makes the key of the SHA-256 of the body, for a body that is not held. Otherwise as
    `idempotency_key_of`."""
    header = request.headers.get(_HEADER)
    if header is None:
        return None
    match = _KEY.fullmatch(header.decode("latin-1").strip())
    if match is None:
        raise Refusal(
            "invalid",
            "Idempotency-Key est mal formé ; attendu : un texte de 255 caractères au plus, comme"
            ' "8e03978e-40d5-43dd-bc93-6894a57f9324".',
        )
    caller = request.caller
    account = "\x1f".join((caller.subject, caller.client or "", caller.patient or ""))
    # With other scopes, the answer could contain what the caller can no longer read.
    scopes = " ".join(sorted(caller.scopes)).encode()
    address = f"{request.method} {request.type}?".encode() + request.raw_query
    meaning = b"\n".join((address, scopes, *(request.headers.get(each, b"") for each in _MEANING)))

    def make(sha256: bytes) -> IdempotencyKey:
        fingerprint = hashlib.sha256(meaning + b"\n" + sha256).digest()
        return IdempotencyKey(account, match[1] or match[2], fingerprint)

    return make


def dependencies_of(request: FhirRequest, dependencies: Dependencies) -> Dependencies:
    """The dependencies with which a request writes: an entry of a batch records its key, and
    `Prefer: handling=strict` makes warnings errors."""
    if request.strict:
        strict = replace(dependencies.validator, strict=True)
        dependencies = replace(dependencies, validator=strict)
    if request.idempotency_key is None:
        return dependencies
    return replace(dependencies, idempotency_key=request.idempotency_key)
