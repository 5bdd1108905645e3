"""One attempt at a call, through Inspect AI: any of its providers, or any server that speaks the OpenAI protocol."""

import asyncio
import contextvars
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.address import Address, address_of
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.models.hosted.redaction import Redact, redact_error

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput

# Their clients repeat what fails on their own; attempts are counted and paced here, so theirs are switched off.
CLIENTS_THAT_REPEAT = ("openai", "openai-api", "anthropic")
LONGEST_REASON = 300  # characters
MOST_TOLD = 100_000_000  # tokens of a call that a server may tell; no context is as long
OPTIONAL: Sequence[frozenset[str]] = (frozenset(), frozenset({"schema"}), frozenset({"schema", "seed"}))
OPENAI_START = re.compile(r"^Error code: \d+( - |$)")
REFUSED = (400, 422)  # status of a request that a provider does not understand


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt without a reply. `again`: another may succeed, not before `after_s`; `may_cost`: the provider may have counted it."""

    reason: str
    again: bool
    may_cost: bool
    after_s: float | None = None


class InspectProvider:
    """Models of Inspect AI, each made when it is first named; `close` it within the event loop that asked.

    Raises SkillscaleError where Inspect AI is not installed.
    """

    def __init__(self, *, redact: Redact, concurrency: int, call_limit_s: float) -> None:
        self.providers = known_providers()
        self._redact = redact
        self._concurrency = concurrency
        self._limit_s = call_limit_s
        self._models: dict[tuple[str, str | None], Model] = {}
        self._left_out: dict[tuple[str, str | None], frozenset[str]] = {}

    def ready(self, model: str, base_url: str | None) -> None:
        """Make the model. Raises SkillscaleError for an unknown provider, a key that is not set, or a client that is not installed."""
        self._model(model, base_url)

    async def attempt(self, call: Call) -> Reply | Failure:
        """One reply, or why there is none. Never raises for what a model or its server does; tokens are told, costs are not.

        A provider that refuses structured output or a seed is asked without it from then on.
        """
        to = call.model, call.base_url
        known = self._left_out.get(to)
        found: Reply | Failure | None = None
        for left_out in OPTIONAL if known is None else (known,):
            if found is not None and not (left_out & {"seed"} or call.schema is not None):
                continue  # without a schema there is nothing to leave out but the seed
            found, status = await self._once(call, left_out)
            if isinstance(found, Reply):
                if known is None and left_out:
                    self._left_out[to] = left_out
                break
            if status not in REFUSED:
                break
        assert found is not None
        return found

    async def close(self) -> None:
        """Close the connections."""
        for one in self._models.values():
            await one.api.aclose()
        self._models.clear()

    async def _once(self, call: Call, left_out: frozenset[str]) -> tuple[Reply | Failure, int | None]:
        """Also the HTTP status of a failure, where there was one."""
        model = self._model(call.model, call.base_url)
        start_s = time.monotonic()
        # In a context of its own: Inspect keeps a transcript of the context's calls, which would grow with the run.
        asked = asyncio.get_running_loop().create_task(
            model.generate(messages_of(call.messages), config=_config(call, left_out)),
            context=contextvars.copy_context(),
        )
        try:
            async with asyncio.timeout(self._limit_s):
                output = await asked
            return self._reply(output, time.monotonic() - start_s), None
        except TimeoutError as error:
            if not asked.cancelled():
                return self._failure(model, error)
            reason = f"no answer within {self._limit_s:g} s"
            return Failure(reason=reason, again=True, may_cost=True), None
        except Exception as error:
            return self._failure(model, error)
        finally:
            asked.cancel()

    def _reply(self, output: "ModelOutput", latency_s: float) -> Reply | Failure:
        if output.empty:
            return Failure(reason="the server gave no choice", again=True, may_cost=True)
        if output.stop_reason == "content_filter":
            reason = self._told(f"refused by the provider: {output.completion}")
            return Failure(reason=reason, again=False, may_cost=True)
        usage = output.usage
        cached = 0 if usage is None else (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
        return Reply(
            text=self._redact(output.completion),
            cut=output.stop_reason in ("max_tokens", "model_length"),
            # every call has input; of an answer without text a server may well count no output
            input_tokens=None if usage is None else _tokens_told(usage.input_tokens + cached, least=1),
            output_tokens=None
            if usage is None
            else _tokens_told(usage.output_tokens, least=1 if output.completion else 0),
            latency_s=round(latency_s, 4),
        )

    def _failure(self, model: "Model", error: Exception) -> tuple[Failure, int | None]:
        cause = _cause(error)
        status = _status(error) or _status(cause)
        decision = model.api.should_retry(cause)
        again = bool(decision) or status is None or status in (408, 409, 425, 429) or status >= 500
        said = OPENAI_START.sub("", getattr(error, "provider_message", None) or str(cause) or type(cause).__name__)
        failure = Failure(
            reason=self._told(said if status is None else f"{status}: {said or 'no reason given'}"),
            again=again,
            may_cost=status is None and not _never_sent(cause),
            after_s=_after_s(cause, getattr(decision, "retry_after", None)),
        )
        return failure, status

    def _told(self, text: str) -> str:
        told = redact_error(text, self._redact)
        return told if len(told) <= LONGEST_REASON else f"{told[: LONGEST_REASON - 1]}…"

    def _model(self, name: str, base_url: str | None) -> "Model":
        found = self._models.get((name, base_url))
        if found is None:
            found = self._models[name, base_url] = self._made(address_of(name, base_url, self.providers), name)
        return found

    def _made(self, address: Address, name: str) -> "Model":
        from inspect_ai._util.error import PrerequisiteError
        from inspect_ai.model import GenerateConfig, get_model

        # Inspect keeps its own attempts and connections out of the way: one attempt, as many connections as are asked for.
        config = GenerateConfig(max_retries=0, max_connections=self._concurrency, cache_prompt=False)
        args: dict[str, Any] = {}
        if address.inspect_name.partition("/")[0] in CLIENTS_THAT_REPEAT:
            args["max_retries"] = 0
        try:
            return get_model(
                address.inspect_name,
                base_url=address.base_url,
                api_key=address.api_key,
                config=config,
                memoize=False,
                **args,
            )
        except (PrerequisiteError, ValueError, ImportError) as error:
            said = re.sub(r"\[/?[a-z ]*\]", "", str(getattr(error, "message", error)))  # Inspect's marks for terminals
            raise SkillscaleError(
                f"{name} cannot be asked: {self._told(said).removeprefix('ERROR: ')} Set its key in the environment or install its client, "
                "or give the address of a server with --base-url."
            ) from None


def _tokens_told(n_tokens: int, *, least: int) -> int | None:
    """A number of tokens that a server tells; None for one that cannot be."""
    return n_tokens if least <= n_tokens <= MOST_TOLD else None


def known_providers() -> frozenset[str]:
    """Names of Inspect's providers. Raises SkillscaleError where the extra `hosted` is not installed."""
    try:
        import inspect_ai.model
        import openai
        from inspect_ai._util.registry import registry_find, registry_unqualified_name
    except ImportError as error:
        raise SkillscaleError(
            "Hosted models are asked through Inspect AI, which is not installed. Run pip install 'skillscale[hosted]', in a clone pip install -c constraints.txt -e '.[hosted]'."
        ) from error
    assert inspect_ai.model and openai
    return frozenset(registry_unqualified_name(one) for one in registry_find(lambda one: one.type == "modelapi"))


