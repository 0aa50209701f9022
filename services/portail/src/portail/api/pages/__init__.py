"""The pages, one folder each: its address, its template, its sentences.

A page that comes next is a folder here and a line in `portail.api.app`.
"""
