"""What runs a SmolVLM2's weights: torch, the reference, and OpenVINO. For describing."""
