"""Erasure of participants' facts, once the retention period of their pilot is over."""
