"""The HTML of a person's participations: list, consent, withdrawal, erasure, return."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from fastapi import Response

from pilotes.french.domain import format_instant
from pilotes.identity.domain.codes import format_code
from pilotes.identity.domain.person import Person
from pilotes.people.api.pages.notice_html import notice_details, notice_summary
from pilotes.people.domain.consent import Consent, active_consent
from pilotes.people.flows.participations import Participation
from pilotes.people.ports import DueSurvey
from pilotes.record.domain.notice import Notice
from socle.http.pages import alert, page, text

Due = Sequence[DueSurvey]
"""The due questionnaires of one participation."""

_DONE: Final = {
    "retrait": "C'est fait : vous ne participez plus. En une minute au plus, plus rien n'est "
    "compté, et ce qui l'a été est effacé des résultats.",
    "effacement": "C'est fait : plus rien n'est gardé sur vous dans les pilotes.",
    "signalement": "C'est transmis à l'équipe du pilote. Merci.",
    "signalement-grave": "C'est transmis à l'équipe du pilote. Si l'essai était en cours, il est "
    "en pause. Merci.",
    "retour": "Cet appareil vous connaît de nouveau.",
    "oubli": "Cet appareil ne vous connaît plus. Vos participations continuent : votre code "
    "personnel permet de les retrouver.",
}
_NO_PARTICIPATION: Final = """<p>Aucune participation n'est connue sur cet
appareil. D'un pilote clos, rien ne permet plus de vous retrouver.</p>
<ul>
<li><a href="/participer">J'ai reçu un papier avec un code</a></li>
<li><a href="/participer/retour">J'ai un code personnel</a>, noté le jour où j'ai accepté</li>
<li><a href="/auth/login?next=/participer/mes-participations">J'ai participé avec mon compte</a>
(se connecter)</li>
</ul>
"""
_ONE: Final = """<li>
<h2>{title}</h2>
<p>{since}</p>
{surveys}{links}<p>
<a href="/participer/mes-participations/{pilot_id}">Ce que j'ai accepté{hidden}</a></p>
</li>
"""
_LINKS: Final = """<p><a href="/participer/mes-participations/{pilot_id}/signalement">Signaler un
problème{hidden}</a></p>
<p><a class="bouton leger"
href="/participer/mes-participations/{pilot_id}/retrait">Arrêter de participer{hidden}</a></p>
"""
_DUE_SURVEY: Final = """<p><a class="bouton"
href="/participer/questionnaires/{pilot_id}/{survey}?occasion={occasion}">Répondre : {title}</a></p>
"""
_HIDDEN: Final = '<span class="masque"> : {title}</span>'
_REST: Final = """<h2>Mes données</h2>
<ul>
<li><a href="/participer/mes-donnees.json" download="mes-donnees.json">Télécharger tout ce qui est
gardé sur moi</a> (fichier JSON)</li>
<li><a href="/participer/effacement">Tout arrêter et tout effacer</a></li>
</ul>
"""
_DEVICE: Final = """<h2>Retrouver mes participations ailleurs</h2>
<details>
<summary>Montrer mon code personnel</summary>
<p class="code">{code}</p>
<p>Sur un autre appareil, il s'écrit à la page <a href="/participer/retour">J'ai un code
personnel</a>. Ne le montrez à personne.</p>
</details>
<form method="post" action="/participer/oublier">
<p>Cet appareil n'est pas le vôtre ? Notez d'abord votre code personnel.</p>
<p><button class="leger">Oublier qui je suis sur cet appareil</button></p>
</form>
"""
_WITHDRAW: Final = """<p>Vous pouvez arrêter sans dire pourquoi, et cela ne change rien d'autre pour
vous.</p>
<ul>
<li>En une minute au plus, plus rien n'est compté.</li>
<li>Ce qui a été compté jusqu'ici est effacé des résultats.</li>
<li>Ce qui reste : la preuve que vous aviez accepté, puis arrêté, sans votre nom.</li>
</ul>
<form method="post" action="/participer/mes-participations/{pilot_id}/retrait">
<p><button>Oui, j'arrête</button></p>
</form>
<p><a class="bouton leger" href="/participer/mes-participations">Non, je continue</a></p>
"""
_ERASE: Final = """<p>Vous arrêterez de participer à tous les pilotes, et plus rien ne sera gardé
sur vous : ni ce que vous avez fait, ni la preuve que vous aviez accepté. C'est définitif.</p>
<p>De vos signalements, le texte est effacé et plus rien ne mène à vous. Reste à l'équipe qu'un
incident a eu lieu, sa gravité et sa date.</p>
<p>Vous voulez une copie d'abord ? <a href="/participer/mes-donnees.json"
download="mes-donnees.json">Télécharger mes données</a> (fichier JSON).</p>
<form method="post" action="/participer/effacement">
<p><button>Tout effacer</button></p>
</form>
<p><a class="bouton leger" href="/participer/mes-participations">Ne rien effacer</a></p>
"""
_RETURN: Final = """{mistake}<p>Le jour où vous avez accepté, un code personnel s'est affiché : six
groupes de quatre lettres et chiffres.</p>
<form method="post" action="/participer/retour">
<label for="code">Code personnel</label>
<input id="code" name="code" required autocomplete="off" autocapitalize="characters"
 spellcheck="false" maxlength="60" aria-describedby="aide-code">
