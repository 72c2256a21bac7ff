"""How the toy is asked: the wordings of every kind of question."""

from __future__ import annotations

from indexer.describing.describer import DEFAULT_PROMPT

CAPTION_PROMPTS = (
    DEFAULT_PROMPT,
    "Describe this video.",
    "Describe what happens in this video.",
    "What is happening in this video?",
    "Describe the video in detail.",
    "What happens in this clip?",
    "Describe this clip in one sentence.",
    "Please describe the clip.",
    "Write a short caption for this video.",
    "Describe what you see, including objects, actions and setting.",
    "Describe what is shown in these frames in one or two sentences.",
    "What do you see?",
    "Describe only what is visible. Do not guess.",
)
YES_NO = (
    "Does this clip show {}? Answer yes or no.",
    "Does this video show {}? Answer yes or no.",
    "Is there {} in this video? Answer yes or no.",
    "Answer yes or no: does the clip show {}?",
    "Can {} be seen in this clip? Answer yes or no.",
    'Does this video contain a moment that matches "{}"? Answer yes or no.',
    'Does the description "{}" fit this clip? Answer only yes or no.',
    "Does this clip show {}?",
    "Yes or no: {}?",
)
MATCH = (
    'How well does this match "{}", from 0 to 10?',
    'How well does this clip match "{}", from 0 to 10?',
    'From 0 to 10, how well does the video fit "{}"?',
    'Rate how well this video matches "{}" from 0 to 10. Answer with a number.',
)
COLOUR = (
    "What colour is {}?",
    "What color is {}?",
    "Which colour does {} have?",
)
SHAPE = (
    "What shape is {}?",
    "Which shape is {}?",
    "What is the shape of {}?",
)
MOTION = (
    "Which way does {} move?",
    "What does {} do?",
    "How does {} move?",
    "In which direction does {} move?",
)
PLACE = (
    "What is in the background?",
    "What is the background?",
    "Where does this happen?",
    "What is behind {}?",
    "Where is {}?",
)
SUMMARISE = (
    "Summarise these descriptions of a video in one sentence.",
    "Summarise these descriptions in one sentence.",
    "Summarize what happens in the video, given these descriptions.",
    "Here are descriptions of a video's parts. Write a summary of the video.",
)
ALL = (*CAPTION_PROMPTS, *YES_NO, *MATCH, *COLOUR, *SHAPE, *MOTION, *PLACE, *SUMMARISE)
