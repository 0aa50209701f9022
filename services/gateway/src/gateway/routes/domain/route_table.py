"""The table of the platform: every address a caller can reach behind the door.

A service named here is reached at the address its own setting gives (`gateway/settings.py`).
"""

from typing import Final

from gateway.callers.domain.access import OPEN, only
from gateway.callers.domain.identity import Role
from gateway.routes.domain.plan_names import PlanClass
from gateway.routes.domain.routes import OWN, Limits, Route, RouteTable, Service

MOBILITE: Final = Service("mobilite")
MOBILITE_DESK: Final = Service("mobilite_desk")
ESANTE: Final = Service("esante")
PILOTES: Final = Service("pilotes")
PORTAIL: Final = Service("portail")

_READ_AND_WRITE: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"})
_FHIR: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_READ_AND_POST: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST"})
_POST: Final = frozenset({"POST"})
_POSTED: Final = frozenset({"OPTIONS", "POST"})  # by pages of other sites too
_PEOPLE: Final[tuple[Role, ...]] = ("traveller", "patient", "professional", "coordinator")
# What a scope opens is for the FHIR server to judge, resource by resource.
_CARE: Final = only("patient", "professional", "integrator")
_STREAM: Final = Limits(total=None, idle=90.0)


def _public(pattern: str, plan_class: PlanClass) -> Route:
    """Open data of travellers: for anyone and from any page, the same for all."""
    return Route(pattern, MOBILITE, OPEN, plan_class=plan_class, kept=True, cors="public")


