"""What a person sees: tables, bar, forecast, summary. Imported by all other commands, options."""
