"""How much: whose account a request is counted to, by which plan, and whether it still may.

The plan is that of the API key, else of the application (OAuth client), else of a person who has
signed in, else the public one, counted by address. A key that is none is refused, never ignored:
its holder would wonder at the public plan's limits.
"""

from collections.abc import Callable
from functools import lru_cache
from math import ceil
from typing import Final

from gateway.http.domain.headers import Header
from gateway.quotas.domain.api_key import ApiKey, digest, well_formed
from gateway.quotas.domain.plans import ALIKE, Allowance, Plan, Plans
from gateway.quotas.domain.quota_subject import SUBJECT, Holder, address_account
from gateway.quotas.flows.api_key_cache import KnownKeys, Unknown
from gateway.quotas.flows.shared_limits import SharedLimits, Verdict
from gateway.quotas.flows.stream_limits import HeldStreams
from gateway.routes.domain.plan_names import PlanClass, PlanName
from gateway.routes.domain.request_context import Visit
from socle.errors import Refusal

REGISTER_PAGE: Final = "/auth/cles"
_KEY_HEADER: Final = b"x-api-key"
_BEARER: Final = "client:"


class Admit:
    """The stage of plans. `plans` and `house_key` may change between two requests: they come from
    a file. `client_plan`: the plan of an OAuth client, None where it has none of its own."""

    def __init__(
        self,
        *,
        plans: Callable[[], Plans],
        house_key: Callable[[str], ApiKey | None],
        account_plan: Callable[[str], PlanName | None],
        client_plan: Callable[[str], PlanName | None],
        keys: KnownKeys,
        limits: SharedLimits,
        streams: HeldStreams,
    ) -> None:
        self._plans, self._house_key = plans, house_key
        self._account_plan, self._client_plan = account_plan, client_plan
        self._keys, self._limits, self._streams = keys, limits, streams

    async def __call__(self, visit: Visit) -> None:
        """Raises Refusal: "unauthenticated" for a key that is none, "forbidden" for one that does
        not open this service, "too_many" past a limit."""
        holder = await self._holder(visit)
        visit.plan, visit.account = holder.plan, holder.account
        plan = self._plans()[holder.plan]
        allowance = plan.allowances.get(visit.route.plan_class)
        if allowance is not None:
            verdict = await self._limits.take(holder.account, visit.route.plan_class, allowance)
            visit.told += told(allowance, verdict)
            if verdict.against is not None:
                raise refused(plan, visit.route.plan_class, allowance, verdict)
        if visit.route.streaming and plan.streams is not None:
            if not await self._streams.open(holder.account, most=plan.streams):
                raise too_many_streams(plan)
            visit.holds_stream = True

    async def stands(self, visit: Visit) -> bool:
        """Whether the key a stream was opened with is still one. Nobody is turned away because it
        cannot be found out."""
        presented = visit.named.get(_KEY_HEADER)
        if presented is None:
            return True
        sha256 = digest(presented.decode("latin-1").strip())
        if self._house_key(sha256) is not None:
            return True
        known, key = self._keys.at_hand(sha256)
        if not known:
            try:
                key = await self._keys.find(sha256)
            except Unknown:
                return True
        return key is not None

    async def _holder(self, visit: Visit) -> Holder:
        presented = visit.named.get(_KEY_HEADER)
        if presented is not None:
            key = await self._key(presented.decode("latin-1").strip(), visit)
            if key is not None:
                return Holder(self._account_plan(key.account) or key.plan, key.account)
        identity = visit.identity
        if identity.client is not None and (plan := self._client_plan(identity.client)):
            return Holder(plan, _BEARER + identity.client)
        if identity.subject and identity.role != "anonymous":
            return Holder("registered", SUBJECT + identity.subject)
        return Holder("public", address_account(visit.client))

    async def _key(self, presented: str, visit: Visit) -> ApiKey | None:
        """None where it cannot be found out now: then it counts as if there were none."""
        sha256 = digest(presented)
        if house := self._house_key(sha256):
            return house
        known, key = self._keys.at_hand(sha256)
        if not known and well_formed(presented):
            await self._guess(visit)
            try:
                key = await self._keys.find(sha256)
            except Unknown:
                return None
        if key is None:
            raise Refusal(
                "unauthenticated",
                "La clé d'API présentée (X-API-Key) n'est pas valable : elle est mal recopiée, "
                f"expirée ou révoquée. Pour en obtenir une : {REGISTER_PAGE}.",
            )
        if key.services and visit.route.service not in key.services:
            raise Refusal("forbidden", "Cette clé d'API n'ouvre pas cette partie de la plateforme.")
        return key

    async def _guess(self, visit: Visit) -> None:
        """Keys looked up cost their caller's address: guessing them is limited as signing in is."""
        plan = self._plans()["public"]
        allowance = plan.allowances.get("auth")
        if allowance is not None:
            account = address_account(visit.client)
            verdict = await self._limits.take(account, "auth", allowance)
            if verdict.against is not None:
                raise refused(plan, "auth", allowance, verdict)


