"""The roles of esante, assembled: the one place that imports every capability."""
