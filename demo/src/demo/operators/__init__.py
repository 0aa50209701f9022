"""What the operators of the demo region publish of their days, over HTTP."""
