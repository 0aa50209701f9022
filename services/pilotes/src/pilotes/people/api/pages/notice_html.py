"""The notice as HTML: a short summary, and the details of articles 13 and 14 of the GDPR, which
open on request."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pilotes.french.domain import format_day
from pilotes.record.domain.notice import AUTHORITY, AUTHORITY_ADDRESS, Notice
from socle.http.pages import text

_NOT_COUNTED: Final = "Jamais votre nom, ni votre adresse."
_NOT_COUNTED_HEALTH: Final = "Jamais votre nom, ni ce qui est écrit dans un dossier de santé."
_STOP: Final = (
    "Quand vous voulez, sans dire pourquoi, sur la page "
    '<a href="/participer/mes-participations">Mes participations</a>. En une minute au plus, plus '
    "rien n'est compté, et ce qui l'a été est effacé des résultats."
)
_DETAILS: Final = """<details>
<summary>Vos données et vos droits, en détail</summary>
{terms}</details>
"""
_RIGHTS: Final = (
    "Voir ce qui est gardé sur vous, en avoir une copie, le faire effacer, retirer votre accord : "
    'tout cela sur la page <a href="/participer/mes-participations">Mes participations</a>, sans '
    "rien demander à personne. Faire rectifier, ou limiter : au contact ci-dessus."
)
_AUTHORITY: Final = f'Vous pouvez vous plaindre à la <a href="{AUTHORITY_ADDRESS}">{AUTHORITY}</a>.'


def notice_summary(notice: Notice, *, until: datetime | None) -> str:
    """The summary that people need to decide. `until`: the end of the trial; None: not given."""
    counted = _listed(notice.data) + text(_NOT_COUNTED_HEALTH if notice.health else _NOT_COUNTED)
    terms = [
        ("Ce qui est essayé", text(notice.summary)),
        ("Ce qui vous est demandé", text(notice.asked)),
        ("Ce que vous pouvez y gagner", text(notice.benefits)),
        ("Ce que vous risquez", text(notice.risks)),
        ("Qui reçoit quoi", _arms(notice.arms)),
        ("Ce qui est compté", counted),
        ("Pour arrêter", _STOP),
    ]
    if until is not None:
        # Before how to stop.
        terms.insert(-1, ("Jusqu'à quand", f"Jusqu'au {format_day(until)}."))
    return _terms(terms)


def notice_details(notice: Notice) -> str:
    """The information required by articles 13 and 14 of the GDPR."""
    basis = "Votre consentement (RGPD, article 6, paragraphe 1, a"
    basis += " ; article 9, paragraphe 2, a)." if notice.health else ")."
    terms = [
        ("Responsable du traitement", text(notice.controller)),
        ("Pour toute question, ou pour exercer vos droits", text(notice.contact)),
        ("À quoi cela sert", _listed(notice.purposes)),
        ("Ce qui l'autorise", basis),
        ("Qui voit ces données", _listed(notice.recipients)),
        ("Combien de temps", _retention(notice.retention_days)),
        ("Où elles sont gardées", text(notice.storage)),
        ("Comment elles sont protégées", text(notice.security)),
        ("Ce que vous pouvez faire", _RIGHTS),
        ("Si cela ne va pas", _AUTHORITY),
        ("Version de cette notice", text(notice.version)),
    ]
    return _DETAILS.format(terms=_terms(terms))


def _retention(days: int) -> str:
    return (
        f"Jusqu'à {days} jours après la fin du pilote. La clé qui permet de vous y retrouver est "
        "détruite quand il est clos."
    )


def _arms(arms: Iterable[str]) -> str:
    items = "".join(f"<li>{text(each)}</li>" for each in arms)
    return f"Un tirage au sort en décide, et personne ne choisit :<ul>{items}</ul>"


def _listed(things: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{text(each)}</li>" for each in things) + "</ul>"


def _terms(terms: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{term}</dt><dd>{words}</dd>\n" for term, words in terms)
    return f"<dl>\n{items}</dl>\n"
