"""The places of a picture's patches, in whole numbers: what rounds them shifts the picture."""

from __future__ import annotations

from typing import Any

import torch


class ExactPositions(torch.nn.Module):
    """Stands in for a vision tower's embeddings: patches, each with the weights of its place.

    transformers looks for the place of patch k of n by comparing k/n with boundaries in floating
    point, for pictures whose part is padding. Frames have none, so the place is k itself (of a
    smaller picture than the tower was made for, the floor of k by the ratio of the two grids).
    Divided, rounded and compared it can come out as a neighbour's: at 27 x 27 in a graph kept in
    16 bits for 504 of 729 patches, at 25 x 25 in float32 already.
    """

    def __init__(self, embeddings: Any) -> None:
        super().__init__()
        self.patch_embedding = embeddings.patch_embedding
        self.position_embedding = embeddings.position_embedding
        self.side = int(embeddings.num_patches_per_side)

    def forward(self, pixel_values: torch.Tensor, patch_attention_mask: Any = None) -> torch.Tensor:
        """Return embeddings, shape (n, patches, width), of pictures, shape (n, 3, side, side)."""
        patches = self.patch_embedding(pixel_values)
        rows, columns = int(patches.shape[2]), int(patches.shape[3])
        places = self.position_embedding.weight
        if (rows, columns) != (self.side, self.side):
            taken = [
                (row * self.side // rows) * self.side + column * self.side // columns
                for row in range(rows)
                for column in range(columns)
            ]
            places = places[torch.tensor(taken, device=places.device)]
        embedded: torch.Tensor = patches.flatten(2).transpose(1, 2) + places
        return embedded


def place_exactly(model: Any) -> None:
    """Let a loaded SmolVLM2 place patches in whole numbers."""
    tower = model.model.vision_model
    tower.embeddings = ExactPositions(tower.embeddings)
