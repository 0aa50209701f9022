"""The problems that the gateway answers when an exchange fails, in French."""

from typing import Final

from gateway.http.domain.failures import (
    BodyTooLarge,
    Failure,
    Overloaded,
    ProtocolError,
    RequestTimeout,
    Unreachable,
    UpstreamTimeout,
)
from socle.errors import Refusal
from socle.http import Problem, of_refusal
from socle.http.exchange import too_large
from socle.http.problems import TIMEOUT, ProblemType

BAD_GATEWAY: Final = ProblemType("bad_gateway", 502, "Réponse inutilisable")
REQUEST_TIMEOUT: Final = ProblemType("request_timeout", 408, "Demande trop lente")
_RETRY_SECONDS: Final = 2  # about what a service takes to restart
_CLOSE: Final = (b"connection", b"close")

_TIMEOUTS: Final = {
    "connect": "n'accepte pas de connexion dans le temps prévu",
    "first_byte": "n'a pas commencé à répondre dans le temps prévu",
    "total": "n'a pas fini de répondre dans le temps prévu",
    "idle": "n'envoie plus rien",
}


def problem_of_failure(failure: Failure, service: str) -> Problem:
    """The problem of a failure: it names the service, never its address.

    Raises the failure itself if there is no caller to answer (ClientDisconnected).
    """
    details = {"service": service}
    match failure:
        case Unreachable(retry_after=seconds):
            why = "est momentanément injoignable"
            return _unavailable(service, why, max(seconds or 0, _RETRY_SECONDS))
        case Overloaded(retry_after=seconds):
            return _unavailable(service, "a trop de demandes en cours", seconds)
        case UpstreamTimeout(phase=phase):
            detail = f"Le service « {service} » {_TIMEOUTS[phase]} ; réessayez plus tard."
            return Problem(TIMEOUT, detail, details)
        case ProtocolError():
            detail = f"Le service « {service} » a donné une réponse inutilisable ; réessayez."
            return Problem(BAD_GATEWAY, detail, details)
        case RequestTimeout():
            detail = "Le contenu annoncé n'est pas arrivé dans le temps prévu."
            return Problem(REQUEST_TIMEOUT, detail, headers=[_CLOSE])
        case BodyTooLarge(limit=limit):
            return too_large(limit)
        case _:
            raise failure


def _unavailable(service: str, why: str, retry_after: float) -> Problem:
    sentence = f"Le service « {service} » {why} ; réessayez dans quelques secondes."
    return of_refusal(Refusal("unavailable", sentence, service=service, retry_after=retry_after))
