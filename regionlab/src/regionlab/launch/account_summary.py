"""The list of the demo's accounts that is printed once the demo is ready."""

from embedded.issuer.realms import ACCOUNTS, REALMS


def account_summary(port: int) -> str:
    """The address of the login and the accounts of each realm, in French. `port`: the gateway's."""
    lines = [f"\nComptes de démonstration (sans mot de passe) : http://localhost:{port}/auth/login"]
    for realm in REALMS.values():
        people = [f"{a.name} ({a.note})" for a in ACCOUNTS if a.realm == realm.name]
        if people:
            lines.append(f"  {realm.label} : {', '.join(people)}")
    lines.append("Un jeton pour essayer l'API : .venv/bin/regionlab token --role professional")
    return "\n".join(lines)
