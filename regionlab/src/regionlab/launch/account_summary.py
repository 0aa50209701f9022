"""The demo's accounts, as the demo prints them once it is ready."""

from embedded.issuer.realms import ACCOUNTS, REALMS


def account_summary(port: int) -> str:
    """Where to log in and as whom; no account has a password."""
    lines = [f"\nComptes de démonstration (sans mot de passe) : http://localhost:{port}/auth/login"]
    for realm in REALMS.values():
        people = [f"{a.name} ({a.note})" for a in ACCOUNTS if a.realm == realm.name]
        if people:
            lines.append(f"  {realm.label} : {', '.join(people)}")
    lines.append("Un jeton pour essayer l'API : .venv/bin/regionlab token --role professional")
    return "\n".join(lines)
