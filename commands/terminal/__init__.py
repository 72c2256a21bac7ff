"""What a person sees: tables, progress bar, estimate, summary."""
