"""The consent page: a person decides what an application gets.

No box is ticked in advance (GDPR recital 32). It works without scripts.
"""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Response

from gateway.callers.domain.identity import Role
from gateway.oauth.api.scope_texts import describe_plain_scope, describe_scope
from gateway.oauth.domain.authorization_request import OPTIONAL_SCOPES
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.redirect_uris import form_target
from gateway.oauth.flows.authorize import ConsentRequest
from socle.http.pages import alert, page, text

_FORM: Final = """{mistake}<p>{introduction}</p>
<form method="post" action="/auth/consent">
<input type="hidden" name="ticket" value="{ticket}">
{patient}<fieldset>
<legend>Ce que l'application pourra faire</legend>
{choices}</fieldset>
<p><button name="answer" value="some">Autoriser ce que j'ai coché</button></p>
<p><button name="answer" value="all" class="leger">Tout autoriser</button>
<button name="answer" value="none" class="leger" formnovalidate>Refuser</button></p>
</form>
<p class="discret">Ensuite, vous serez renvoyé vers {back}.
Un accès donné se retire à tout moment : <a href="/auth/applications">applications autorisées</a>.
{links}</p>
"""
_PATIENT: Final = """<fieldset>
<legend>Quel patient ?</legend>
<label for="patient">Identifiant du patient</label>
<input id="patient" name="patient" required autocomplete="off" maxlength="64"
 pattern="[A-Za-z0-9.\\-]+" aria-describedby="aide-patient">
<p class="discret" id="aide-patient">Celui de son dossier, par exemple a1b2-c3d4.</p>
</fieldset>
"""


def consent_page(request: ConsentRequest, role: Role) -> Response:
    """The page of a consent request. `role`: that of the person."""
    client, offered = request.client, request.offer
    body = _FORM.format(
        mistake=alert(request.mistake),
        introduction=_introduction(request, role),
        ticket=text(request.ticket),
        patient=_PATIENT if offered.picks_patient else "",
        choices="".join(_choices(request, role)),
        back=text(urlsplit(request.redirect_uri).netloc or "l'application"),
        links=_links(client),
    )
    title = f"« {client.name} » demande un accès"
    status = 400 if request.mistake else 200
    return page(title, body, status=status, forms=[form_target(request.redirect_uri)])


def _introduction(request: ConsentRequest, role: Role) -> str:
    name, offered = text(request.client.name), request.offer
    if not offered.scopes.at_levels("patient") and not offered.picks_patient:
        return f"L'application « {name} » voudrait agir en votre nom."
    if role == "patient":
        return f"L'application « {name} » voudrait un accès à votre dossier."
    if offered.picks_patient:
        return f"L'application « {name} » voudrait un accès au dossier d'un patient."
    return (
        f"L'application « {name} » voudrait un accès au dossier du patient "
        f"<code>{text(offered.patient)}</code>."
    )


def _choices(request: ConsentRequest, role: Role) -> list[str]:
    scopes = request.offer.scopes
    choices = [(str(each), describe_scope(each, role), "") for each in scopes.choices()]
    choices += [
        (name, *describe_plain_scope(name, role))
        for name in OPTIONAL_SCOPES
        if name in scopes.plain
    ]
    return [
        f'<label class="case"><input type="checkbox" name="keep" value="{text(value)}"'
        f"{' checked' if value in request.ticked else ''}> {text(description)}"
        f"{f' <span class=discret>({text(detail)})</span>' if detail else ''}</label>\n"
        for value, description, detail in choices
    ]


def _links(client: Client) -> str:
    links = ((client.terms, "Ses conditions"), (client.contact, "La contacter"))
    return " ".join(f'<a href="{text(to)}">{label}</a>.' for to, label in links if to)
