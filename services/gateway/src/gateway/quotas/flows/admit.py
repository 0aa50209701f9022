"""Admission: the account and the plan of a request, and whether its limits admit it.

The plan is that of the API key, else of the application (OAuth client), else of a logged-in person,
else the public one, counted by address. An invalid key is refused, never ignored:
its user would otherwise get the limits of the public plan.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from math import ceil
from typing import Final

from gateway.http.domain.headers import Header
from gateway.quotas.domain.api_key import ApiKey, digest, well_formed
from gateway.quotas.domain.plans import BY_ADDRESS, SAME_IN_ALL_PLANS, Allowance, Plan, Plans
from gateway.quotas.domain.quota_subject import SUBJECT, QuotaSubject, address_account
from gateway.quotas.flows.api_key_cache import ApiKeyCache, LookupFailed
from gateway.quotas.flows.shared_limits import Admission, SharedLimits
from gateway.quotas.flows.stream_limits import StreamLimits
from gateway.routes.domain.plan_names import PlanClass, PlanName
from gateway.routes.domain.request_context import RequestContext
from socle.errors import Refusal

REGISTER_PAGE: Final = "/auth/cles"
_KEY_HEADER: Final = b"x-api-key"
_CLIENT: Final = "client:"


class Admit:
    """The stage that applies plans.

    `plans`, `house_key`, `account_plan`: from the plans file, which may change at any time.
    `client_plan`: the plan of an OAuth client by its id; None if it has none.
    """

    def __init__(
        self,
        *,
        plans: Callable[[], Plans],
        house_key: Callable[[str], ApiKey | None],
        account_plan: Callable[[str], PlanName | None],
        client_plan: Callable[[str], PlanName | None],
        keys: ApiKeyCache,
        limits: SharedLimits,
        streams: StreamLimits,
    ) -> None:
        self._plans, self._house_key = plans, house_key
        self._account_plan, self._client_plan = account_plan, client_plan
        self._keys, self._limits, self._streams = keys, limits, streams

    async def __call__(self, context: RequestContext) -> None:
        """Write the plan and the account to the context, and count the request.

        Raises Refusal: `unauthenticated` for an invalid key, `forbidden` for one that does not open
        this service, `too_many` past a limit.
        """
        subject = await self._subject_of(context)
        context.plan, context.account = subject.plan, subject.account
        plan = self._plans()[subject.plan]
        plan_class = context.route.plan_class_of(context.method)
        allowance = plan.allowances.get(plan_class)
        if allowance is not None:
            account = subject.account
            if plan_class in BY_ADDRESS:
                account = address_account(context.client_address)
            admission = await self._limits.take(account, plan_class, allowance)
            context.response_headers += limit_headers(allowance, admission)
            if admission.against is not None:
                raise limit_refusal(plan, plan_class, allowance, admission)
            if context.route.fhir:
                context.charge = partial(self._charge, context, allowance)
        if context.route.streaming and plan.streams is not None:
            if not await self._streams.open(subject.account, max_streams=plan.streams):
                raise too_many_streams(plan)
            context.holds_stream = True

    def _charge(self, context: RequestContext, allowance: Allowance, count: int) -> None:
        """Count more requests for one that was admitted, and state the limits that remain."""
        plan_class = context.route.plan_class_of(context.method)
        admission = self._limits.charge(context.account, plan_class, allowance, count)
        context.response_headers = [
            *(each for each in context.response_headers if not each[0].startswith(b"ratelimit")),
            *limit_headers(allowance, admission),
        ]

    async def still_holds(self, context: RequestContext) -> bool:
        """Whether the key of an open stream is still valid; true while it cannot be looked up."""
        presented = context.headers.get(_KEY_HEADER)
        if presented is None:
            return True
        sha256 = digest(presented.decode("latin-1").strip())
        if self._house_key(sha256) is not None:
            return True
        cached, key = self._keys.find_cached(sha256)
        if not cached:
            try:
                key = await self._keys.find(sha256)
            except LookupFailed:
                return True
        return key is not None

    async def _subject_of(self, context: RequestContext) -> QuotaSubject:
        presented = context.headers.get(_KEY_HEADER)
        if presented is not None:
            key = await self._key(presented.decode("latin-1").strip(), context)
            if key is not None:
                return QuotaSubject(self._account_plan(key.account) or key.plan, key.account)
        identity = context.identity
        if identity.client is not None and (plan := self._client_plan(identity.client)):
            return QuotaSubject(plan, _CLIENT + identity.client)
        if identity.subject and identity.role != "anonymous":
            return QuotaSubject("registered", SUBJECT + identity.subject)
        return QuotaSubject("public", address_account(context.client_address))

    async def _key(self, presented: str, context: RequestContext) -> ApiKey | None:
        """The valid key; None if it cannot be looked up now, which counts as no key."""
        sha256 = digest(presented)
        if house := self._house_key(sha256):
            return house
        cached, key = self._keys.find_cached(sha256)
        if not cached and well_formed(presented):
            await self._count_lookup(context)
            try:
                key = await self._keys.find(sha256)
            except LookupFailed:
                return None
        if key is None:
            raise Refusal(
                "unauthenticated",
                "La clé d'API présentée (X-API-Key) n'est pas valable : elle est mal recopiée, "
                f"expirée ou révoquée. Pour en obtenir une : {REGISTER_PAGE}.",
            )
        if key.services and context.route.service not in key.services:
            raise Refusal("forbidden", "Cette clé d'API n'ouvre pas cette partie de la plateforme.")
        return key

    async def _count_lookup(self, context: RequestContext) -> None:
        """Key lookups count against the address, like logins, to limit guessing."""
        plan = self._plans()["public"]
        allowance = plan.allowances.get("auth")
        if allowance is not None:
            account = address_account(context.client_address)
            admission = await self._limits.take(account, "auth", allowance)
            if admission.against is not None:
                raise limit_refusal(plan, "auth", allowance, admission)


@lru_cache(maxsize=200)
def _policy(allowance: Allowance) -> Header:
    return b"ratelimit-policy", allowance.policy.encode()


def limit_headers(allowance: Allowance, admission: Admission) -> list[Header]:
    """The `RateLimit-*` headers of a response."""
    return [
        _policy(allowance),
        (b"ratelimit-limit", b"%d" % admission.limit),
        (b"ratelimit-remaining", b"%d" % admission.remaining),
        (b"ratelimit-reset", b"%d" % (admission.reset + 0.999)),
    ]


def limit_refusal(
    plan: Plan, plan_class: PlanClass, allowance: Allowance, admission: Admission
) -> Refusal:
    """The refusal past a limit: which one, and how to get a larger one."""
    if admission.against == "daily":
        sentence = (
            f"Vous avez atteint {_number(admission.limit)} demandes aujourd'hui pour ce type "
            "d'adresse. Le compte repart à 0 h UTC"
        )
    else:
        sentence = (
            f"Vous dépassez {_rate(allowance)} pour ce type d'adresse. "
            f"Réessayez dans {_delay(admission.wait)}"
        )
    register: dict[str, str] = {}
    if plan_class not in SAME_IN_ALL_PLANS:
        register, hint = {"register": REGISTER_PAGE}, _HINTS[plan.name == "public"]
        sentence += f" ({_plan_label(plan)}). {_BY_STREAM.get(plan_class, '')}{hint}"
    return Refusal(
        "too_many",
        sentence if register else f"{sentence}.",
        plan=plan.name,
        plan_class=plan_class,
        limit=admission.against,
        retry_after=round(admission.wait, 3),
        **register,
    )


def _delay(seconds: float) -> str:
    """« 1 seconde », « 6 minutes »: rounded up."""
    count, unit = (ceil(seconds), "seconde") if seconds <= 90 else (ceil(seconds / 60), "minute")
    return f"{_number(max(1, count))} {unit}{'s' if count > 1 else ''}"


def too_many_streams(plan: Plan) -> Refusal:
    """The refusal of a stream past the limit of the plan."""
    return Refusal(
        "too_many",
        f"Vous avez déjà {plan.streams} flux continus ouverts ({_plan_label(plan)}) : fermez-en, "
        f"ou réessayez plus tard. {_HINTS[plan.name == 'public']}",
        plan=plan.name,
        limit="streams",
        retry_after=5,
        register=REGISTER_PAGE,
    )


_BY_STREAM: Final[Mapping[PlanClass, str]] = {
    "board": "Pour suivre un tableau, ouvrez son flux (…/departures/stream) : il ne compte qu'une "
    "fois. "
}
"""How to make fewer requests, by class."""
# By whether the plan is the public one.
_HINTS: Final = {
    True: f"Une clé gratuite en donne davantage : {REGISTER_PAGE}.",
    False: f"Les plans et la façon d'en changer : {REGISTER_PAGE}.",
}


def _plan_label(plan: Plan) -> str:
    counted = ", compté par adresse" if plan.name == "public" else ""
    return f"plan {plan.label}{counted}"


def _rate(allowance: Allowance) -> str:
    if allowance.rate >= 1:
        return f"{allowance.rate:g} demandes par seconde".replace(".", ",")
    return f"{allowance.rate * 3600:g} demandes par heure".replace(".", ",")


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")
