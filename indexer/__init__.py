"""Watches video: from a path to described windows. Imports no other room; any may import it."""