TABLE: Final = RouteTable(
    (
        *(
            Route(
                pattern,
                MOBILITE,
                OPEN,
                plan_class="stream",
                cors="public",
                streaming=True,
                compress=False,
                limits=_STREAM,
            )
            for pattern in (
                "/mobilite/v1/stops/{stop_id}/departures/stream",
                "/mobilite/v1/alerts/stream",
                "/mobilite/v1/vehicles/stream",
            )
        ),
        *(
            Route(
                pattern,
                MOBILITE_DESK,
                OPEN,  # to whoever holds a key, which the desk itself checks
                methods=_READ_AND_WRITE,
                plan_class="desk",
                credentials=True,
                limits=Limits(body_bytes=256 * 1024),
            )
            for pattern in ("/mobilite/v1/desk", "/mobilite/v1/desk/{rest...}")
        ),
        _public("/mobilite/v1/stops/{stop_id}/departures", "board"),
        _public("/mobilite/v1/stops", "search"),
        _public("/mobilite/v1/gtfs.zip", "bulk"),
        _public("/mobilite/v1/gtfs-rt/{rest...}", "bulk"),
        _public("/mobilite/v1/{rest...}", "list"),
        Route(
            "/arrets/{stop_id}/flux",
            PORTAIL,
            OPEN,
            plan_class="page",
            streaming=True,
            compress=False,
            limits=_STREAM,
        ),
        *(
            Route(pattern, PORTAIL, OPEN, plan_class="page", page=True)
            for pattern in ("/", "/arrets/{rest...}", "/perturbations", "/accessibilite")
        ),
        # Anybody says what they think of a pilot, by a form of our own or by a program.
        Route(
            "/participer/pilotes/{pilot_id}/avis/envoi",
            PILOTES,
            OPEN,
            methods=_READ_AND_POST,
            plan_class="voice",
            page=True,
            participant=True,
        ),
        Route("/pilotes/v1/contributions", PILOTES, OPEN, plan_class="voice", methods=_POST),
        *(
            # To participants, who need no account.
            Route(
                pattern,
                PILOTES,
                OPEN,
                methods=_READ_AND_POST,
                plan_class="page",
                page=True,
                participant=True,
            )
            for pattern in ("/participer", "/participer/{rest...}")
        ),
        *(
            Route(
                pattern,
                PILOTES,
                OPEN,
                methods=_READ_AND_WRITE,
                plan_class="pilot",
                participant=True,
            )
            for pattern in (
                "/pilotes/v1/participations",
                "/pilotes/v1/participations/{rest...}",
                "/pilotes/v1/personal-data",
            )
        ),
        *(
            # To whoever takes part, with an account or without, and to the team.
            Route(
                pattern,
                PILOTES,
                OPEN,
                methods=_READ_AND_POST,
                plan_class="pilot",
                participant=True,
                limits=Limits(body_bytes=256 * 1024),
            )
            for pattern in (
                "/pilotes/v1/pilots/{pilot_id}/reports",
                "/pilotes/v1/pilots/{pilot_id}/surveys/{survey_id}/answers",
            )
        ),
        # Who may what in which pilot, its record knows.
        Route(
            "/pilotes/v1/{rest...}",
            PILOTES,
            OPEN,
            methods=_READ_AND_WRITE,
            plan_class="pilot",
            limits=Limits(body_bytes=256 * 1024),
        ),
        Route("/static/{name}", PORTAIL, OPEN, plan_class="asset"),
        Route("/robots.txt", PORTAIL, OPEN, plan_class="asset"),
        *(
            Route(pattern, OWN, OPEN, plan_class="docs")
            for pattern in ("/openapi.json", "/docs", "/docs/{name}")
        ),
        Route("/auth/jwks", OWN, OPEN, plan_class="auth"),
        *(
            Route(pattern, OWN, OPEN, plan_class="docs", page=True)
            for pattern in ("/auth/cles", "/auth/conditions")
        ),
        Route("/auth/v1/plans", OWN, OPEN, plan_class="docs"),
        Route("/auth/cles/nouvelle", OWN, OPEN, plan_class="register", methods=_POST, page=True),
        *(
            Route(pattern, OWN, OPEN, plan_class="register", methods=_POST)
            for pattern in ("/auth/v1/keys", "/auth/v1/keys/current/rotation")
        ),
        # To whoever holds a key, which they check themselves.
        Route("/auth/cles/gerer", OWN, OPEN, plan_class="auth", methods=_READ_AND_POST, page=True),
        Route("/auth/v1/keys/current", OWN, OPEN, plan_class="auth", methods=_READ_AND_WRITE),
        *(
            Route(pattern, OWN, OPEN, plan_class="auth", page=True)
            for pattern in (
                "/auth/login",
                "/auth/login/{name}",
                "/auth/callback/{name}",
                "/auth/compte",  # whoever is nobody is led to the login
                # To a provider alone, which knows the name of the session that ends.
                "/auth/frontchannel-logout/{name}",
            )
        ),
        Route("/auth/me", OWN, OPEN, plan_class="auth"),
        Route("/auth/logout", OWN, OPEN, plan_class="auth", methods=_READ_AND_POST, page=True),
        # To a provider alone, which signs what it says.
        Route("/auth/backchannel-logout/{name}", OWN, OPEN, plan_class="auth", methods=_POST),
        *(
            Route(pattern, OWN, OPEN, plan_class="auth", cors="public")
            for pattern in (
                "/fhir/.well-known/smart-configuration",
                "/.well-known/openid-configuration",
                "/auth/smart-style.json",
            )
        ),
        Route("/fhir/metadata", ESANTE, OPEN, plan_class="docs", cors="clients", fhir=True),
        *(
            Route(
                pattern,
                ESANTE,
                _CARE,
                methods=_FHIR,
                plan_class="record",
                cors="clients",
                fhir=True,
                limits=Limits(body_bytes=8 * 1024 * 1024),
            )
            for pattern in ("/fhir", "/fhir/{rest...}")
        ),
        *(
            # Whoever is nobody is led to the login.
            Route(pattern, OWN, OPEN, plan_class="auth", methods=_READ_AND_POST, page=True)
            for pattern in ("/auth/authorize", "/auth/applications")
        ),
        Route("/auth/consent", OWN, only(*_PEOPLE), plan_class="auth", methods=_POST, page=True),
        Route("/auth/launch", OWN, only("professional"), plan_class="auth", methods=_POST),
        *(
            # To applications, which prove themselves there.
            Route(pattern, OWN, OPEN, plan_class="auth", methods=_POSTED, cors="clients")
            for pattern in ("/auth/token", "/auth/revoke")
        ),
        Route("/auth/introspect", OWN, OPEN, plan_class="auth", methods=_POST),
    )
)
