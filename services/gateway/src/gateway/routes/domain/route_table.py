"""The route table of the platform: every path that a caller can reach.

The first pattern that matches counts: a route stands before those with `{rest...}` that contain it.

The address of each service is a setting (`gateway/settings.py`).
"""

from typing import Final

from gateway.callers.domain.access import OPEN, only
from gateway.callers.domain.identity import Role
from gateway.routes.domain.esante_routes import ESANTE_ROUTES
from gateway.routes.domain.lab_routes import LAB_ROUTES, PILOTES
from gateway.routes.domain.message_routes import MESSAGE_LINKS
from gateway.routes.domain.mobilite_routes import MOBILITE_ROUTES
from gateway.routes.domain.plan_names import PlanClass
from gateway.routes.domain.routes import (
    OWN,
    POST,
    POST_AND_OPTIONS,
    READ_AND_POST,
    READ_AND_WRITE,
    STREAM,
    Limits,
    Route,
    RouteTable,
    Service,
)

PORTAIL: Final = Service("portail")
_PARTICIPANT_PAGES: Final[tuple[tuple[str, PlanClass | None], ...]] = (
    ("/participer", None),
    ("/participer/c/{code}", "enrolment"),
    ("/participer/mes-participations/{pilot_id}/rappels/notification", "push"),
    ("/participer/{rest...}", None),
)
"""The pages of participants, with the class of what they send."""
_PARTICIPATIONS: Final[tuple[tuple[str, PlanClass | None], ...]] = (
    ("/pilotes/v1/participations", "enrolment"),
    ("/pilotes/v1/participations/{rest...}", None),
    ("/pilotes/v1/personal-data", None),
)
"""The same for programs."""

_PEOPLE: Final[tuple[Role, ...]] = ("traveller", "patient", "professional", "coordinator")


def _portal_page(pattern: str, *, coverable: bool = True) -> Route:
    """A page of the portal, which displays the name of its reader."""
    return Route(
        pattern,
        PORTAIL,
        OPEN,
        plan_class="page",
        page=True,
        discloses_name=True,
        coverable=coverable,
    )


