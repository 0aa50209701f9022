"""How a value in a resource is stored so that searches find it, by type of parameter and value."""
