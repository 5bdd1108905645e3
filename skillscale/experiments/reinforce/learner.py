"""One run: ask fresh questions, sample answers, reward right results, follow the policy gradient; kept checkpoints are measured.

A kill at any moment loses at most some 20 seconds, and the resumed run ends in the same weights: every step draws its questions and its random
numbers from the run's seed and the number of the step.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import save_file

from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.attempts import QuestionSet, attempts
from skillscale.experiments.reinforce.chains import MAX_SAID, Chain, ChainWorld
from skillscale.experiments.reinforce.config import ReinforceConfig, config_settings
from skillscale.experiments.reinforce.policy_gradient import Spoken, add_gradient, advantages, logits_of
from skillscale.experiments.reinforce.records import LOG, Step, evaluation_file, step_folder
from skillscale.models.decoder import decoder_of
from skillscale.models.durable import write_file, write_folder, writing_to
from skillscale.models.hardware import keep_freed_memory
from skillscale.models.inference_flops import InferenceShape, inference_shape, sampling_flops
from skillscale.models.local import LocalModel
from skillscale.models.optimizer import FlatAdamW
from skillscale.models.sampling import Speech, speak

RESUME_EVERY_S = 20.0
STREAM = 1_000_037  # spawn key of the steps' random numbers
COPIED = ("tokenizer*", "special_tokens_map.json", "generation_config.json")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A question of a step with its answers."""

    chain: Chain
    context: list[int]
    answers: list[Speech]
    rewards: list[bool]
    strict: list[bool]


