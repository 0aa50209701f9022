"""The pages of login and logout, in HTML (`socle.http.pages`)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Response

from gateway.authentication.domain.provider import Provider
from gateway.callers.domain.identity import Identity, Role
from gateway.quotas.domain.plans import PLANS
from gateway.routes.domain.plan_names import PlanName
from gateway.sessions.domain.session import Session
from socle.errors import Refusal
from socle.http.pages import page, text

ROLES: Final[dict[Role, str]] = {
    "traveller": "Voyageur",
    "patient": "Patient",
    "professional": "Professionnel de santé",
    "coordinator": "Coordination des expérimentations",
    "integrator": "Éditeur d’application",
    "house": "Service de la plateforme",
    "anonymous": "Personne",
}
"""The names of the roles on pages."""
_PARIS: Final = ZoneInfo("Europe/Paris")
_STATUS: Final = {"unavailable": 503, "forbidden": 403, "unauthenticated": 401}


def choose_provider(providers: Iterable[Provider], next_path: str) -> Response:
    """The page to choose a provider. `next_path`: where to go after the login."""
    query = f"?next={quote(next_path, safe='')}" if next_path != "/" else ""
    items = "\n".join(
        f"<li><h2>{text(each.description or each.label)}</h2>"
        f'<p><a class="bouton" href="/auth/login/{quote(each.id)}{text(query)}">'
        f"Continuer avec {text(each.label)}</a></p></li>"
        for each in providers
    )
    if not items:
        return page("Se connecter", "<p>Aucun moyen de connexion n’est configuré ici.</p>")
    body = (
        "<p>Choisissez votre moyen de connexion. Région Lab ne voit jamais votre mot de "
        f'passe.</p>\n<ul class="choix">\n{items}\n</ul>\n'
        '<p class="discret">Les horaires et les perturbations se consultent sans connexion.</p>'
    )
    return page("Se connecter", body)


def login_failed(refusal: Refusal, next_path: str = "/") -> Response:
    """The page after a failed login. `next_path`: where to go after the next attempt."""
    retry_address = "/auth/login" + (
        f"?next={quote(next_path, safe='')}" if next_path != "/" else ""
    )
    body = (
        f'<p class="grave">{text(refusal.message)}</p>\n'
        f'<p><a class="bouton" href="{text(retry_address)}">Recommencer la connexion</a></p>\n'
        '<p><a href="/">Continuer sans se connecter</a></p>'
    )
    status = _STATUS.get(refusal.category, 400)
    headers = {}
    if (seconds := refusal.details.get("retry_after")) is not None:
        headers["retry-after"] = str(seconds)
    return page("Connexion impossible", body, status=status, headers=headers)


def account_page(
    session: Session,
    identity: Identity,
    plan: PlanName,
    provider: Provider | None,
    logout_origin: str | None,
) -> Response:
    """The account page.

    `provider`: that of the session; None if the providers file no longer has it.
    `logout_origin`: the origin to which the provider's logout redirects the form, if any.
    """
    idle_end = datetime.fromtimestamp(identity.until, _PARIS)
    latest_end = session.until.astimezone(_PARIS)
    rows = [
        ("Nom", session.label),
        ("Rôle", ROLES[session.role]),
        ("Connexion par", provider.label if provider else session.provider),
        ("Formule", PLANS[plan].label),
        ("Fermeture sans activité", f"{idle_end:%H:%M}"),
        ("Fermeture au plus tard", f"{latest_end:%H:%M}"),
    ]
    if session.organisation:
        rows.insert(2, ("Structure", session.organisation))
    items = "\n".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in rows)
    body = (
        f"<dl>\n{items}\n</dl>\n"
        '<form method="post" action="/auth/logout"><p><button>Se déconnecter</button></p></form>'
    )
    return page("Mon compte", body, forms=[logout_origin] if logout_origin else ())


def logged_out() -> Response:
    """The page after a logout."""
    body = (
        "<p>Vous êtes déconnecté de Région Lab.</p>\n"
        '<p><a class="bouton" href="/">Prochains départs</a></p>\n'
        '<p><a href="/auth/login">Se connecter de nouveau</a></p>'
    )
    return page("À bientôt", body)
