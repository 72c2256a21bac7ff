"""Who may ask a server: hosts, pages, tokens. Imported by the rest of serve."""
