"""The search box inside VLC: its Lua extension, and where VLC looks for such."""
