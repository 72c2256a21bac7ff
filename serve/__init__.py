"""A window on the library: HTTP API, page, MCP, lines for VLC. Imported by commands only."""
