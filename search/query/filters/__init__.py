"""Filters of the query language, KEY:VALUE: a file and a registry line each. Pure; for all."""
