"""The JSON of connections. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.connections.domain.forecast_errors import Basis
from mobilite.http.api.times import InstantJson


class ConnectionJson(TypedDict):
    """A change, from the vehicle before to that of the leg."""

    slack: Annotated[
        int,
        Field(
            description="Secondes qui restent à l'arrêt, chemin et temps minimal du changement "
            "faits ; négatif : manquée d'après les prévisions"
        ),
    ]
    probability: Annotated[
        float | None,
        Field(
            description="Qu'elle réussisse, de 0 à 1, d'après les écarts observés entre les "
            "prévisions et les passages ; le second véhicule n'attend pas. null : trop peu "
            "d'observations"
        ),
    ]
    observations: Annotated[
        int, Field(description="Les passages récents dont elle vient ; 0 si elle n'est pas connue")
    ]
    basis: Annotated[
        Basis | None,
        Field(
            description="Les passages observés sont ceux des deux lignes (route), de leurs "
            "réseaux (feed) ou de toute la région (region)"
        ),
    ]
    tight: Annotated[
        bool, Field(description="Serrée : voir connections de la réponse pour ce qui en décide")
    ]
    missed_arrival: Annotated[
        InstantJson | None,
        Field(
            description="L'arrivée par le trajet suivant si une correspondance serrée est "
            "manquée ; null : pas cherchée, ou aucune dans les 24 heures"
        ),
    ]


class ConnectionRulesJson(TypedDict):
    """What counts as a tight connection."""

    tight_probability: Annotated[
        float, Field(description="Serrée si elle réussit moins souvent, de 0 à 1")
    ]
    tight_seconds: Annotated[
        int,
        Field(description="Où la probabilité n'est pas connue : serrée s'il reste moins de temps"),
    ]
    least_observations: Annotated[
        int, Field(description="Passages observés sans lesquels aucune probabilité n'est donnée")
    ]
