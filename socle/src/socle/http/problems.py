"""Errors as problem+json (RFC 9457), with one stable type for each category.

Only this module maps a category to an HTTP status. https://www.rfc-editor.org/rfc/rfc9457
"""

import math
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from socle.errors import CATEGORIES, Category, Refusal, Retry
from socle.wording import curve_apostrophes

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:regionlab:problem:"
_RETRY_AFTER: Final[Mapping[str, float]] = {"unavailable": 5.0, "too_many": 1.0}
"""Default seconds in `Retry-After`, by category."""
_SENTENCE_MEMBERS: Final = ("reason", "sentence")
"""The details that are French sentences."""
_CHALLENGE: Final = ("error", "error_description", "scope", "acr_values")
_QUOTABLE: Final = re.compile(r"[ !#-\[\]-~]+")

Headers = list[tuple[bytes, bytes]]
"""Names in lower case, as in ASGI."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A problem type: its name, status and French title."""

    name: str
    status: int
    title: str


STATUS: Final[Mapping[Category, int]] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "too_large": 413,
    "too_many": 429,
    "unsupported": 415,
    "unavailable": 503,
}
_TITLES: Final[Mapping[Category, str]] = {
    "invalid": "Demande invalide",
    "unauthenticated": "Identification nécessaire",
    "forbidden": "Accès refusé",
    "not_found": "Introuvable",
    "conflict": "Conflit avec l'état actuel",
    "gone": "Supprimé",
    "too_large": "Contenu trop volumineux",
    "too_many": "Trop de demandes",
    "unsupported": "Format non pris en charge",
    "unavailable": "Service momentanément indisponible",
}
BY_CATEGORY: Final = {name: ProblemType(name, STATUS[name], _TITLES[name]) for name in CATEGORIES}

# Problem types of the HTTP edge, in addition to the categories of `socle.errors`.
METHOD_NOT_ALLOWED: Final = ProblemType("method_not_allowed", 405, "Méthode non autorisée")
NOT_ACCEPTABLE: Final = ProblemType("not_acceptable", 406, "Aucun format acceptable")
TIMEOUT: Final = ProblemType("timeout", 504, "Réponse trop tardive")
TARGET_TOO_LONG: Final = ProblemType("target_too_long", 414, "Adresse trop longue")
HEADERS_TOO_LARGE: Final = ProblemType("headers_too_large", 431, "En-têtes trop volumineux")
INTERNAL: Final = ProblemType("internal", 500, "Erreur interne")

_BY_STATUS: Final = {
    problem_type.status: problem_type
    for problem_type in (
        *BY_CATEGORY.values(),
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        TIMEOUT,
        TARGET_TOO_LONG,
        HEADERS_TOO_LARGE,
        INTERNAL,
    )
}
_SENTENCES: Final[Mapping[str, str]] = {
    "unauthenticated": "Cette adresse demande de s'identifier.",
    "forbidden": "Vous n'avez pas le droit de faire cette demande.",
    "not_found": "Rien n'existe à cette adresse : vérifiez-la."
    " Les interfaces sont décrites à /docs.",
    "method_not_allowed": "Cette adresse existe mais n'accepte pas cette méthode.",
    "timeout": "La réponse n'a pas pu être prête dans le temps accordé ; réessayez plus tard.",
    "internal": "Une erreur imprévue s'est produite ; citez l'identifiant de la demande"
    " si vous nous écrivez.",
    "unavailable": "Le service attend une ressource momentanément absente ;"
    " réessayez dans quelques secondes.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error."""

    type: ProblemType
    detail: str
    """A French sentence."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Additional members of the document, JSON-ready."""
    headers: Headers = field(default_factory=list)
    """Additional headers of the response."""

    @property
    def text_headers(self) -> dict[str, str]:
        """`headers` as text."""
        return {name.decode(): value.decode() for name, value in self.headers}

    def render(self, request_id: str | None) -> tuple[int, Headers, bytes]:
        """Status, headers and body. A standard member replaces a detail of the same name."""
        body = orjson.dumps(
            {
                **_with_curved_apostrophes(self.details),
                "type": _TYPE + self.type.name,
                "title": curve_apostrophes(self.type.title),
                "status": self.type.status,
                "detail": curve_apostrophes(self.detail),
                "request_id": request_id,
            },
            default=str,
            option=orjson.OPT_NON_STR_KEYS,
        )
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *self.headers,
        ]
        return self.type.status, headers, body


def _with_curved_apostrophes(details: Any) -> Any:
    """Details whose sentences have curved apostrophes; every other value is unchanged."""
    if isinstance(details, Mapping):
        return {
            name: curve_apostrophes(value)
            if name in _SENTENCE_MEMBERS and isinstance(value, str)
            else _with_curved_apostrophes(value)
            for name, value in details.items()
        }
    if isinstance(details, list | tuple):
        return [_with_curved_apostrophes(each) for each in details]
    return details


Rendering = Callable[[Problem, str | None, MutableMapping[str, Any]], tuple[int, Headers, bytes]]
"""A problem, a request id and the ASGI scope of the request → status, headers and body."""


def render_json(
    problem: Problem, request_id: str | None, _: MutableMapping[str, Any]
) -> tuple[int, Headers, bytes]:
    """problem+json, whatever was requested. A `Rendering`."""
    return problem.render(request_id)


def of_refusal(refusal: Refusal) -> Problem:
    """A refusal as a problem, with `Retry-After` (its detail `retry_after`, in seconds) or
    `WWW-Authenticate` where its status has one."""
    headers: Headers = []
    if refusal.category in _RETRY_AFTER:
        requested = refusal.details.get("retry_after", _RETRY_AFTER[refusal.category])
        headers.append((b"retry-after", str(max(1, math.ceil(requested))).encode()))
    if challenge := _challenge(refusal):
        headers.append((b"www-authenticate", challenge))
    return Problem(BY_CATEGORY[refusal.category], refusal.message, refusal.details, headers)


def _challenge(refusal: Refusal) -> bytes | None:
    """The value of `WWW-Authenticate`: the required credentials and what was wrong with those
    presented (RFC 6750 §3, RFC 9470 §3), from the refusal's details of the same names."""
    if refusal.category not in ("unauthenticated", "forbidden"):
        return None
    parameters = [
        f'{name}="{value}"'
        for name in _CHALLENGE
        if _QUOTABLE.fullmatch(value := str(refusal.details.get(name, "")))
    ]
    if not parameters and refusal.category == "forbidden":
        return None
    return " ".join(["Bearer", ", ".join(parameters)]).rstrip().encode()


def of_retry(retry: Retry) -> Problem:
    """An unreachable dependency: 503 with Retry-After, without internal details."""
    details = {} if retry.after is None else {"retry_after": retry.after}
    return of_refusal(Refusal("unavailable", _SENTENCES["unavailable"], **details))


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """A framework's bare status as a problem. A status without a type of its own has the type
    `invalid` below 500 and `internal` from 500 on."""
    problem_type = _BY_STATUS.get(status)
    if problem_type is None:
        base = BY_CATEGORY["invalid"] if status < 500 else INTERNAL
        problem_type = ProblemType(base.name, status, base.title)
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    detail = _SENTENCES.get(problem_type.name, f"{problem_type.title}.")
    return Problem(problem_type, detail, headers=pairs)


def problem(refusal: Refusal, request_id: str | None) -> tuple[int, Headers, bytes]:
    """A refusal as a raw response: status, headers (content type included), body."""
    return of_refusal(refusal).render(request_id)
