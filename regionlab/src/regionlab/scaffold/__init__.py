"""`regionlab new <nom>`: writes a new service and registers it in the workspace."""
