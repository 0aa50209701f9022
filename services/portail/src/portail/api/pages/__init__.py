"""The pages, one folder for each: its routes, its templates, its texts.

A new page is a folder here and a line in `portail.api.app`.
"""
