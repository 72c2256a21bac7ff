"""The query language: a search box's string into what is asked, its filters. Pure; for all."""
