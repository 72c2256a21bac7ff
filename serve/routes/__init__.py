"""The HTTP routes: parse, one method of `Engine`, a typed reply. Imported by the app alone."""