class Learner:
    """The run of `config` in `folder`, from the Hugging Face folder `checkpoint`, whose tokenizer is that of the world."""

    def __init__(self, config: ReinforceConfig, checkpoint: Path, folder: Path, world: ChainWorld) -> None:
        keep_freed_memory()
        self.config, self.checkpoint, self.folder, self.world = config, checkpoint, folder, world
        self.model = LocalModel(checkpoint)
        self.optimizer = FlatAdamW(self.model.model, weight_decay=0.0)
        self.logits = logits_of(self.model.model)
        shape = inference_shape(self.model.config, self.model.n_params)
        if shape is None:
            raise SkillscaleError(
                f"{checkpoint} is no transformer of the usual kind, so its compute cannot be counted."
            )
        self.shape: InferenceShape = shape
        self.step, self.rl_flops = 0, 0.0

    def run(self, sets: list[QuestionSet], on_step: Callable[[Step], object]) -> None:
        """Train to the end, from where an earlier call was killed."""
        self._resume()
        self._measure(sets, 0)
        saved = time.monotonic()
        while self.step < self.config.n_steps:
            on_step(self._train_step())
            if self.step in self.config.marks:
                self._keep()
                self._measure(sets, self.step)
            if self.step in self.config.marks or time.monotonic() - saved > RESUME_EVERY_S:
                self._save()
                saved = time.monotonic()

    def _train_step(self) -> Step:
        rng = np.random.default_rng(np.random.SeedSequence(self.config.seed, spawn_key=(STREAM, self.step)))
        asked = self._ask(rng)
        mixed = [one for one in asked if 0 < sum(one.rewards) < len(one.rewards)]
        if mixed:
            spoken = self._spoken(mixed)
            # the same for every step, however many questions teach something
            normaliser = self.config.n_prompts * self.config.n_samples * MAX_SAID
            add_gradient(self.logits, spoken, normaliser=normaliser, device=self.model.device)
            self.optimizer.step(self.config.learning_rate)
            self.rl_flops += sum(self._update_flops(row) for row in spoken)
        self.rl_flops += sum(self._sampling_flops(one) for one in asked)
        self.step += 1
        return self._logged(asked, len(mixed))

    def _ask(self, rng: np.random.Generator) -> list[Asked]:
        """Fresh questions on trained tuples, equally likely of each k, and the model's answers."""
        config, decoder = self.config, decoder_of(self.model.model)
        n_of_k = rng.multinomial(config.n_prompts, np.full(len(config.ks), 1 / len(config.ks)))
        asked: list[Asked] = []
        for k, n in zip(config.ks, n_of_k.tolist(), strict=True):
            chains = self.world.draw(rng, k=k, n=n, unseen=False)
            prompts = self.model.tokenizer.encode_batch_fast([self.world.prompt(chain) for chain in chains])
            contexts = [[self.model.start_id, *prompt.ids] for prompt in prompts]
            uniform = rng.random((n * config.n_samples, MAX_SAID), dtype=np.float32)
            if n == 0:
                continue
            answers = speak(
                decoder, contexts, uniform, temperature=1.0, stop_ids=self.model.stop_ids, device=self.model.device
            )
            for i, (chain, context) in enumerate(zip(chains, contexts, strict=True)):
                own = answers[i * config.n_samples : (i + 1) * config.n_samples]
                asked.append(self._judged(chain, context, own))
        return asked

    def _judged(self, chain: Chain, context: list[int], answers: list[Speech]) -> Asked:
        said = self.model.tokenizer.decode_batch([list(one.tokens) for one in answers], skip_special_tokens=False)
        return Asked(
            chain=chain,
            context=context,
            answers=answers,
            rewards=[self.world.result_is_right(chain, text) for text in said],
            strict=[self.world.every_step_is_right(chain, text) for text in said],
        )

    def _spoken(self, mixed: Sequence[Asked]) -> list[Spoken]:
        gains = advantages(np.array([one.rewards for one in mixed], dtype=np.float64))
        end = list(self.model.stop_ids[:1])
        return [
            Spoken(
                context=one.context,
                said=[*answer.tokens, *(end if answer.ended else [])],
                advantage=float(gain),
            )
            for one, own in zip(mixed, gains, strict=True)
            for answer, gain in zip(one.answers, own, strict=True)
        ]

    def _sampling_flops(self, one: Asked) -> float:
        later = [len(answer.tokens) - (not answer.ended) for answer in one.answers]
        return sum(sampling_flops(self.shape, n_context=len(one.context), n_later=later))

    def _update_flops(self, row: Spoken) -> float:
        """Forward and twice that backward, with logits where something was said."""
        n_read = len(row.context) + len(row.said) - 1
        return 3 * self.shape.flops(n_read=n_read, n_logits=len(row.said))

    def _logged(self, asked: Sequence[Asked], n_mixed: int) -> Step:
        rewards = np.array([one.rewards for one in asked])
        strict = np.array([one.strict for one in asked])
        answers = [answer for one in asked for answer in one.answers]
        n_tokens = sum(len(answer.tokens) + answer.ended for answer in answers)
        entropy = -sum(answer.logprob for answer in answers) / n_tokens
        if not np.isfinite(entropy):
            raise SkillscaleError(
                f"{self.folder.name} diverged at step {self.step}: its log-probabilities are not finite. Lower the learning rate."
            )
        line = Step(
            step=self.step,
            rewarded=float(rewards.mean()),
            rewarded_rejected=float((rewards & ~strict).sum() / rewards.sum()) if rewards.any() else None,
            mixed=n_mixed,
            n_prompts=len(asked),
            entropy_nats=float(entropy),
            thought_tokens=n_tokens / len(answers),
            rl_flops=self.rl_flops,
        )
        with writing_to(self.folder), (self.folder / LOG).open("a") as log:
            log.write(json.dumps(asdict(line)) + "\n")
        return line

    def _measure(self, sets: list[QuestionSet], step: int) -> None:
        path = evaluation_file(self.folder, step)
        if path.is_file():
            return
        ends = step in (0, self.config.n_steps)
        n_tries = self.config.n_tries_ends if ends else self.config.n_tries
        table = attempts(self.model, self.world, sets, n_tries=n_tries, seed=self.config.seed)
        with writing_to(self.folder):
            path.parent.mkdir(exist_ok=True)
            write_file(path, table.write_parquet)

    def _keep(self) -> None:
        """The weights as a Hugging Face folder, written whole."""
        folder = step_folder(self.folder, self.step)
        if folder.is_dir():  # it is there where a kill came just after it was written
            return

        def fill(partial: Path) -> None:
            weights = {name: value.detach().cpu().clone() for name, value in self.model.model.state_dict().items()}
            if self.model.config.tie_word_embeddings:
                weights.pop("lm_head.weight", None)
            save_file(weights, partial / "model.safetensors", metadata={"format": "pt"})
            cast(Any, self.model.model).config.save_pretrained(partial)
            for pattern in COPIED:
                for file in self.checkpoint.glob(pattern):
                    shutil.copyfile(file, partial / file.name)
            (partial / "README.md").write_text(self._card(), encoding="utf-8")

        with writing_to(folder):
            write_folder(folder, fill)

    def _card(self) -> str:
        config = self.config
        return (
            f"---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags: [skillscale]\n---\n# {config.run}, step {self.step}\n\n"
            f"`{config.model}` after {self.step:,} steps of reinforcement learning by skillscale on {config.task}: {config.n_prompts} questions a step "
            f"with {config.n_samples} answers each, leave-one-out baseline, learning rate {config.learning_rate:g}, seed {config.seed}, "
            f"{self.rl_flops:.3e} FLOPs of sampling and updating.\n"
        )

    def _save(self) -> None:
        log = self.folder / LOG
        content = {
            "settings": config_settings(self.config),
            "step": self.step,
            "rl_flops": self.rl_flops,
            "log_bytes": log.stat().st_size,
            "state": self.optimizer.state(),
        }

        def save(partial: Path) -> None:
            try:
                torch.save(content, partial)
            except RuntimeError as error:  # how torch reports a short write
                raise OSError(str(error).splitlines()[0]) from error

        with writing_to(self.folder):
            write_file(self.folder / "resume.pt", save)

    def _resume(self) -> None:
        path, log = self.folder / "resume.pt", self.folder / LOG
        point: dict[str, Any] | None = None
        if path.exists():
            try:
                point = torch.load(path, map_location="cpu", weights_only=True)
                if point is None or point["settings"] != config_settings(self.config):
                    raise ValueError("it is of a run with other settings")
            except Exception as error:  # torch reports damage in a dozen ways
                raise SkillscaleError(
                    f"{path} is damaged ({error}); delete {self.folder} and run the same command again: this run starts over."
                ) from error
        if log.exists():  # what was logged after the point will be logged again
            os.truncate(log, min(log.stat().st_size, 0 if point is None else point["log_bytes"]))
        if point is not None:
            self.optimizer.restore(point["state"])
            self.step, self.rl_flops = point["step"], point["rl_flops"]
