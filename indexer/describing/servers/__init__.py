"""Describes through OpenAI-style chat servers: one more describer, loaded by its registry."""
