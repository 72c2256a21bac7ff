"""`scenelist index` in steps: what is asked, the plan, carrying it out. Imported by its command."""
