"""What the OpenAPI documents of the roles share."""

from typing import Final

PREFIX = "/mobilite/v1"
TAGS: Final = [
    {"name": "departures", "description": "Départs"},
    {"name": "stops", "description": "Arrêts"},
    {"name": "places", "description": "Lieux"},
    {"name": "journeys", "description": "Itinéraires"},
    {"name": "routes", "description": "Lignes et courses"},
    {"name": "vehicles", "description": "Véhicules"},
    {"name": "alerts", "description": "Perturbations"},
    {"name": "feeds", "description": "Réseaux"},
    {"name": "rental", "description": "Libre-service"},
    {"name": "open-data", "description": "Données ouvertes"},
    {"name": "siri", "description": "SIRI"},
    {"name": "indicators", "description": "Indicateurs"},
    {"name": "desk", "description": "Guichet des exploitants"},
]
"""The groups of the API reference, with the French names that its pages display."""
