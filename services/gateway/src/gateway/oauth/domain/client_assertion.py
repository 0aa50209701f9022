"""The issuer that a client assertion names (RFC 7523), before its signature is proven."""

import base64
import json


def claimed_issuer(assertion: str) -> str:
    """The unverified issuer of an assertion; "" if it is malformed."""
    try:
        _, payload, _ = assertion.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        issuer = claims["iss"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return issuer if isinstance(issuer, str) else ""
