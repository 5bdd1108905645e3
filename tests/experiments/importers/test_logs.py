"""Logs of the Trainer, Weights & Biases, TensorBoard and Inspect, in the form in which these programs write them."""

import base64
import json
import zipfile
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.experiments.importers import importer
from skillscale.experiments.importers.importers import importer_of
from skillscale.observations import Lab
from tests.experiments.importers.conftest import Import

# Written by tensorboard 2.21.0's EventFileWriter: loss/val 3.0, 2.5, 2.0 at steps 0, 100, 200 (simple values), acc .25 at 300 (a tensor).
EVENTS = base64.b64decode(
    "SAAAAAAAAAD+kkidCVNSaVxiwNpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVyLmV2ZW50X2ZpbGVfd3JpdGVyI4OXBxwA"
    "AAAAAAAAyMGVHQkAAAAAAADwPyoRCg8KCGxvc3MvdmFsFQAAQEDfd/4EHgAAAAAAAADZ3BIyCQAAAAAAAABAEGQqEQoPCghsb3NzL3ZhbBUAACBAZPIakB8A"
    "AAAAAAAAUUtEGAkAAAAAAAAIQBDIASoRCg8KCGxvc3MvdmFsFQAAAECHnld2IQAAAAAAAAABe+z2CQAAAAAAACJAEKwCKhMKEQoDYWNjQgoIARIAKgQAAIA+"
    "NExOnw=="
)


def values(tmp_path: Path) -> list[tuple[object, ...]]:
    return sorted(Lab(tmp_path / "lab").observations().select("run", "model", "task", "metric", "value").rows())


def write_state(folder: Path, history: list[dict[str, object]], **rest: object) -> None:
    folder.mkdir(parents=True)
    state = {
        "epoch": 1.0,
        "global_step": 20,
        "log_history": history,
        "num_input_tokens_seen": 0,
        "total_flos": 0,
        "train_batch_size": 8,
    }
    (folder / "trainer_state.json").write_text(json.dumps(state | rest))


TRAIN = {"epoch": 0.5, "grad_norm": 1.5, "learning_rate": 1e-4, "loss": 5.0, "step": 10}
EVAL = {
    "epoch": 1.0,
    "eval_loss": 4.0,
    "eval_runtime": 2.0,
    "eval_samples_per_second": 3.0,
    "eval_steps_per_second": 1.0,
    "step": 20,
}
END = {"epoch": 1.0, "step": 20, "total_flos": 5e12, "train_loss": 4.6, "train_runtime": 99.0, "train_samples_per_second": 1.0, "train_steps_per_second": 1.0}  # fmt: skip


def test_of_the_trainer_the_longest_log_of_each_run(tmp_path: Path, imported: Import) -> None:
    write_state(tmp_path / "runs" / "a" / "checkpoint-10", [TRAIN])
    write_state(tmp_path / "runs" / "a" / "checkpoint-20", [TRAIN, EVAL, END], total_flos=5e12)
    found = imported(tmp_path / "runs")
    assert (found.format, found.imported, found.skipped) == ("trainer_state", 2, 0)
    assert values(tmp_path) == [
        ("a", "a/step-10", "language", "train_loss_nats", 5.0),
        ("a", "a/step-20", "language", "loss_nats", 4.0),
    ]
    table = Lab(tmp_path / "lab").observations().sort("model")
    assert table["n_tokens"].to_list() == [None, None]  # 0 stands for "not counted"
    assert table["train_flops"].to_list() == [None, 5e12]


def test_tokens_that_the_trainer_counted_or_the_user_says(tmp_path: Path, imported: Import) -> None:
    write_state(
        tmp_path / "a",
        [TRAIN | {"num_input_tokens_seen": 5120}, {"step": 20, "eval_c4_loss": 3.0, "eval_accuracy": 0.5}],
    )
    imported(tmp_path / "a")
    table = Lab(tmp_path / "lab").observations()
    assert table.sort("metric").select("task", "metric", "n_tokens").rows() == [
        ("eval", "accuracy", None),
        ("c4", "loss_nats", None),
        ("language", "train_loss_nats", 5120),
    ]
    imported(tmp_path / "a", maps=("n_tokens=step*512",), constants=("family=said",))
    assert sorted(Lab(tmp_path / "lab").observations().filter(family="said")["n_tokens"]) == [5120, 10240, 10240]


def test_no_log_of_the_trainer(tmp_path: Path, imported: Import) -> None:
    (tmp_path / "trainer_state.json").write_text("{}")
    with pytest.raises(SkillscaleError, match="no log_history"):
        imported(tmp_path / "trainer_state.json")


def test_a_chart_of_weights_and_biases(tmp_path: Path, imported: Import) -> None:
    chart = (
        '"Step","run-a - val/loss","run-a - val/loss__MIN","run-a - val/loss__MAX","b - 2 - val/loss","b - 2 - val/loss__MIN","b - 2 - val/loss__MAX"\n'
        '"100","3.5","3.5","3.5","","",""\n"200","3.25","3.25","3.25","3","3","3"\n'
    )
    found = imported(chart, maps=("loss_nats=val/loss", "n_tokens=Step*1000"))
    assert (found.format, found.skipped) == ("wandb", 0)
    assert sorted(Lab(tmp_path / "lab").observations().select("run", "model", "n_tokens", "value").rows()) == [
        ("b - 2", "b - 2/step-200", 200_000, 3.0),
        ("run-a", "run-a/step-100", 100_000, 3.5),
        ("run-a", "run-a/step-200", 200_000, 3.25),
    ]


