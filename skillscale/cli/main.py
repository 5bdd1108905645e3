"""`skillscale`: its commands, and how it fails."""

import sys

import click

from skillscale.cli.allocation import allocate
from skillscale.cli.corpus import corpus
from skillscale.cli.enrich import enrich
from skillscale.cli.evaluate import evaluate
from skillscale.cli.importing import import_
from skillscale.cli.ladder import ladder, whole_lab
from skillscale.cli.laws import classify, fit, forecast
from skillscale.cli.reinforce import reinforce
from skillscale.cli.skill_mix import mix
from skillscale.cli.table import export, report, status
from skillscale.cli.theory import theory
from skillscale.cli.think import think
from skillscale.errors import Interrupted, SkillscaleError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="skillscale")
def commands() -> None:
    """A laboratory for how the skills of language models scale and emerge.

    Start with `skillscale lab`: it trains a ladder of small transformers, measures their skills and writes a report.
    """


for command in (
    whole_lab,
    corpus,
    ladder,
    evaluate,
    enrich,
    fit,
    forecast,
    classify,
    allocate,
    theory,
    mix,
    think,
    reinforce,
    import_,
    report,
    export,
    status,
):
    commands.add_command(command)


def main() -> None:
    """Run a command. A user's mistake is one sentence and exit code 2; Ctrl-C is 130."""
    try:
        commands(prog_name="skillscale", standalone_mode=False)
    except Interrupted as error:
        _fail(str(error), 130)
    except (KeyboardInterrupt, click.Abort):
        _fail("Stopped.", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except SkillscaleError as error:
        _fail(str(error), 2)
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader of our output has seen enough
            sys.stderr.close()
            sys.exit(0)
        where = "" if error.filename is None else f" {error.filename}"
        _fail(
            f"The system refused{where} ({error.strerror or error}). Make room or mend the permissions, and run the same command again.",
            2,
        )


def _fail(sentence: str, code: int) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(code)
