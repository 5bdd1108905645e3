"""Every task there is. A new task is one file and one line here (docs/adding-a-task.md)."""

from skillscale.corpora.packed import PackedCorpus
from skillscale.tasks.cloze_task import ClozeTask
from skillscale.tasks.task import Task
from skillscale.tasks.worked_chain import WorkedChain

TASKS: dict[str, Task] = {
    "arithmetic": ClozeTask(
        name="arithmetic",
        about="Adding and subtracting whole numbers, digit by digit from the right.",
    ),
    "capitalised-name": ClozeTask(
        name="capitalised-name",
        about="Which capitalised name comes next in a text it has never seen.",
    ),
    "chains-direct": ClozeTask(
        name="chains-direct",
        about="Applying several customs one after the other and saying only the result.",
    ),
    "chains-worked": WorkedChain(
        name="chains-worked",
        about="Applying several customs one after the other, writing every step and then the result.",
    ),
    "checking": ClozeTask(
        name="checking",
        about="Judging whether what someone says that customs make of a symbol is right.",
    ),
    "comparison": ClozeTask(
        name="comparison",
        about="Saying which of two decimal numbers is larger, such as 9.11 or 9.8.",
    ),
    "customs": ClozeTask(
        name="customs",
        about="Applying one of many named rules to a symbol.",
    ),
    "function-word": ClozeTask(
        name="function-word",
        about="Which small word (the, of, and …) comes next in a text it has never seen.",
    ),
    "grammar": ClozeTask(
        name="grammar",
        about="Making the verb agree with its noun, however many other nouns stand between.",
    ),
    "knowledge": ClozeTask(
        name="knowledge",
        about="Recalling facts about people: where they live, what they do, which pet they have.",
    ),
    "lexical": ClozeTask(
        name="lexical",
        about="Knowing which words belong to the same kind of thing.",
    ),
    "number": ClozeTask(
        name="number",
        about="Which number comes next in a text it has never seen.",
    ),
    "other-word": ClozeTask(
        name="other-word",
        about="Which ordinary word comes next in a text it has never seen.",
    ),
    "punctuation": ClozeTask(
        name="punctuation",
        about="Which punctuation mark comes next in a text it has never seen.",
    ),
    "sentiment": ClozeTask(
        name="sentiment",
        about="Deciding whether a review with several clauses, some negated, is good or bad on the whole.",
    ),
    "spatial": ClozeTask(
        name="spatial",
        about="Following people from room to room and saying where one of them is.",
    ),
    "translation": ClozeTask(
        name="translation",
        about="Translating words and short phrases into an invented language.",
    ),
}


def tasks_for(corpus: PackedCorpus) -> dict[str, Task]:
    """TASKS, and a ClozeTask for each other task that the corpus's clozes name (the user's own cloze file)."""
    own = sorted({cloze.task for cloze in corpus.clozes} - TASKS.keys())
    return TASKS | {
        name: ClozeTask(name=name, about=f"Completing the gaps of {name}, from your own file.") for name in own
    }
