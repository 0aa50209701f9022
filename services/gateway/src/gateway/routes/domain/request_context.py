"""The context of one request: the results and decisions of each stage.

shape (method, path, size) → identify → check access → admit (plan) → assign arms → forward

Each stage reads what the stages before it wrote. The decisions go to the service in the signed
token, and into the usage event; never in a header that a caller could write.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.callers.domain.identity import ANONYMOUS, Identity
from gateway.facts.domain import Fact
from gateway.http.domain.headers import Header, HeaderMap
from gateway.routes.domain.plan_names import PlanName
from gateway.routes.domain.routes import READ, Route

PUBLIC: Final = "public"
# Searches and operations of FHIR that read, by POST: their parameters are in the body.
_READS_BY_POST: Final = re.compile(
    r"/fhir(?:/[^/?]+)*/(?:_search|\$(?:everything|summary|validate|validate-code|expand|lookup"
    r"|translate|subsumes|lastn|match))"
)


@dataclass(slots=True)
class RequestContext:
    """The context of one request, which its stages complete."""

    route: Route
    method: str
    """The caller's method; a HEAD is handled as a GET."""
    target: str
    """Raw path and query."""
    client_address: str
    """The caller's network address."""
    headers: HeaderMap
    identity: Identity = ANONYMOUS
    plan: PlanName = PUBLIC
    account: str = ""
    """The account that its quota is counted to: that of the API key, the application, the person or
    the address (`quotas/domain/quota_subject.py`); empty before the stage of plans."""
    arms: Mapping[str, str] = field(default_factory=dict)
    """Pilot id → arm, for the pilots that the person consents to."""
    charge: Callable[[int], None] | None = None
    """Counts so many more requests to the account, once the service has reported how many the
    request was; None if its plan has no limit."""
    response_headers: list[Header] = field(default_factory=list)
    """Headers that the gateway adds to the response."""
    status: int = 0
    """Status of the response, 0 until it starts."""
    sent_bytes: int = 0
    """Bytes of the body sent so far."""
    holds_stream: bool = False
    """Whether it counts among the account's open streams."""
    in_progress: bool = False
    """Whether it counts among the requests in progress (load shedding)."""
    identity_unknown: bool = False
    """Identity lookup failed although credentials were sent."""
    fact: Fact | None = None
    """The fact that the service reported, for pilots."""
    cpu_microseconds: int | None = None
    """CPU time of the service until its response started; None if not reported."""

    @property
    def writes(self) -> bool:
        """Whether it can write: it then has the limit of a write, and its response is awaited
        after that."""
        if self.method in READ:
            return False
        path = self.target.partition("?")[0]
        return not (self.route.fhir and self.method == "POST" and _READS_BY_POST.fullmatch(path))
