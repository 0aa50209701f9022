"""`/auth/cles`, `/auth/conditions`: pages to obtain, rotate and revoke an API key."""

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from gateway.http.api.forms import read_form_fields
from gateway.quotas.api.api_key_texts import (
    CONDITIONS,
    FIELDS,
    FORM,
    INTRODUCTION,
    MANAGE,
    MISTAKE,
    NEW_KEY,
)
from gateway.quotas.api.api_keys import KeyRequestJson
from gateway.quotas.domain.account import TERMS
from gateway.quotas.domain.plans import Allowance, Plans
from gateway.quotas.flows.manage_api_keys import ApiKeyManager
from gateway.routes.domain.plan_names import PlanClass
from socle.errors import Refusal
from socle.http.pages import page, text
from socle.wording import reason

_CLASSES: Final[Mapping[PlanClass, str]] = {
    "board": "Prochains départs",
    "search": "Recherche",
    "list": "Listes",
    "bulk": "Fichiers et flux temps réel",
    "stream": "Ouverture de flux continus",
}
_MESSAGES: Final = {
    "name": "Indiquez votre nom.",
    "email": "Indiquez une adresse électronique, comme nom@exemple.fr.",
    "purpose": "Dites en quelques mots à quoi la clé servira.",
    "conditions": "Acceptez les conditions d'utilisation.",
}
"""What to correct, by field of the form."""


def api_key_pages_router(manager: ApiKeyManager, plans: Callable[[], Plans]) -> APIRouter:
    """The router of the pages, which work without scripts. `plans`: the plans in force."""
    router = APIRouter(include_in_schema=False)
    _add_registration(router, manager, plans)
    _add_management(router, manager)
    return router


def _add_registration(
    router: APIRouter, manager: ApiKeyManager, plans: Callable[[], Plans]
) -> None:
    @router.get("/auth/cles")
    async def introduction() -> Response:
        return _form_page(plans(), {}, {})

    @router.get("/auth/conditions")
    async def conditions() -> Response:
        return page("Conditions d'utilisation des interfaces", CONDITIONS.format(version=TERMS))

    @router.post("/auth/cles/nouvelle")
    async def register(request: Request) -> Response:
        form = dict(await read_form_fields(request))
        values = {name: form.get(name, "") for name in FIELDS}
        try:
            body = KeyRequestJson.model_validate(values | {"terms": form.get("conditions", "")})
            key, stored = await manager.register(body.to_request())
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            mistakes = {str(each["loc"][0]): reason(each) for each in found}
            if form.get("conditions") != TERMS:
                mistakes["conditions"] = ""
            mistakes = {name: _MESSAGES.get(name, why) for name, why in mistakes.items()}
            return _form_page(plans(), form, mistakes)
        except Refusal as refusal:
            if refusal.category != "invalid":
                raise
            return _form_page(plans(), form, {"conditions": refusal.message})
        return page("Votre clé", NEW_KEY.format(key=text(key), account=text(stored.account)))


def _add_management(router: APIRouter, manager: ApiKeyManager) -> None:
    @router.get("/auth/cles/gerer")
    async def manage() -> Response:
        return page("Gérer une clé", MANAGE.format(wrong=""))

    @router.post("/auth/cles/gerer")
    async def change(request: Request) -> Response:
        form = dict(await read_form_fields(request))
        try:
            current = await manager.authenticate(form.get("cle", "").strip())
        except Refusal as refusal:
            mistake = MISTAKE.format(name="cle", wrong=text(refusal.message))
            return page("Gérer une clé", MANAGE.format(wrong=mistake), status=400)
        if form.get("action") == "revoquer":
            await manager.revoke(current)
            return page("Clé révoquée", "<p>Cette clé ne sera plus acceptée dès maintenant.</p>")
        key, stored = await manager.rotate(current, overlap_hours=24)
        return page(
            "Votre nouvelle clé", NEW_KEY.format(key=text(key), account=text(stored.account))
        )


def _form_page(plans: Plans, form: Mapping[str, str], mistakes: Mapping[str, str]) -> Response:
    """The page of the form. `form`: its values; `mistakes`: by field, in French."""
    values = {f"{name}_value": text(form.get(name, "")) for name in FIELDS}
    parts: dict[str, str] = {}
    for name in (*FIELDS, "conditions"):
        why = mistakes.get(name)
        parts[f"{name}_wrong"] = MISTAKE.format(name=name, wrong=text(why)) if why else ""
        aria = f' aria-invalid="true" aria-describedby="{name}-erreur"'
        parts[f"{name}_aria"] = aria if why else ""
    fields = FORM.format(version=TERMS, **values, **parts)
    title = "Erreur : demander une clé" if mistakes else "Clés d'accès aux interfaces"
    body = INTRODUCTION.format(plans=_table(plans)) + fields
    return page(title, fields if mistakes else body, status=400 if mistakes else 200)


def _table(plans: Plans) -> str:
    columns = [plans["public"], plans["registered"]]
    heads = "".join(f'<th scope="col">{text(plan.label.capitalize())}</th>' for plan in columns)
    rows = []
    for name, label in _CLASSES.items():
        cells = "".join(f"<td>{_limits(plan.allowances.get(name))}</td>" for plan in columns)
        rows.append(f'<tr><th scope="row">{label}</th>{cells}</tr>')
    rows.append(
        '<tr><th scope="row">Flux continus ouverts</th>'
        + "".join(f"<td>{plan.streams or 'sans limite'}</td>" for plan in columns)
        + "</tr>"
    )
    return f'<thead><tr><th scope="col">Type</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody>'


def _limits(allowance: Allowance | None) -> str:
    if allowance is None:
        return "sans limite"
    rate = f"{allowance.rate:g} par seconde".replace(".", ",")
    if allowance.daily is None:
        return rate
    daily = f"{allowance.daily:,}".replace(",", "\u202f")
    return f"{rate}, {daily} par jour"
