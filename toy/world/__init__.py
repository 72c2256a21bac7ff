"""A small drawn world of coloured shapes: the demo's films, and what the toy learns of."""
