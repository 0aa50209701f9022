"""Access control: SMART scopes, the authorization of one resource, the filter of searches."""
