"""`scenelist status`: the library in a few lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, plain, print_json, size
from commands.terminal.run_line import line_of
from playlist.tracks import clock
from search.run_status import running_in


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, /, as_json: bool) -> None:
    """Say what is in the library, how it was described and how big it is."""
    library = settings.open()
    files = library.listing()
    states = Counter(file.state for file in files)
    contents = {file.video.fingerprint: file for file in files if not file.error}
    video_ms = sum(file.video.duration_ms for file in contents.values())
    segments = sum(file.segments for file in contents.values())
    spoken = library.spoken()
    kept = library.kept_answers()
    models = Counter(file.recipe.model for file in contents.values() if file.recipe)
    looked_at = sum(bool(file.recipe and file.recipe.leaves_out) for file in contents.values())
    embedder = library.manifest.embedder
    running = running_in(library.folder)
    size_bytes = sum(f.stat().st_size for f in library.folder.rglob("*") if f.is_file())
    if as_json:
        print_json(
            {
                "library": str(library.folder),
                "files": len(files),
                "states": dict(states),
                "video_seconds": video_ms / 1000,
                "segments": segments,
                "sentences": sum(spoken.values()),
                "kept_answers": kept,
                "models": dict(models),
                "first_look_only": looked_at,
                "embedder": embedder.name if embedder else None,
                "size_bytes": size_bytes,
                "running": None if running is None else asdict(running),
            }
        )
        return
    click.echo(f"Library:  {library.folder} ({size(size_bytes)})")
    listed = ", ".join(f"{count} {state}" for state, count in states.most_common())
    click.echo(f"Files:    {len(files)}" + (f" ({listed})" if listed else ""))
    click.echo(f"Video:    {clock(video_ms)} in {counted(segments, 'window')}")
    for model, count in models.most_common():
        click.echo(f"Model:    {model} ({counted(count, 'video')})")
    if spoken:
        words = counted(sum(spoken.values()), "sentence")
        click.echo(f"Words:    {words} in {counted(len(spoken), 'video')}")
    if kept:
        click.echo(f"Kept:     {counted(kept, 'answer')}")
    if looked_at:
        click.echo(f"Quick:    {counted(looked_at, 'video')} not yet described in full")
    click.echo(f"Embedder: {embedder.name if embedder else 'none'}")
    if running is not None:
        what = "a quick pass, " if running.first_look else ""
        click.echo(plain(f"Running:  {what}{line_of(running)}"))
