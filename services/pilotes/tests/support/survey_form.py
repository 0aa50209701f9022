"""A questionnaire with every type of question, and the address of its page."""

SURVEY = {
    "title": "Votre avis <à la fin>",
    "sus": True,
    "nps": True,
    "questions": [
        {"id": "attente", "text": "Attendez-vous moins & mieux ?", "low": 0, "high": 3},
        {"id": "idees", "text": "Une idée ?", "kind": "text"},
    ],
}
PATH = "/participer/questionnaires/alertes/sortie"
