"""What the toy learns from: windows of the world, labels, captions, questions. For training."""
