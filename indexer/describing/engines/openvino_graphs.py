"""The two halves of a SmolVLM2 as OpenVINO's graphs: frames to features, embeddings to logits."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def openvino() -> Any:
    """Import OpenVINO without its telemetry, which would report each use unless forbidden."""
    # None says that there is no such package; OpenVINO and NNCF then do without.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    return openvino


def vision(ov: Any, model: Any) -> Any:
    """Trace tower and connector: uint8 frames (n, 3, side, side) to features."""
    import torch

    config = model.config.vision_config

    class Look(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tower, self.connector = model.model.vision_model, model.model.connector

        def forward(self, frames: torch.Tensor) -> torch.Tensor:
            # As the processor normalises: mean and deviation are a half of the range each.
            pixels = (frames.to(torch.float32) - 127.5) / 127.5
            # As the tower's own `forward`, but for its mask over attention: every patch is there.
            seen = self.tower.embeddings(pixel_values=pixels)
            seen = self.tower.encoder(inputs_embeds=seen, attention_mask=None).last_hidden_state
            features: torch.Tensor = self.connector(self.tower.post_layernorm(seen))
            return features

    size = (3, config.image_size, config.image_size)
    example = torch.zeros(2, *size, dtype=torch.uint8)
    return _traced(ov, Look(), {"frames": example}, [("frames", [-1, *size])])


class _Past:
    """What transformers' layers need of a cache, as tensors that go in and come out."""

    is_compileable = False

    def __init__(self, past: list[torch.Tensor]) -> None:
        self._past = past
        self.present: list[torch.Tensor] = []

    def update(
        self, key: torch.Tensor, value: torch.Tensor, layer: int, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        key = torch.cat([self._past[2 * layer], key], 2)
        value = torch.cat([self._past[2 * layer + 1], value], 2)
        self.present += [key, value]
        return key, value

    def get_seq_length(self, layer: int = 0) -> int:
        return self._past[0].shape[2]


def text(ov: Any, model: Any) -> Any:
    """Trace the text model for one step, of any length; it keeps its keys and values itself.

    Inputs: `embedded` (prompts, length, width), `bias` (prompts, 1, length, past and length),
    added to the attention's scores, `positions` (prompts, length), `order` (prompts), which past
    each prompt goes on from. Output: the logits after each prompt's last token.
    """
    import torch

    config = model.config.text_config
    layers, heads = config.num_hidden_layers, config.num_key_value_heads
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads

    class Step(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.text, self.head = model.model.text_model, model.lm_head

        def forward(
            self,
            embedded: torch.Tensor,
            bias: torch.Tensor,
            positions: torch.Tensor,
            past: list[torch.Tensor],
        ) -> tuple[torch.Tensor, ...]:
            cache = _Past(past)
            out = self.text(
                inputs_embeds=embedded,
                attention_mask=bias,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
            )
            return (self.head(out.last_hidden_state[:, -1]), *cache.present)

    example = {
        "embedded": torch.zeros(2, 5, config.hidden_size),
        "bias": torch.zeros(2, 1, 5, 8),
        "positions": torch.arange(3, 8)[None].repeat(2, 1),
        "past": [torch.zeros(2, heads, 3, head) for _ in range(2 * layers)],
    }
    inputs = [
        ("embedded", [-1, -1, config.hidden_size]),
        ("bias", [-1, 1, -1, -1]),
        ("positions", [-1, -1]),
        *((f"past.{i}", [-1, heads, -1, head]) for i in range(2 * layers)),
    ]
    graph = _traced(ov, Step(), example, inputs)
    _keep_exactly(graph, model.model.text_model.rotary_emb.inv_freq.numpy())
    return _stateful(ov, graph, 2 * layers, [heads, 0, head])


def _keep_exactly(graph: Any, numbers: Any) -> None:
    """Keep a graph's constant of these numbers (0 < n <= 1) in full where others get 16 bits.

    The frequencies that places in a prompt are turned by: rounded to 16 bits, what stands 800
    places away is turned by up to a fifth of a radian too much. Only floating-point constants are
    rounded, so they are kept as whole numbers of 2^-40, and divided when the graph is compiled.
    """
    import numpy as np
    from openvino import opset13 as ops

    kept = 0
    for node in graph.get_ops():
        if node.get_type_name() != "Constant" or not node.get_element_type().is_real():
            continue
        if node.data.size != numbers.size or not np.array_equal(node.data.ravel(), numbers):
            continue
        whole = np.rint(node.data.astype(np.float64) * 2.0**40).astype(np.int64)
        readers = node.output(0).get_target_inputs()
        exact = ops.convert(ops.constant(whole), "f32")
        for _ in range(2):
            exact = ops.multiply(exact, ops.constant(np.float32(2.0**-20)))
        for reader in readers:
            reader.replace_source_output(exact.output(0))
        kept += 1
    if not kept:
        raise RuntimeError("The graph has no constant of the frequencies of its places.")


def _traced(
    ov: Any, module: torch.nn.Module, example: dict[str, Any], inputs: list[tuple[str, list[int]]]
) -> Any:
    """Convert a module; its inputs get names and shapes, where -1 is any length."""
    import torch

    with torch.no_grad():
        graph = ov.convert_model(module.eval(), example_input=example)
    for port, (name, shape) in zip(graph.inputs, inputs, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_partial_shape(ov.PartialShape(shape))
    graph.validate_nodes_and_infer_types()
    return graph


def _stateful(ov: Any, graph: Any, count: int, empty: list[int]) -> Any:
    """Turn the inputs `past.N` and the outputs after the first into the graph's own memory.

    The shape is the one that OpenVINO's CPU plugin fuses into one attention with its cache: each
    past is gathered by `order` before the new part is joined to it. `empty` is the shape of a
    past of no length, without the number of prompts.
    """
    import numpy as np
    from openvino import opset13 as ops
    from openvino._offline_transformations import apply_make_stateful_transformation

    order = ops.parameter([-1], np.int32, name="order")
    order.output(0).get_tensor().set_names({"order"})
    pairs = {}
    for number in range(count):
        name = f"past.{number}"
        past = graph.input(name).get_node()
        readers = past.output(0).get_target_inputs()
        gathered = ops.gather(past, order, ops.constant(0, np.int64))
        for reader in readers:
            reader.replace_source_output(gathered.output(0))
        graph.outputs[1 + number].get_tensor().set_names({f"present.{number}"})
        pairs[name] = f"present.{number}"
    graph.add_parameters([order])
    apply_make_stateful_transformation(graph, pairs)
    prompts = ops.gather(
        ops.shape_of(graph.input("embedded"), "i64"),
        ops.constant([0], np.int64),
        ops.constant(0, np.int64),
    )
    for node in graph.get_ops():
        if node.get_type_name() == "ReadValue":
            shape = ops.concat([prompts, ops.constant(np.array(empty, np.int64))], 0)
            node.set_arguments([ops.broadcast(ops.constant(0.0, np.float32), shape)])
    graph.validate_nodes_and_infer_types()
    return graph
