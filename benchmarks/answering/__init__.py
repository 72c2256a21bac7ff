"""How well the model answers, verifies and tightens, on films whose truth is exact."""
