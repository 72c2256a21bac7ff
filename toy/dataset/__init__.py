"""What the toy learns from: random windows of the world, their labels, captions and questions."""
