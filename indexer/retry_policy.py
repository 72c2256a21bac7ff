"""What a file's failure means for the next run, told from the sentence that is remembered; pure."""

NO_PICTURE = "it is not a video: it has no picture track"
CRASHED = "its decoder crashed"
HANGS = "its decoder hangs"
DESCRIBER_CRASHED = "what describes it crashed"


def is_no_video(error: str) -> bool:
    """Whether a file is none of ours, rather than broken: a voice memo, music."""
    return error == NO_PICTURE


def may_pass(error: str) -> bool:
    """Whether a failure may be the machine's rather than the file's, and is gone another time."""
    return error.startswith((CRASHED, HANGS, DESCRIBER_CRASHED))
