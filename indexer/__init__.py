"""Watches video: from a path to described windows. Imports none of the other rooms."""
