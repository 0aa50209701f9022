"""Access traces: who read, wrote or searched what, in a hash chain, and as AuditEvents."""
