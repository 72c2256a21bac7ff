"""A row of tokens is what the processor makes of each of its questions."""

import numpy as np
from transformers import PreTrainedTokenizerFast
from transformers.video_utils import VideoMetadata

from toy.dataset.question_families import describe
from toy.dataset.random_windows import draw_window
from toy.training.network import make_processor
from toy.training.token_rows import branch_of, stem_of


def test_a_row_is_what_the_processor_makes_of_each_question(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    processor = make_processor(tokenizer)
    rng = np.random.default_rng(4)
    question = describe(draw_window(rng, 8).sights, rng, 0.0)
    content = [{"type": "video"}, {"type": "text", "text": question.text}]
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    times_s = [3 + 1.25 * number for number in range(8)]
    wanted = processor(
        text=[prompt],
        videos=[np.zeros((8, 48, 64, 3), np.uint8)],
        video_metadata=[
            VideoMetadata(
                total_num_frames=10_000,
                fps=1000,
                duration=13.0,
                frames_indices=[round(1000 * at) for at in times_s],
            )
        ],
        do_sample_frames=False,
        return_tensors="pt",
    )["input_ids"][0].tolist()
    stem = tokenizer(stem_of(8, times_s, 13.0), add_special_tokens=False)["input_ids"]
    said = tokenizer(branch_of(question)[0], add_special_tokens=False)["input_ids"]
    assert stem + said == wanted
