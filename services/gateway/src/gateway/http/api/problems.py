"""What the door itself has to say when an exchange fails, in the words of people."""

from typing import Final

from gateway.http.domain.failures import (
    CallerTooSlow,
    Failure,
    Garbled,
    Overloaded,
    SentTooMuch,
    TooSlow,
    Unreachable,
)
from socle.errors import Refusal
from socle.http import Problem, of_refusal
from socle.http.exchange import too_large
from socle.http.problems import TIMEOUT, Kind

BAD_GATEWAY: Final = Kind("bad_gateway", 502, "Réponse inutilisable")
REQUEST_TIMEOUT: Final = Kind("request_timeout", 408, "Demande trop lente")
_COME_BACK: Final = 2  # seconds: about what a service takes to restart
_CLOSE: Final = (b"connection", b"close")

_TOO_SLOW: Final = {
    "connect": "n'accepte pas de connexion dans le temps prévu",
    "first_byte": "n'a pas commencé à répondre dans le temps prévu",
    "total": "n'a pas fini de répondre dans le temps prévu",
    "idle": "n'envoie plus rien",
}


def of_failure(failure: Failure, service: str) -> Problem:
    """The problem to answer with, naming the service but nothing of how it is reached."""
    details = {"service": service}
    match failure:
        case Unreachable(retry_after=wish):
            why = "est momentanément injoignable"
            return _unavailable(service, why, max(wish or 0, _COME_BACK))
        case Overloaded(retry_after=wish):
            return _unavailable(service, "a trop de demandes en cours", wish)
        case TooSlow(phase=phase):
            detail = f"Le service « {service} » {_TOO_SLOW[phase]} ; réessayez plus tard."
            return Problem(TIMEOUT, detail, details)
        case Garbled():
            detail = f"Le service « {service} » a donné une réponse inutilisable ; réessayez."
            return Problem(BAD_GATEWAY, detail, details)
        case CallerTooSlow():
            detail = "Le contenu annoncé n'est pas arrivé dans le temps prévu."
            return Problem(REQUEST_TIMEOUT, detail, headers=[_CLOSE])
        case SentTooMuch(limit=limit):
            return too_large(limit)
        case _:
            raise failure


def _unavailable(service: str, why: str, retry_after: float) -> Problem:
    sentence = f"Le service « {service} » {why} ; réessayez dans quelques secondes."
    return of_refusal(Refusal("unavailable", sentence, service=service, retry_after=retry_after))
