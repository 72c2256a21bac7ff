"""From a decoded frame to the picture a person sees: upright, in shape, in ordinary colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorTrc, Interpolation
from numpy.typing import NDArray

# White of a page in HDR video, and its brightest highlights as most are graded, in cd/m2: Report
# ITU-R BT.2408.
_WHITE, _PEAK = 203.0, 1000.0
# From BT.2020 to BT.709 primaries, on linear light: ITU-R BT.2087, table 4.
_TO_709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    np.float32,
)
Light = NDArray[np.floating[Any]]
# Squared frames are filtered as the model's processor does it, shrunk ones by their mean.
SHRINKING, SQUARING = Interpolation.AREA, Interpolation.LANCZOS


def is_plain(frame: VideoFrame) -> bool:
    """Whether a frame's numbers are its picture: neither HDR nor made of two fields."""
    return not (_is_hdr(frame) or frame.interlaced_frame)


def turned(frame: VideoFrame) -> int:
    """Return the degrees clockwise, 0, 90, 180 or 270, by which a frame is turned to be upright.

    A display matrix of another angle counts as the nearest of these, one that is no rotation at
    all (FFmpeg's angle is then no number, and comes as a huge one) as 0.
    """
    return 0 if abs(frame.rotation) > 360 else round(-frame.rotation / 90) * 90 % 360


def picture(
    frame: VideoFrame,
    width: int,
    height: int,
    rotation: int,
    filter_: Interpolation = SHRINKING,
) -> NDArray[np.uint8]:
    """Return a frame as uint8 RGB, shape (height, width, 3) before `rotation` degrees clockwise.

    HDR (PQ or HLG) is brought into the range of an ordinary screen. Of interlaced frames one
    field is taken: both together would show combs where things move.
    """
    if frame.interlaced_frame:
        frame = _one_field(frame)
    hdr = _is_hdr(frame)
    shrunk = frame.reformat(
        width=width,
        height=height,
        format="rgb48le" if hdr else "rgb24",
        interpolation=filter_,
    )
    pixels = shrunk.to_ndarray()
    if hdr:
        pixels = ordinary(pixels.astype(np.float32) / 65_535, frame.color_trc)
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90))


def squared(frames: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return RGB frames, shape (n, height, width, 3), as a reader squares them: side by side."""
    if frames.shape[1:3] == (side, side):
        return frames
    return np.stack(
        [
            VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            .reformat(width=side, height=side, format="rgb24", interpolation=SQUARING)
            .to_ndarray()
            for frame in frames
        ]
    )


def _is_hdr(frame: VideoFrame) -> bool:
    return frame.color_trc in (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)


def _one_field(frame: VideoFrame) -> VideoFrame:
    deep = "rgb48le" if _is_hdr(frame) else "rgb24"
    lines: NDArray[Any] = frame.reformat(format=deep).to_ndarray()[::2]
    field = VideoFrame.from_ndarray(np.ascontiguousarray(lines), format=deep)
    field.color_trc = frame.color_trc
    return field


def ordinary(signal: Light, transfer: int) -> NDArray[np.uint8]:
    """Return an HDR signal (BT.2020, 0 to 1, shape (…, 3)) as ordinary sRGB, uint8.

    Light relative to white is put on BT.709's primaries, rolled off towards the peak (Reinhard
    et al., "Photographic Tone Reproduction for Digital Images", 2002, equation 4, by the
    brightest channel, so that hues stay), and given sRGB's curve.
    """
    light = _pq(signal) if transfer == ColorTrc.SMPTE2084 else _hlg(signal)
    light = np.maximum(light / _WHITE @ _TO_709.T, 0)
    brightest = light.max(-1, keepdims=True)
    peak = _PEAK / _WHITE
    light = light * (1 + brightest / peak**2) / (1 + brightest)
    coded = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055
    )
    return np.asarray(np.clip(coded * 255 + 0.5, 0, 255), np.uint8)


def _pq(signal: Light) -> Light:
    """Return the light of a PQ signal in cd/m2: SMPTE ST 2084, equation 4."""
    root = signal ** (1 / 78.84375)
    inner = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return np.asarray(10_000 * inner ** (1 / 0.1593017578125))


def _hlg(signal: Light) -> Light:
    """Return the light of an HLG signal in cd/m2 on a screen of 1,000: ITU-R BT.2100, table 5."""
    scene = np.where(
        signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
    )
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], np.float32)
    return np.asarray(_PEAK * np.maximum(luminance, 1e-6)[..., None] ** 0.2 * scene)