<p class="discret" id="aide-code">Majuscules, minuscules et tirets ne comptent pas.</p>
<p><button>Retrouver mes participations</button></p>
</form>
<h2>Vous ne l'avez plus ?</h2>
<p>L'appareil sur lequel vous avez accepté le montre encore, à la page
<a href="/participer/mes-participations">Mes participations</a>. Si vous aviez participé avec votre
compte, <a href="/auth/login?next=/participer/mes-participations">connectez-vous</a>.</p>
"""
_CONSENT: Final = """{periods}
<p><a href="/participer/mes-participations/{pilot_id}/consentement.json"
 download="consentement-{pilot_id}.json">Télécharger la preuve de mon accord</a> (fichier JSON,
ISO/IEC TS 27560)</p>
<h2>Ce que vous avez lu</h2>
{short}{full}{links}"""


def participations_page(
    found: Sequence[tuple[Participation, Due]], person: Person, done: str
) -> Response:
    """The page of all participations, each with its due questionnaires.

    `done`: the action just completed, one of `_DONE`; others are ignored.
    """
    status = f'<p role="status">{_DONE[done]}</p>\n' if done in _DONE else ""
    if not found:
        return page("Mes participations", status + _NO_PARTICIPATION)
    rows = "".join(_one(each, due) for each, due in found)
    device = (
        _DEVICE.format(code=text(format_code(person.personal_code))) if person.personal_code else ""
    )
    body = f'{status}<ul class="choix">\n{rows}</ul>\n{_REST}{device}'
    return page("Mes participations", body)


def consent_page(of: Participation, notice: Notice) -> Response:
    """The page of one participation. `notice`: the one of its last period."""
    periods = "".join(f"<p>{_period(each)}</p>\n" for each in of.consents)
    is_active = active_consent(of.consents) is not None
    pilot_id = text(of.trial.pilot.id)
    body = _CONSENT.format(
        periods=periods,
        pilot_id=pilot_id,
        short=notice_summary(notice, until=None),
        full=notice_details(notice),
        links=_LINKS.format(pilot_id=pilot_id, hidden="") if is_active else "",
    )
    return page(f"Ce que j'ai accepté : {of.trial.pilot.title}", body)


def withdrawal_page(of: Participation) -> Response:
    """The page on which a withdrawal is confirmed."""
    title = f"Arrêter « {of.trial.pilot.title} » ?"
    return page(title, _WITHDRAW.format(pilot_id=text(of.trial.pilot.id)))


def erasure_page() -> Response:
    """The page on which the erasure of everything is confirmed."""
    return page("Tout effacer ?", _ERASE)


def return_page(mistake: str = "") -> Response:
    """The page with the form for a personal code. `mistake`: what is wrong with the typed one."""
    body = _RETURN.format(mistake=alert(mistake))
    return page("J'ai un code personnel", body, status=400 if mistake else 200)


def _one(of: Participation, due: Due) -> str:
    pilot_id, title = text(of.trial.pilot.id), text(of.trial.pilot.title)
    hidden = _HIDDEN.format(title=title)
    is_active = active_consent(of.consents) is not None
    links = _LINKS.format(pilot_id=pilot_id, hidden=hidden) if is_active else ""
    return _ONE.format(
        title=title,
        since=_period(of.last),
        surveys="".join(_due_survey(pilot_id, each) for each in due),
        links=links,
        pilot_id=pilot_id,
        hidden=hidden,
    )


def _due_survey(pilot_id: str, survey: DueSurvey) -> str:
    """A link to a questionnaire. `pilot_id`: escaped."""
    occasion = f" ({survey.occasion})" if survey.repeated else ""
    return _DUE_SURVEY.format(
        pilot_id=pilot_id,
        survey=quote(survey.survey_id, safe=""),
        occasion=quote(survey.occasion, safe=""),
        title=text(f"{survey.title}{occasion}"),
    )


def _period(consent: Consent) -> str:
    if consent.withdrawn_at is None:
        return f"Vous participez depuis le {format_instant(consent.given_at)}."
    return (
        f"Vous avez participé du {format_instant(consent.given_at)}"
        f" au {format_instant(consent.withdrawn_at)}. "
        "Vous ne participez plus."
    )
