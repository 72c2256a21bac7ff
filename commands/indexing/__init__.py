"""`scenelist index` in steps: what is asked, the plan that comes of it, carrying it out."""
