"""All that opens media: timelines, keyframes, frames, thumbnails, cutting. For all that follow."""
