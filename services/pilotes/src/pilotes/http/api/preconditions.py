"""Conditional writes: If-Match names the revision that a change was made on (RFC 9110 §13.1.1).

A write without If-Match is answered 428 (RFC 6585 §3), a write on an older revision 412: the second
of two people who edit at once is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Header, Request, Response

from socle.errors import Refusal
from socle.http.problems import Problem, ProblemType, of_refusal
from socle.telemetry import current_request_id

_TAG: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"')
_BY_RULE: Final[Mapping[str, ProblemType]] = {
    "stale": ProblemType("stale", 412, "Révision dépassée"),
    "revision_required": ProblemType("revision_required", 428, "Révision attendue"),
}


@dataclass(frozen=True, slots=True)
class ConditionalWrite:
    """A request that writes, the response to it, and the revision that it was made on."""

    request: Request
    response: Response
    if_match: str | None
    """The header as it was sent; None without it."""

    @property
    def revision(self) -> int:
        """The revision in If-Match. Raises Refusal: 428 without the header, 400 for another tag."""
        if self.if_match is None:
            raise Refusal(
                "invalid",
                "Dites quelle révision vous modifiez : en-tête If-Match, avec l'ETag de la"
                " lecture.",
                rule="revision_required",
            )
        found = _TAG.fullmatch(self.if_match.strip())
        if found is None:
            raise Refusal("invalid", 'En-tête If-Match : la révision lue est attendue, comme "3".')
        return int(found.group(1))


async def conditional_write(
    request: Request,
    response: Response,
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='La révision lue, telle que son ETag : "3". Obligatoire.',
            openapi_examples={"révision lue": {"value": '"REVISION"'}},
        ),
    ] = None,
) -> ConditionalWrite:
    """The dependency of every route that changes a revision. It refuses nothing itself, so that
    mistakes in the body are reported first."""
    return ConditionalWrite(request, response, if_match)


Write = Annotated[ConditionalWrite, Depends(conditional_write)]


def set_etag(response: Response, revision: int) -> None:
    """Name the revision that the response renders."""
    response.headers["etag"] = f'"{revision}"'


def handle_preconditions(app: FastAPI) -> None:
    """Register the handler of every Refusal, which gives refused preconditions their HTTP
    status."""
    app.add_exception_handler(Refusal, _refused)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    problem = of_refusal(error)
    kind = _BY_RULE.get(str(error.details.get("rule")))
    if kind is not None:
        problem = Problem(kind, problem.detail, problem.details, problem.headers)
    status, headers, body = problem.render(current_request_id())
    response = Response(body, status)
    response.raw_headers = headers
    return response
