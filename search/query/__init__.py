"""The query language: a string for a search box into what is asked, and its filters. Pure."""
