"""`/auth/cles`, `/auth/conditions`: taking a key, replacing it, giving it up, for people."""

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from gateway.http.api.forms import fields_of
from gateway.quotas.api.api_key_texts import (
    CONDITIONS,
    FIELDS,
    FORM,
    INTRODUCTION,
    MANAGE,
    SHOWN,
    WRONG,
)
from gateway.quotas.api.api_keys import WantedJson
from gateway.quotas.domain.account import TERMS
from gateway.quotas.domain.plans import Allowance, Plans
from gateway.quotas.flows.manage_api_keys import KeyKeeper
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


def key_pages_router(keeper: KeyKeeper, plans: Callable[[], Plans]) -> APIRouter:
    """The pages, which work without a script."""
    router = APIRouter(include_in_schema=False)
    _add_taking(router, keeper, plans)
    _add_keeping(router, keeper)
    return router


def _add_taking(router: APIRouter, keeper: KeyKeeper, plans: Callable[[], Plans]) -> None:
    @router.get("/auth/cles")
    async def show() -> Response:
        return _ask(plans(), {}, {})

    @router.get("/auth/conditions")
    async def conditions() -> Response:
        return page("Conditions d'utilisation des interfaces", CONDITIONS.format(version=TERMS))

    @router.post("/auth/cles/nouvelle")
    async def register(request: Request) -> Response:
        said = dict(await fields_of(request))
        wanted = {name: said.get(name, "") for name in FIELDS}
        try:
            asked = WantedJson.model_validate(wanted | {"terms": said.get("conditions", "")})
            key, facts = await keeper.register(asked.wanted())
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            wrong = {str(each["loc"][0]): reason(each) for each in found}
            if said.get("conditions") != TERMS:
                wrong["conditions"] = ""
            return _ask(plans(), said, {n: _WRONG.get(n, w) for n, w in wrong.items()})
        except Refusal as refusal:
            if refusal.category != "invalid":
                raise
            return _ask(plans(), said, {"conditions": refusal.message})
        return page("Votre clé", SHOWN.format(key=text(key), account=text(facts.account)))


def _add_keeping(router: APIRouter, keeper: KeyKeeper) -> None:
    @router.get("/auth/cles/gerer")
    async def manage() -> Response:
        return page("Gérer une clé", MANAGE.format(wrong=""))

    @router.post("/auth/cles/gerer")
    async def change(request: Request) -> Response:
        said = dict(await fields_of(request))
        try:
            own = await keeper.own(said.get("cle", "").strip())
        except Refusal as refusal:
            wrong = WRONG.format(name="cle", wrong=text(refusal.message))
            return page("Gérer une clé", MANAGE.format(wrong=wrong), status=400)
        if said.get("action") == "revoquer":
            await keeper.revoke(own)
            return page("Clé révoquée", "<p>Cette clé ne sera plus acceptée dès maintenant.</p>")
        key, facts = await keeper.rotate(own, overlap_hours=24)
        return page("Votre nouvelle clé", SHOWN.format(key=text(key), account=text(facts.account)))


_WRONG: Final = {
    "name": "Indiquez votre nom.",
    "email": "Indiquez une adresse électronique, comme nom@exemple.fr.",
    "purpose": "Dites en quelques mots à quoi la clé servira.",
    "conditions": "Acceptez les conditions d'utilisation.",
}


def _ask(plans: Plans, said: Mapping[str, str], wrong: Mapping[str, str]) -> Response:
    """The form, what was said in it, and beside each field what is wrong with it."""
    values = {f"{name}_value": text(said.get(name, "")) for name in FIELDS}
    told: dict[str, str] = {}
    for name in (*FIELDS, "conditions"):
        why = wrong.get(name)
        told[f"{name}_wrong"] = WRONG.format(name=name, wrong=text(why)) if why else ""
        aria = f' aria-invalid="true" aria-describedby="{name}-erreur"'
        told[f"{name}_aria"] = aria if why else ""
    form = FORM.format(version=TERMS, **values, **told)
    title = "Erreur : demander une clé" if wrong else "Clés d'accès aux interfaces"
    body = INTRODUCTION.format(plans=_table(plans)) + form
    return page(title, form if wrong else body, status=400 if wrong else 200)


def _table(plans: Plans) -> str:
    shown = [plans["public"], plans["registered"]]
    heads = "".join(f'<th scope="col">{text(plan.label.capitalize())}</th>' for plan in shown)
    rows = []
    for name, label in _CLASSES.items():
        cells = "".join(f"<td>{_allowed(plan.allowances.get(name))}</td>" for plan in shown)
        rows.append(f'<tr><th scope="row">{label}</th>{cells}</tr>')
    rows.append(
        '<tr><th scope="row">Flux continus ouverts</th>'
        + "".join(f"<td>{plan.streams or 'sans limite'}</td>" for plan in shown)
        + "</tr>"
    )
    return f'<thead><tr><th scope="col">Type</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody>'


def _allowed(allowance: Allowance | None) -> str:
    if allowance is None:
        return "sans limite"
    pace = f"{allowance.rate:g} par seconde".replace(".", ",")
    if allowance.daily is None:
        return pace
    daily = f"{allowance.daily:,}".replace(",", "\u202f")
    return f"{pace}, {daily} par jour"
