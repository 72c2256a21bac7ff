"""The search box inside VLC: its Lua extension, and where VLC looks for it. For its command."""
