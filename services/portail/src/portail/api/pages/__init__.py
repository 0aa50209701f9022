"""The pages, one folder for each: its routes, its template, its French texts.

A new page is a folder here and a line in `portail.api.app`.
"""