def test_a_chart_is_told_from_a_table_of_runs(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text('"Name","State","Runtime","val - loss"\n"a","finished","5","3.5"\n')
    assert importer_of(tmp_path / "table.csv", None)[0].name == "columns"


def test_events_of_tensorboard(tmp_path: Path, imported: Import) -> None:
    (tmp_path / "tb" / "run-a").mkdir(parents=True)
    file = tmp_path / "tb" / "run-a" / "events.out.tfevents.1795262833.host.1.0"
    file.write_bytes(EVENTS)
    found = imported(tmp_path / "tb", maps=("loss_nats=loss/val", "accuracy=acc", "n_tokens=step*1000"))
    assert (found.format, found.families, found.skipped) == ("tensorboard", ("tb",), 0)
    assert values(tmp_path) == [
        ("run-a", "run-a/step-0", "language", "loss_nats", 3.0),
        ("run-a", "run-a/step-100", "language", "loss_nats", 2.5),
        ("run-a", "run-a/step-200", "language", "loss_nats", 2.0),
        ("run-a", "run-a/step-300", "tb", "accuracy", 0.25),
    ]
    file.write_bytes(EVENTS[:-30])
    cut = imported(tmp_path / "tb", maps=("loss_nats=loss/val", "n_tokens=step*1000"))
    assert (cut.imported, cut.already_there) == (0, 3)
    assert cut.reasons == {"a record that was cut off at the end of a log": 1}


@pytest.mark.parametrize(
    "content",
    [b"\xff" * 400, b"\x20" + b"\0" * 11 + b"\xff" * 36, b"\x04" + b"\0" * 11 + b"\x2a\x7f\x01\x01" + b"\0" * 4],
)
def test_what_is_no_event_is_refused(tmp_path: Path, imported: Import, content: bytes) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(content)
    with pytest.raises(SkillscaleError, match="no event file of TensorBoard"):
        imported(tmp_path / "events.out.tfevents.1")


def header(scorers: tuple[str, ...] = ("match",), status: str = "success") -> dict[str, object]:
    """The header of a log, with the keys that inspect_ai 0.3 writes."""
    scores = [
        {"name": name, "scorer": name, "params": {}, "metrics": {"accuracy": {"name": "accuracy", "value": 0.5, "params": {}}, "stderr": {"name": "stderr", "value": 0.22, "params": {}}}}
        for name in scorers
    ]  # fmt: skip
    return {
        "version": 2,
        "status": status,
        "eval": {"task": "capital", "model": "mockllm/model", "dataset": {"samples": 6}, "config": {"epochs": 1}},
        "results": {"total_samples": 6, "completed_samples": 6, "scores": scores},
    }


def write_eval(file: Path, content: dict[str, object] | None, compression: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("_journal/start.json", "{}")
        if content is not None:
            archive.writestr("header.json", json.dumps(content))


def test_logs_of_inspect(tmp_path: Path, imported: Import) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    write_eval(logs / "a.eval", header())
    (logs / "b.json").write_text(json.dumps(header(("includes", "match"))))
    write_eval(logs / "c.eval", None)
    write_eval(logs / "d.eval", header(status="error"))
    found = imported(logs)
    assert (found.format, found.reasons) == ("inspect", {"an evaluation that did not finish": 2})
    table = Lab(tmp_path / "lab").observations()
    assert sorted(table["metric"]) == ["accuracy", "accuracy,includes", "accuracy,match"]
    assert table.select("model", "task", "value", "stderr", "n_items", "direction").unique().rows() == [
        ("mockllm/model", "capital", 0.5, 0.22, 6, "up")
    ]


def test_the_compression_of_newer_logs_is_read(tmp_path: Path, imported: Import) -> None:
    pytest.importorskip("zipfile_zstd")
    zstandard: int = vars(zipfile)["ZIP_ZSTANDARD"]
    write_eval(tmp_path / "a.eval", header(), zstandard)
    assert imported(tmp_path / "a.eval").format == "inspect"
    assert Lab(tmp_path / "lab").observations()["value"].to_list() == [0.5]


def test_an_archive_that_unpacks_to_far_more_is_refused(
    tmp_path: Path, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skillscale.experiments.importers.inspect_log.MAX_JSON_BYTES", 1000)
    write_eval(tmp_path / "bomb.eval", {"status": " " * 100_000})
    with pytest.raises(SkillscaleError, match="MiB, which no log has"):
        imported(tmp_path / "bomb.eval")
    (tmp_path / "bomb.eval").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(SkillscaleError, match="no log of Inspect"):
        imported(tmp_path / "bomb.eval")


def test_a_folder_of_two_formats_asks_which(tmp_path: Path, imported: Import) -> None:
    logs = tmp_path / "logs"
    write_state(logs / "run", [EVAL])
    write_eval(logs / "a.eval", header())
    with pytest.raises(SkillscaleError, match=r"inspect and trainer_state.*--format"):
        imported(logs)
    assert imported(logs, format="inspect").imported == 1


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write_state(tmp_path / "out" / "run", [EVAL])
    (tmp_path / "out" / "loop").symlink_to(tmp_path / "out")
    assert len(importer.files_named(tmp_path / "out", "trainer_state.json")) == 1
