"""What is said in a video: subtitles, or its sound put into words by a process of its own.

It may be imported by the rest of the indexer and by what stands right of it; it imports only what
the whole indexer speaks of.
"""