TABLE: Final = RouteTable(
    (
        *MOBILITE_ROUTES,
        *(
            Route(
                pattern,
                PORTAIL,
                OPEN,
                plan_class="page",
                streaming=True,
                compress=False,
                limits=STREAM,
            )
            for pattern in (
                "/arrets/{stop_id}/flux",
                "/itineraires/{journey_id}/flux",
                "/lignes/{route_id}/flux",
                "/courses/{trip_id}/flux",
            )
        ),
        *(
            _portal_page(pattern)
            for pattern in (
                "/",
                "/autour",
                "/completion",
                "/arrets/{rest...}",
                "/itineraires",
                "/itineraires/{journey_id}",
                "/itineraires/{journey_id}/agenda.ics",
                "/itineraires/{journey_id}/trace.geojson",
                "/lignes",
                "/lignes/{rest...}",
                "/courses/{rest...}",
                "/perturbations",
                "/carte",
                "/carte/liste",
                "/accessibilite",
            )
        ),
        *(
            # No pilot changes what the platform states about itself.
            _portal_page(pattern, coverable=False)
            for pattern in (
                "/perturbations.atom",
                "/mentions-legales",
                "/vie-privee",
                "/donnees",
                "/donnees/{feed_id}",
                "/indicateurs",
            )
        ),
        *(
            # An application of the portal, which has the access token of its reader in a cookie.
            Route(
                pattern,
                PORTAIL,
                OPEN,
                methods=READ_AND_POST,
                plan_class="page",
                page=True,
                discloses_name=True,
                coverable=False,
                cookie="__Host-dossier",
            )
            for pattern in ("/pro", "/pro/{rest...}", "/mon-dossier", "/mon-dossier/{rest...}")
        ),
        # The page without a connection is stored by browsers: it names nobody.
        Route("/hors-ligne", PORTAIL, OPEN, plan_class="page", page=True, coverable=False),
        *LAB_ROUTES,
        # The list of pilots is the same for everybody.
        Route("/pilotes", PILOTES, OPEN, plan_class="page", page=True, coverable=False),
        # Anyone may give an opinion on a pilot, by the form or by a program.
        Route(
            "/participer/pilotes/{pilot_id}/avis/envoi",
            PILOTES,
            OPEN,
            methods=READ_AND_POST,
            plan_class="voice",
            page=True,
            participant=True,
        ),
        Route("/pilotes/v1/contributions", PILOTES, OPEN, plan_class="voice", methods=POST),
        MESSAGE_LINKS,
        *(
            # Participants need no account.
            Route(
                pattern,
                PILOTES,
                OPEN,
                methods=READ_AND_POST,
                plan_class="page",
                write_class=write_class,
                page=True,
                participant=True,
            )
            for pattern, write_class in _PARTICIPANT_PAGES
        ),
        *(
            Route(
                pattern,
                PILOTES,
                OPEN,
                methods=READ_AND_WRITE,
                plan_class="pilot",
                write_class=write_class,
                participant=True,
            )
            for pattern, write_class in _PARTICIPATIONS
        ),
        *(
            # Participants, with or without an account, and the pilot's team.
            Route(
                pattern,
                PILOTES,
                OPEN,
                methods=READ_AND_POST,
                plan_class="pilot",
                participant=True,
                limits=Limits(body_bytes=256 * 1024),
            )
            for pattern in (
                "/pilotes/v1/pilots/{pilot_id}/reports",
                "/pilotes/v1/pilots/{pilot_id}/surveys/{survey_id}/answers",
            )
        ),
        # `pilotes` checks rights pilot by pilot. A report is a page for people in a browser.
        Route(
            "/pilotes/v1/pilots/{pilot_id}/report",
            PILOTES,
            OPEN,
            plan_class="pilot",
            page=True,
        ),
        Route(
            "/pilotes/v1/{rest...}",
            PILOTES,
            OPEN,
            methods=READ_AND_WRITE,
            plan_class="pilot",
            limits=Limits(body_bytes=256 * 1024),
        ),
        # Served here too, so that pages are complete while a service is down.
        Route("/static/site/{name}", OWN, OPEN, plan_class="asset"),
        Route("/static/{rest...}", PORTAIL, OPEN, plan_class="asset"),
        *(
            Route(pattern, PORTAIL, OPEN, plan_class="asset")
            for pattern in ("/robots.txt", "/service-worker.js", "/manifest.webmanifest")
        ),
        Route("/langue", OWN, OPEN, plan_class="page", page=True),
        # Tools in a browser read the contract, and applications verify ID tokens there.
        Route("/openapi.json", OWN, OPEN, plan_class="docs", cors="public"),
        *(
            Route(pattern, OWN, OPEN, plan_class="docs", page=True)
            for pattern in ("/docs", "/docs/{name}")
        ),
        Route("/auth/jwks", OWN, OPEN, plan_class="auth", cors="public"),
        *(
            Route(pattern, OWN, OPEN, plan_class="docs", page=True)
            for pattern in ("/auth/cles", "/auth/conditions")
        ),
        Route("/auth/v1/plans", OWN, OPEN, plan_class="docs"),
        Route(
            "/auth/cles/nouvelle",
            OWN,
            OPEN,
            plan_class="register",
            methods=READ_AND_POST,
            page=True,
        ),
        *(
            Route(pattern, OWN, OPEN, plan_class="register", methods=POST)
            for pattern in ("/auth/v1/keys", "/auth/v1/keys/current/rotation")
        ),
        # These check the API key themselves.
        Route("/auth/cles/gerer", OWN, OPEN, plan_class="auth", methods=READ_AND_POST, page=True),
        Route("/auth/v1/keys/current", OWN, OPEN, plan_class="auth", methods=READ_AND_WRITE),
        *(
            Route(pattern, OWN, OPEN, plan_class="auth", page=True)
            for pattern in (
                "/auth/login",
                "/auth/login/{name}",
                "/auth/callback/{name}",
                "/auth/compte",  # redirects anonymous callers to the login
                # Called by a provider, which knows the id of the session that ends.
                "/auth/frontchannel-logout/{name}",
            )
        ),
        Route("/auth/me", OWN, OPEN, plan_class="auth"),
        Route("/auth/logout", OWN, OPEN, plan_class="auth", methods=READ_AND_POST, page=True),
        # Called by a provider, with a signed token.
        Route("/auth/backchannel-logout/{name}", OWN, OPEN, plan_class="auth", methods=POST),
        *(
            Route(pattern, OWN, OPEN, plan_class="auth", cors="public")
            for pattern in (
                "/fhir/.well-known/smart-configuration",
                "/.well-known/openid-configuration",
                "/auth/smart-style.json",
            )
        ),
        *ESANTE_ROUTES,
        *(
            # Redirects anonymous callers to the login.
            Route(pattern, OWN, OPEN, plan_class="auth", methods=READ_AND_POST, page=True)
            for pattern in ("/auth/authorize", "/auth/applications", "/auth/proches")
        ),
        Route(
            "/auth/consent",
            OWN,
            # Anonymous: a form that is sent after its session has ended.
            only("anonymous", *_PEOPLE),
            plan_class="auth",
            methods=READ_AND_POST,
            page=True,
        ),
        Route("/auth/launch", OWN, only("professional"), plan_class="auth", methods=POST),
        Route(
            "/auth/applications/{client}/launch",
            OWN,
            only("anonymous", "professional"),  # anonymous: as for a consent
            plan_class="auth",
            methods=POST,
            page=True,
        ),
        Route(
            "/auth/v1/applications",
            OWN,
            only("patient", "carer", "professional"),
            plan_class="auth",
        ),
        *(
            # Applications authenticate there.
            Route(pattern, OWN, OPEN, plan_class="auth", methods=POST_AND_OPTIONS, cors="clients")
            for pattern in ("/auth/token", "/auth/revoke")
        ),
        Route("/auth/introspect", OWN, OPEN, plan_class="auth", methods=POST),
    )
)
