"""Home care: rules that raise a Flag from what is measured, planned and done at home."""
