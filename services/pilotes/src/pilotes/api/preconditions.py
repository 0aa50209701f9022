"""If-Match: which revision a change was made on (RFC 9110 §13.1.1, RFC 6585 §3), and its refusals.

Two people who edit at once are both told: the second has a revision that is no more, and gets 412.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import FastAPI, Header, Request, Response

from socle.errors import Refusal
from socle.http.problems import Problem, ProblemType, of_refusal
from socle.telemetry import current_request_id

_TAG: Final = re.compile(r'(?:W/)?"(\d{1,9})"')
_BY_RULE: Final[Mapping[str, ProblemType]] = {
    "stale": ProblemType("stale", 412, "Révision dépassée"),
    "revision_required": ProblemType("revision_required", 428, "Révision attendue"),
}

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description='La révision lue, telle que son ETag : "3"')
]


def revision_of(if_match: str | None) -> int:
    """The revision a caller read. Raises Refusal where they do not say."""
    if if_match is None:
        raise Refusal(
            "invalid",
            "Dites quelle révision vous modifiez : en-tête If-Match, avec l'ETag de la lecture.",
            rule="revision_required",
        )
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise Refusal("invalid", 'En-tête If-Match : la révision lue est attendue, comme "3".')
    return int(found.group(1))


def etag_of(revision: int) -> str:
    """The header's value."""
    return f'"{revision}"'


def tell_preconditions(app: FastAPI) -> None:
    """Have refusals by rule answered with the status HTTP has for them."""
    app.add_exception_handler(Refusal, _refused)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    told = of_refusal(error)
    kind = _BY_RULE.get(str(error.details.get("rule")))
    if kind is not None:
        told = Problem(kind, told.detail, told.details, told.headers)
    status, headers, body = told.render(current_request_id())
    response = Response(body, status)
    response.raw_headers = headers
    return response
