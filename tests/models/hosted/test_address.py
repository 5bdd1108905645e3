"""Names, base URLs and keys."""

import pytest

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.address import NO_KEY, address_of, goes_to_server
from skillscale.models.hosted.redaction import redact_error, redactor

PROVIDERS = frozenset({"openai", "openai-api", "anthropic", "google"})
URL = "http://127.0.0.1:8000/v1"


def test_without_a_base_url_the_name_is_inspects() -> None:
    found = address_of("anthropic/claude", None, PROVIDERS, {})
    assert (found.inspect_name, found.base_url, found.api_key) == ("anthropic/claude", None, None)
    for name in ("claude", "acme/claude", "anthropic/"):
        with pytest.raises(SkillscaleError, match="provider/name"):
            address_of(name, None, PROVIDERS, {})


@pytest.mark.parametrize(
    ("asked", "name", "environ", "key"),
    [
        ("openai/student", "student", {"OPENAI_API_KEY": "secret"}, "secret"),
        ("openai/openai/gpt-oss-20b", "openai/gpt-oss-20b", {}, NO_KEY),
        ("student", "student", {}, NO_KEY),
        ("meta-llama/Llama-3-8B", "meta-llama/Llama-3-8B", {"OPENAI_API_KEY": ""}, NO_KEY),
        ("openai-api/my-vllm/a/b", "a/b", {"MY_VLLM_API_KEY": "own", "OPENAI_API_KEY": "other"}, "own"),
    ],
)
def test_a_server_is_asked_for_the_name_and_needs_no_key(
    asked: str, name: str, environ: dict[str, str], key: str
) -> None:
    found = address_of(asked, URL, PROVIDERS, environ)
    assert (found.inspect_name, found.base_url, found.api_key) == (f"openai-api/server/{name}", URL, key)
    assert key not in repr(found)


def test_another_providers_model_is_not_asked_at_a_server() -> None:
    assert [goes_to_server(one, PROVIDERS) for one in ("google/gemma", "openai/x", "Qwen/Qwen", "x")] == [
        False,
        True,
        True,
        True,
    ]
    with pytest.raises(SkillscaleError, match="write openai/google/gemma"):
        address_of("google/gemma", URL, PROVIDERS, {})


@pytest.mark.parametrize(
    "url", ["http://me:hunter2hunter2@host/v1", "http://host/v1?key=hunter2hunter2", "http://host/v1#hunter2hunter2"]
)
def test_a_base_url_with_a_key_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SkillscaleError) as error:
        address_of("x", url, PROVIDERS, {})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host/v1", "http://", "http://host:99999999/v1", "/v1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SkillscaleError, match="is no address"):
        address_of("x", url, PROVIDERS, {})


def test_keys_are_taken_out_of_texts() -> None:
    redact = redactor(
        {"ACME_API_KEY": "a/very+secret", "MY_TOKEN": "tok-99-en", "OPENAI_API_KEY": "EMPTY", "PATH": "/usr/bin"}
    )
    told = redact("a/very+secret a%2Fvery%2Bsecret tok-99-en EMPTY /usr/bin")
    assert told == "[key] [key] [key] EMPTY /usr/bin"
    told = redact_error(
        "401: Bearer abcdefgh1234 refused\n  Authorization: Basic Zm9vOmJhcg==, api_key=qwertyuiop, sk-proj-0123456789abcdefXYZ",
        redact,
    )
    assert told == "401: Bearer [key] refused Authorization: Basic [key], api_key=[key], [key]"
    assert redact_error("No API key was given.", redact) == "No API key was given."
