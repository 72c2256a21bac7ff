"""A frame reader that decodes with NVIDIA's decoder through PyAV, to be compared with the CPU's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer

from indexer.errors import VideoError
from indexer.media.readers.pyav_reader import PyAVReader


class NvdecReader(PyAVReader):
    """Takes the frames that PyAVReader takes; the decoding processes load it by its name."""

    def _opened(self) -> AbstractContextManager[InputContainer]:
        return self._on_gpu()

    @contextmanager
    def _on_gpu(self) -> Iterator[InputContainer]:
        wish = HWAccel(device_type="cuda", allow_software_fallback=False)
        try:
            with av.open(str(self._timeline.path), hwaccel=wish) as container:
                yield container
        except (av.error.FFmpegError, OSError, ValueError, RuntimeError) as error:
            raise VideoError(f"NVDEC cannot decode it ({error})") from error
