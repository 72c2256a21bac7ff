"""Packets and frames with the times at which they are shown, also where a file says no times."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

# These say of each picture when it is shown; the others may say when it is decoded, or nothing.
_SAY = {"mov", "mp4", "matroska", "webm", "mpegts", "flv", "nut", "ogg", "ivf"}
# No container at all: what times there are, the demuxer has made up.
_BARE = {"h264", "hevc", "vvc", "mpegvideo"}
# Codecs whose pictures are decoded in another order than they are shown, which the demuxer does
# not look into (of MPEG-4 it does).
_REORDERED = {"h264", "hevc", "vvc"}
# In this many packets one that is shown before an earlier one turns up, if there are any.
_LOOK_AHEAD = 48


class Stamps(Enum):
    """What the time stamps of a track's packets are worth."""

    SHOWN = "each says when its picture is shown"
    SOME = "some do, the others have none"
    DECODED = "they only say in which order, and how fast, pictures are decoded"


class Presentation:
    """A track's packets, and the times of the frames decoded from them.

    Frames come out of a decoder in the order in which they are shown. Where packets do not say
    when, the times are those of decoding in rising order; a stream without any is numbered at its
    rate. `stamps` is known once the first packet has been taken.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._names = set(container.format.name.split(","))
        self._next: int | None = None
        self._delay: int | None = None
        self._due: int | None = None
        self._waiting: list[int] = []
        self.stamps = Stamps.SHOWN

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield the packets from where the container stands, each with a time as its `pts`.

        Sorted, these are the times at which frames are shown. The empty packet at the end makes
        a decoder give out its last frames. Ends where the file is cut off.
        """
        demuxed = demux(self._container, self._stream)
        if not self._doubtful():
            yield from demuxed
            return
        ahead: deque[Packet[VideoStream]] = deque()
        for packet in demuxed:
            ahead.append(packet)
            if len(ahead) == _LOOK_AHEAD:
                break
        bare = not self._names.isdisjoint(_BARE)
        self.stamps = Stamps.DECODED if bare else _worth([p for p in ahead if p.size])
        while ahead:
            yield self._stamped(ahead.popleft())
        for packet in demuxed:
            yield self._stamped(packet)

    def due(self, packet: Packet[VideoStream]) -> int | None:
        """Return the time that the packet last taken adds; None where it has none."""
        if self.stamps is Stamps.SHOWN:
            return packet.dts if packet.pts is None else packet.pts
        return self._due

    def lost(self, packet: Packet[VideoStream]) -> None:
        """Drop the time that the packet last taken added: it is damaged, no frame comes of it."""
        if packet.size and self._due in self._waiting:
            self._waiting.remove(self._due)
            heapify(self._waiting)

    def shown(self, frame: VideoFrame) -> VideoFrame:
        """Return a decoded frame with the time at which it is shown."""
        if self.stamps is Stamps.SHOWN or not self._waiting:
            return frame
        due = heappop(self._waiting)
        # Where frames were lost the times are ahead of them; the next stamp or keyframe tells.
        own = frame.pts if self.stamps is Stamps.SOME or frame.key_frame else None
        if own is not None and own > due:
            while self._waiting and self._waiting[0] <= own:
                due = heappop(self._waiting)
            due = max(due, own)
        frame.pts = due
        frame.time_base = self._stream.time_base
        return frame

    def _doubtful(self) -> bool:
        if not self._names.isdisjoint(_BARE):
            return True
        return self._names.isdisjoint(_SAY) and self._stream.codec_context.name in _REORDERED

    def _stamped(self, packet: Packet[VideoStream]) -> Packet[VideoStream]:
        """Give a packet its time where it has none of its own, and note it."""
        if self.stamps is Stamps.SHOWN or not packet.size:
            return packet
        self._due = None
        decoded = packet.dts
        if decoded is None:
            decoded = packet.pts if self._next is None else self._next
        if decoded is None and self.stamps is Stamps.SOME:
            return packet  # the file begins in the middle: its clock is not known yet
        decoded = decoded or 0
        if self._delay is None:
            # Between decoding and showing, in a container that knows of showing.
            known = self.stamps is Stamps.SOME and None not in (packet.pts, packet.dts)
            self._delay = (packet.pts or 0) - (packet.dts or 0) if known else 0
        self._next = decoded + (packet.duration or self._step())
        self._due = decoded + self._delay
        if not packet.is_discard:
            heappush(self._waiting, self._due)
        if self.stamps is Stamps.DECODED:
            packet.pts = packet.dts = decoded
        elif packet.pts is None and packet.is_keyframe:
            packet.pts = self._due  # so that keyframes alone are timed too
        return packet

    def _step(self) -> int:
        rate = self._stream.guessed_rate or self._stream.average_rate or 25
        return max(1, round(1 / (rate * (self._stream.time_base or Fraction(1, 1000)))))


def demux(container: InputContainer, *streams: Stream) -> Iterator[Packet[Any]]:
    """Yield the packets of some tracks, as far as the file can be read.

    It may be cut off in the middle of a packet: what came before counts. Where a track turned up
    that its header did not name, PyAV ends with an IndexError.
    """
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, EOFError, IndexError, av.error.FFmpegError):
            return
        yield packet


def searchable(container: InputContainer) -> bool:
    """Whether what follows a seek has times; of a bare stream it would be numbered from 0."""
    return _BARE.isdisjoint(container.format.name.split(","))


def say_when_shown(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the packets that follow say by themselves when their pictures are shown."""
    presentation = Presentation(container, stream)
    next(presentation.packets(), None)
    return presentation.stamps is Stamps.SHOWN


def _worth(packets: list[Packet[VideoStream]]) -> Stamps:
    """Return what the stamps are worth, from a track's first packets."""
    stamps = [packet.pts for packet in packets]
    known = [stamp for stamp in stamps if stamp is not None]
    if known and len(known) < len(stamps):
        return Stamps.SOME
    steps_back = any(one >= other for one, other in pairwise(known))
    return Stamps.SHOWN if steps_back and len(known) > 1 else Stamps.DECODED
