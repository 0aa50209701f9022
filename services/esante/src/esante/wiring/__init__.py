"""The roles of esante, assembled: the only package that imports every capability."""
