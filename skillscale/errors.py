"""The one error a user sees: a sentence that says what was asked, what was found and what to do."""


class SkillscaleError(Exception):
    """A mistake the user can mend. The command line prints it without a traceback and exits with code 2."""


class Interrupted(SkillscaleError):  # noqa: N818
    """The user stopped the command; the sentence says how to go on. The command line exits with code 130."""
