"""What a caller may do: SMART scopes, the authorization of one resource, the filter of searches."""
