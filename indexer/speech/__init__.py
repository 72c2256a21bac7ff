"""What is said in a video: subtitles, and the transcript of a window."""
