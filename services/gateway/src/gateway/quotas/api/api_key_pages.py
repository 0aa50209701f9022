"""`/auth/cles`, `/auth/conditions`: pages to obtain, rotate and revoke an API key."""

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from gateway.http.api.forms import read_form_fields
from gateway.http.api.pages import PAGES
from gateway.quotas.api.api_keys import KeyRequestJson
from gateway.quotas.domain.account import TERMS
from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import Allowance, Plan, Plans
from gateway.quotas.flows.manage_api_keys import ApiKeyManager
from gateway.routes.domain.plan_names import PlanClass
from socle.errors import Refusal
from socle.http import Router
from socle.pages import page_request

_FIELDS: Final = ("name", "organisation", "email", "purpose", "conditions")
_COMPARED: Final[tuple[PlanClass, ...]] = ("board", "search", "list", "bulk", "stream")
"""The classes of routes whose limits the introduction compares."""


def api_key_pages_router(manager: ApiKeyManager, plans: Callable[[], Plans]) -> Router:
    """The router of the pages, which work without scripts. `plans`: the plans in force."""
    router = Router(include_in_schema=False)
    _add_registration(router, manager, plans)
    _add_management(router, manager)
    return router


def _add_registration(router: Router, manager: ApiKeyManager, plans: Callable[[], Plans]) -> None:
    @router.get("/auth/cles")
    async def introduction() -> Response:
        return _form_page(plans(), {}, frozenset())

    @router.get("/auth/conditions")
    async def conditions() -> Response:
        return PAGES.answer("conditions/page.html", version=TERMS)

    @router.post("/auth/cles/nouvelle")
    async def register(request: Request) -> Response:
        form = dict(await read_form_fields(request))
        values = {name: form.get(name, "") for name in _FIELDS}
        values["terms"] = values.pop("conditions")
        try:
            body = KeyRequestJson.model_validate(values)
            key, stored = await manager.register(body.to_request())
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            mistakes = {str(each["loc"][0]) for each in found}
            if values["terms"] != TERMS:
                mistakes.add("conditions")
            return _form_page(plans(), form, frozenset(mistakes))
        except Refusal as refusal:
            if refusal.category != "invalid":
                raise
            return _form_page(plans(), form, frozenset({"conditions"}))
        return _key_page(key, stored, title="new_key")

    @router.get("/auth/cles/nouvelle")
    async def register_again() -> Response:
        # The address of a form's response, opened again: in another language, or from a bookmark.
        return RedirectResponse("/auth/cles", 303, {"cache-control": "no-store"})


def _add_management(router: Router, manager: ApiKeyManager) -> None:
    @router.get("/auth/cles/gerer")
    async def manage() -> Response:
        return PAGES.answer("cles/manage.html", wrong=False)

    @router.post("/auth/cles/gerer")
    async def change(request: Request) -> Response:
        form = dict(await read_form_fields(request))
        try:
            current = await manager.authenticate(form.get("cle", "").strip())
        except Refusal as refusal:
            if refusal.category != "unauthenticated":
                raise
            return PAGES.answer("cles/manage.html", status=400, wrong=True)
        if form.get("action") == "revoquer":
            await manager.revoke(current)
            texts = PAGES.texts("cles")
            return PAGES.answer(
                "message.html",
                title=texts["revoked"],
                paragraphs=[texts["revoked_text"]],
                links=[("/auth/cles", texts["request_key"])],
            )
        key, stored = await manager.rotate(current, overlap_hours=24)
        return _key_page(key, stored, title="replaced_key")


def _key_page(key: str, stored: ApiKey, *, title: str) -> Response:
    """The page that displays a key, once. `title`: the name of its text."""
    return PAGES.answer(
        "cles/new.html", title=PAGES.texts("cles")[title], key=key, account=stored.account
    )


def _form_page(plans: Plans, form: Mapping[str, str], mistakes: frozenset[str]) -> Response:
    """The page of the form. `form`: its values; `mistakes`: the fields to correct."""
    return PAGES.answer(
        "cles/page.html",
        status=400 if mistakes else 200,
        values={name: form.get(name, "") for name in _FIELDS},
        mistakes=mistakes,
        version=TERMS,
        rows=_rows(plans["public"], plans["registered"]),
    )


def _rows(*columns: Plan) -> list[tuple[str, list[str]]]:
    """The rows of the table of limits: a heading, and a cell for each plan."""
    texts = PAGES.texts("cles")
    rows = [
        (texts[f"class_{name}"], [_limits(plan.allowances.get(name)) for plan in columns])
        for name in _COMPARED
    ]
    streams = [_number(plan.streams) if plan.streams else texts["no_limit"] for plan in columns]
    return [*rows, (texts["open_streams"], streams)]


def _limits(allowance: Allowance | None) -> str:
    texts = PAGES.texts("cles")
    if allowance is None:
        return texts["no_limit"]
    rate = texts["per_second"].format(n=_number(allowance.rate))
    if allowance.daily is None:
        return rate
    return f"{rate}, {texts['per_day'].format(n=_number(allowance.daily))}"


def _number(value: float) -> str:
    """A number as people write it in the language of the page."""
    digits = f"{value:,.2f}".removesuffix(".00") if value % 1 else f"{value:,.0f}"
    if page_request().language == "en":
        return digits
    return digits.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