def messages_of(messages: Sequence[Message]) -> "list[ChatMessage]":
    """Messages as Inspect has them."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

    made = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [made[one.role](content=one.content) for one in messages]


def seed_of(draw: str) -> int:
    """The seed that is sent with a call: draws of one prompt differ also where a server always starts from the same seed."""
    return int.from_bytes(hashlib.blake2b(draw.encode(), digest_size=4).digest()) >> 1


def _config(call: Call, left_out: frozenset[str]) -> "GenerateConfig":
    from inspect_ai.model import GenerateConfig, ResponseSchema

    schema = None
    if call.schema is not None and "schema" not in left_out:
        schema = ResponseSchema(name="answer", json_schema=_json_schema(call.schema), strict=True)
    return GenerateConfig(
        temperature=call.temperature,
        max_tokens=call.max_tokens,
        seed=None if "seed" in left_out else seed_of(call.draw),
        response_schema=schema,
    )


def _json_schema(schema: Mapping[str, Any]) -> Any:
    from inspect_ai.util import JSONSchema

    return JSONSchema.model_validate(dict(schema))


def _cause(error: Exception) -> Exception:
    """What a provider raised, out of what Inspect and tenacity wrap around it."""
    last = getattr(error, "last_attempt", None)
    inner = last.exception() if last is not None else None
    if inner is None and hasattr(error, "provider_message"):
        inner = error.__cause__
    return inner if isinstance(inner, Exception) else error


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 400 <= status < 600 else None


def _never_sent(error: BaseException | None) -> bool:
    """Was there nobody to send it to, such as at a closed port? Names of httpx, of httpcore and of aiohttp."""
    while error is not None:
        if type(error).__name__ in ("ConnectError", "ConnectTimeout", "ClientConnectorError"):
            return True
        error = error.__cause__
    return False


def _after_s(error: Exception, decided: float | None) -> float | None:
    """How long the server asks to wait (`Retry-After`), in seconds."""
    if decided is not None:
        return float(decided)
    headers = getattr(getattr(error, "response", None), "headers", None)
    try:
        return float(headers["retry-after"]) if headers is not None else None
    except (KeyError, TypeError, ValueError):
        return None
