"""Requests and responses of the token, introspection and revocation endpoints.

https://www.rfc-editor.org/rfc/rfc6749#section-5
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from gateway.http.api.forms import find_repeated, read_form_fields
from gateway.oauth.domain.errors import Denied
from gateway.oauth.flows.authenticate_client import ClientCredentials

_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
_FORM: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, each once (RFC 6749 §3.2).

    Raises Denied for another media type or a repeated field, Refusal for an unreadable form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Denied("invalid_request", f"Le contenu doit être {_FORM}.")
    fields = await read_form_fields(request)
    if repeated := find_repeated(fields):
        raise Denied("invalid_request", f"Paramètre répété : {repeated}.")
    return dict(fields)


def read_client_credentials(request: Request, form: Mapping[str, str]) -> ClientCredentials:
    """The credentials of an application: its `Authorization` header, if any, and the form.

    Raises Denied if the header is not Basic.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return ClientCredentials(None, form)
    try:
        if scheme.lower() != "basic":
            raise ValueError
        name, separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        if not separator:
            raise ValueError
    except (ValueError, binascii.Error):
        raise Denied("invalid_client", "L'en-tête Authorization doit être Basic.") from None
    # Each of the two is itself encoded as a form (RFC 6749 §2.3.1).
    return ClientCredentials((unquote_plus(name), unquote_plus(password)), form)


def token_response(body: Mapping[str, Any]) -> Response:
    """A successful response."""
    return JSONResponse(dict(body), headers=_NO_STORE)


def error_response(denied: Denied) -> Response:
    """An error response (RFC 6749 §5.2)."""
    body = {"error": denied.error, "error_description": denied.description}
    if denied.error != "invalid_client":
        return JSONResponse(body, 400, _NO_STORE)
    return JSONResponse(body, 401, _NO_STORE | {"www-authenticate": 'Basic realm="regionlab"'})
