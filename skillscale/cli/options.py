"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

directory = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path("lab"), show_default=True, help="The lab's folder."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
family = click.option("--family", help="Which ladder of the lab, by family; the latest by default.")
seed = click.option(
    "--seed", type=int, default=7, show_default=True, help="Seed of the pocket world, or of the split of your text."
)
law = click.option(
    "--law", default="chinchilla", show_default=True, help="The law's name; any other word lists those there are."
)


def ladder_options(command: Command) -> Command:
    """What is trained, on what."""
    for option in reversed(
        (
            click.option("--preset", default="pocket", show_default=True, help="nano, pocket, desk or gpu."),
            click.option(
                "--text",
                "sources",
                multiple=True,
                metavar="PATH[=WEIGHT]",
                help="Your own text: files, folders or globs.",
            ),
            click.argument("more_text", nargs=-1, metavar="[MORE_TEXT]..."),
            click.option(
                "--text-column", default="text", show_default=True, help="Column of .jsonl and .parquet files."
            ),
            click.option("--vocab-size", type=int, help="Of the tokenizer; by the size of your text if not given."),
            click.option("--tokenizer", type=click.Path(path_type=Path), help="A tokenizer.json to use instead."),
            click.option(
                "--clozes",
                type=click.Path(path_type=Path),
                help="Your own questions: JSONL of task, prefix, choices, answer.",
            ),
            click.option("--rungs", metavar="WIDTHS", help="Widths to train, such as 8,16,32."),
            click.option("--seeds", metavar="SEEDS", help="Seeds of the training, such as 0,1,2."),
            seed,
            click.option(
                "--share",
                "shares",
                multiple=True,
                metavar="STRAND=WEIGHT",
                help="Share of a strand of the pocket world, such as spatial=0.2; the others keep theirs.",
            ),
            click.option(
                "--set",
                "overrides",
                multiple=True,
                metavar="FIELD=VALUE",
                help="Override any field of the preset, such as n_tokens=2M.",
            ),
            directory,
        )
    ):
        command = option(command)
    return command