@lru_cache(maxsize=200)
def _policy(allowance: Allowance) -> Header:
    return b"ratelimit-policy", allowance.policy.encode()


def told(allowance: Allowance, verdict: Verdict) -> list[Header]:
    """The limit nearest to its end, as every answer tells it."""
    return [
        _policy(allowance),
        (b"ratelimit-limit", b"%d" % verdict.limit),
        (b"ratelimit-remaining", b"%d" % verdict.remaining),
        (b"ratelimit-reset", b"%d" % (verdict.reset + 0.999)),
    ]


def refused(plan: Plan, plan_class: PlanClass, allowance: Allowance, verdict: Verdict) -> Refusal:
    """Which limit, and how to have a larger one where there is one."""
    if verdict.against == "daily":
        said = (
            f"Vous avez atteint {_number(verdict.limit)} demandes aujourd'hui pour ce type "
            "d'adresse. Le compte repart à 0 h UTC"
        )
    else:
        said = (
            f"Vous dépassez {_pace(allowance)} pour ce type d'adresse. "
            f"Réessayez dans {_soon(verdict.wait)}"
        )
    more = {} if plan_class in ALIKE else {"register": REGISTER_PAGE}
    return Refusal(
        "too_many",
        f"{said} ({_whose(plan)}). {_MORE[plan.name == 'public']}" if more else f"{said}.",
        plan=plan.name,
        plan_class=plan_class,
        limit=verdict.against,
        retry_after=round(verdict.wait, 3),
        **more,
    )


def _soon(seconds: float) -> str:
    """« 1 seconde », « 6 minutes »: never sooner than it may be asked again."""
    many, unit = (ceil(seconds), "seconde") if seconds <= 90 else (ceil(seconds / 60), "minute")
    return f"{_number(max(1, many))} {unit}{'s' if many > 1 else ''}"


def too_many_streams(plan: Plan) -> Refusal:
    """The account has as many streams open as its plan allows."""
    return Refusal(
        "too_many",
        f"Vous avez déjà {plan.streams} flux continus ouverts ({_whose(plan)}) : fermez-en, "
        f"ou réessayez plus tard. {_MORE[plan.name == 'public']}",
        plan=plan.name,
        limit="streams",
        retry_after=5,
        register=REGISTER_PAGE,
    )


_MORE: Final = {
    True: f"Une clé gratuite en donne davantage : {REGISTER_PAGE}.",
    False: f"Les plans et la façon d'en changer : {REGISTER_PAGE}.",
}


def _whose(plan: Plan) -> str:
    counted = ", compté par adresse" if plan.name == "public" else ""
    return f"plan {plan.label}{counted}"


def _pace(allowance: Allowance) -> str:
    if allowance.rate >= 1:
        return f"{allowance.rate:g} demandes par seconde".replace(".", ",")
    return f"{allowance.rate * 3600:g} demandes par heure".replace(".", ",")


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")
