"""One request on its way through the door: what is known of it, filled in as it is judged.

shape (method, address, size) → identify → authorise → admit (plan) → assign (pilots) → forward

Each stage reads what those before it wrote. What was decided goes inward in the token the service
verifies, and into the metering event; never as a header a caller could write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.callers.domain.identity import ANONYMOUS, Identity
from gateway.facts.domain import Fact
from gateway.http.domain.headers import Header, Named
from gateway.routes.domain.plan_names import PlanName
from gateway.routes.domain.routes import Route

PUBLIC: Final = "public"


@dataclass(slots=True)
class Visit:
    """`client`: the caller's network address. `named`: its headers by name. `plan`, `account`: the
    plan that applies and whose account it is counted to (an API key's id, else the client's
    address). `arms`: pilot → arm, where a consent stands. `told`: headers the answer carries
    besides the service's own. `status`, `sent`: of the answer, as told so far (bytes of body).
    `holds_stream`: it is counted among the account's open streams; `in_progress`: among what the
    door is busy with. `unknown`: who calls could not be found out, though they say it. Of what a
    pilot is told: `fact`, what the service says happened; `spent`, its processor time until it
    began to answer, in microseconds, None where it does not say.
    """

    route: Route
    method: str
    target: str
    client: str
    named: Named
    identity: Identity = ANONYMOUS
    plan: PlanName = PUBLIC
    account: str = ""
    arms: Mapping[str, str] = field(default_factory=dict)
    told: list[Header] = field(default_factory=list)
    status: int = 0
    sent: int = 0
    holds_stream: bool = False
    in_progress: bool = False
    unknown: bool = False
    fact: Fact | None = None
    spent: int | None = None
