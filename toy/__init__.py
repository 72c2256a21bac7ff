"""The drawn world and the training of the toy checkpoint; apart from the product's way."""
