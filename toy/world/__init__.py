"""A small drawn world of coloured shapes: what the toy checkpoint has learnt to describe."""
