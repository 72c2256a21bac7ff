"""A window on the library: HTTP API, page, MCP, lines for VLC; imported by commands only."""
