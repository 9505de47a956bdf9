"""A profile that cannot be used says which key is wrong and what is allowed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries.core.errors import InvalidInput
from queries.metrics.profile import Join, Minus
from queries.metrics.profile_file import definition, load, shipped

CALLS = "metrics.codeagent_llm_requests_total"


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = ", "The file must be TOML"),
        ('[labels]\nendpoint = "x"', "name: is missing"),
        ('name = "x"\nlabelz = 1', "labelz: is not known. Allowed: name, title, rank"),
        ('name = "x"\n[metrics.requests]\nname = "y"', "metrics.requests: is not in the contract. Allowed: codeagent_"),
        ('name = "x"\n[labels]\nroute = "y"', "labels.route: is no label of the contract. Allowed: "),
        (f'name = "x"\n[{CALLS}]\nnamed = "y"', f"{CALLS}.named: is not known. Allowed: name, names"),
        (f'name = "x"\n[{CALLS}]\nname = "a b"', f"{CALLS}.names: has “a b”, which is no metric name"),
        (f'name = "x"\n[{CALLS}]\nfactor = 2', f"{CALLS}: needs either a name or an expression"),
        (f'name = "x"\n[{CALLS}]\nname = "y"\nfactor = "2"', f"{CALLS}.factor: is not a number"),
        (f'name = "x"\n[{CALLS}]\nexpr = "sum("', f"{CALLS}.expr: is not valid: .*Write a PromQL expression"),
        (f'name = "x"\n[{CALLS}]\nname = "y"\nwhere = "job"', f"{CALLS}.where: is not valid"),
        (f'name = "x"\n[{CALLS}]\nname = "y"\nlabels.kind = "z"', f"{CALLS}.labels.kind: is not known. Allowed: prov"),
        (f'name = "x"\n[{CALLS}]\nname = "y"\nlabels.model = 3', "is “3”, which is no label. Write a label, a list"),
        (f'name = "x"\n[{CALLS}]\nname = "y"\nlabels.model = {{from = "z"}}', f"{CALLS}.labels.model.on: is missing"),
        ('name = "x"\n[metrics.codeagent_llm_latency]\nexpr = "x"', "expr: cannot replace a histogram"),
        (f'name = "x"\n[{CALLS}]\nname = "y"\nstates = {{up = 1}}', f"{CALLS}.states: has a key that is no number"),
    ],
)
def test_an_error_names_the_file_the_key_and_what_is_allowed(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected) as caught:
        load(written(tmp_path, text))
    assert "mine.toml" in str(caught.value)


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="otel-http-genai"):
        load("nobody")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile_can_be_loaded_under_its_own_name(name: str) -> None:
    assert definition(name).name == name


def test_everything_that_a_profile_can_express_is_read(tmp_path: Path) -> None:
    text = """
        name = "mine"
        title = "Mine"
        detect = ["spend_total"]
        where = 'job="x"'
        labels.provider = ["vendor", "system"]
        [metrics.codeagent_llm_tokens_total]
        values.provider.openai = ["OpenAI", "azure"]
        [[metrics.codeagent_llm_tokens_total.parts]]
        names = ["input_total", "prompt_total"]
        minus = ["cached_total"]
        constants.kind = "prompt"
        [[metrics.codeagent_llm_tokens_total.parts]]
        name = "cached_total"
        constants.kind = "cached"
        [metrics.codeagent_provider_up]
        name = "state"
        invert = true
        labels.provider = { from = "info", on = "id", label = "vendor" }
        [metrics.codeagent_llm_tokens_remaining]
        name = "left"
        drop_above = 1e18
    """
    mine = definition(written(tmp_path, text)).profile
    prompt, cached = mine.metrics["codeagent_llm_tokens_total"].parts
    assert prompt.names == ("input_total", "prompt_total")
    assert prompt.minus == (Minus(("cached_total",)),)
    assert (prompt.constants, cached.constants) == ({"kind": "prompt"}, {"kind": "cached"})
    assert prompt.labels["provider"] == ("vendor", "system")
    assert prompt.values["provider"] == {"openai": ("OpenAI", "azure")}
    assert prompt.where == 'job="x"'
    (up,) = mine.metrics["codeagent_provider_up"].parts
    assert up.states == ((0.0, 1.0), (1.0, 0.0))
    assert up.labels["provider"] == (Join("info", "id", "vendor"),)
    assert mine.metrics["codeagent_llm_tokens_remaining"].parts[0].drop_above == 1e18
    assert mine.metrics["codeagent_provider_up"].origin == "Mine"
