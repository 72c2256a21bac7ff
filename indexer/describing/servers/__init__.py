"""Describes through OpenAI-style chat servers: addresses, requests, how many at a time."""
