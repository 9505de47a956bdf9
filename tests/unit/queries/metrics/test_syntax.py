"""Only what is known to depend on its instant alone is put together from parts; all else is kept as a whole."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from queries.metrics.syntax import UNKNOWN, analysed

EXTENDS = [
    "up", "up offset 5m", "up OFFSET 5m", "up offset 0h5m", "time()", "-up ^ 2", "(up)", "42", "0x1f", "NaN", "'text'",
    'up{email="a@b"}', "up{path='@'}", 'up{a="\\"@"}', 'up{a="offset -5m"}', "up{a=`it's @ end()`}", 'up{a="#"}',
    "up # @ end()", "up # offset -5m\n", 'up # don\'t say "no\n + up', "up\t+\n up", "up # a\r\n + up",
    "rate(up[5m:1m])", "max_over_time(rate(up[1m])[10m:]) ", "SUM BY (job) (rate(up[5m] offset 1h))",
    "quantile(0.9, up)", "topk((5), up)", 'count_values("v", up)', "bottomk(-1, up)",
    "up and on (job) up unless up or up", "up > bool 1", "up * on (job) group_left (x) up", "up atan2 up",
    "histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))", 'label_replace(up, "a", "$1", "b", "(.*)")',
    "clamp(up, scalar(up), 5)", "offset", "start + end + step", 'label_join(up, "a", "-", "b")',
]  # fmt: skip
WHOLE = [
    # modifiers, in every spelling
    "up @ end()", "up @ start()", "up @ 1700000000", "up @ end ( )", "up @ END()", "up offset -5m", "up Offset -10m",
    "up offset - 5m", "up OFFSET\n-5m", "up offset # later\n -5m", "up offset # - 'x\n -5m", "up[5m] offset -5",
    "rate(up[5m] @ end())", "max_over_time(up[5m:1m] offset -1m)", "max_over_time(up[5m:1m] @ start())",
    "sum(max_over_time((up offset -1s)[5m:1m]))", "up + (up + (up @ end()))", "up offset (-5m)", "up offset -0s",
    "up offset -(5m)", "up offset 5m offset -5m", "up @ 5 offset 5m", "{__name__='up'} @ end()",
    # a quote or an escape must not hide code
    "x # don't\n @ end()", 'x # "\n offset -5m # "', "x # `\n @ start() # `", 'x{a="\\\\"} @ end() # "',
    "x{a=`\\`} @ end() or y{b=`\\`}", "x # c\r @ end()", "x{a='\\''} @ end() or y{b='\\''}", 'x{a="#"} @ end()',
    # functions of the range, of the present and of chance; other languages; what is new or experimental
    "start()", "end()", "step()", "range()", "max_over_time(up[range()])", "up[step() * 5]", "now()", "rand()",
    "rand_normal()", "running_sum(up)", "running_avg(up)", "range_max(up)", "range_normalize(up)", "sum2(up)",
    "topk_max(5, up)", "outliersk(2, up)", "smooth_exponential(up, 0.5)", "interpolate(up)", "keep_last_value(up)",
    "up smoothed", "rate(up[5m] anchored)", "up default 0", "up if up", "up ifnot up", "up keep_metric_names",
    "sum(up) limit 3", "WITH (a = up) a", "rate(up)", "Rate(up[5m])", "up[5m:1m", "up[1i]", "up > 5K", "alias(up, 'a')",
    "up offset 1m30", "increase_pure(up[5m])", "limitk(2, up)", "limit_ratio(0.5, up)", "info(up)", "up + fill(0) up",
    "histogram_quantiles(up, 'q', 0.1, 0.2)", "rollup(up[5m])", "timezone_offset('UTC')", "holt_winters(up[5m], 1, 1)",
    # a parameter that varies
    "topk(scalar(up), up)", "quantile(scalar(up offset 5m), up)", "topk(1 + 1, up)",
    # no expression
    "", " ", "# up", "up)", "up\x00", "up\x0b", "up + ", "\ud800", "up\u00a0@ end()",
]  # fmt: skip


@pytest.mark.parametrize("expr", EXTENDS)
def test_what_depends_on_its_instant_alone_extends(expr: str) -> None:
    assert analysed(expr).is_extendable


@pytest.mark.parametrize("expr", WHOLE)
def test_what_is_not_known_to_depend_on_its_instant_alone_is_kept_as_a_whole(expr: str) -> None:
    assert not analysed(expr).is_extendable


@pytest.mark.parametrize(
    ("expr", "metrics"),
    [
        ("up", ("up",)),
        ("sum(rate(b_total[5m])) / on () a", ("a", "b_total")),
        ('{__name__="a"} + max_over_time(b[5m:1m])', ("a", "b")),
        ('{__name__=~"a|b"}', ()),
        ('{job="x"}', ()),
        ("time()", ()),
        ('a{x="b"} # c', ("a",)),
        ("not promql", ()),
    ],
)
def test_the_metrics_of_an_expression_are_those_it_selects(expr: str, metrics: tuple[str, ...]) -> None:
    assert analysed(expr).metrics == metrics


DEEP = {
    "parentheses": "'(' * n + 'x' + ')' * n",
    "signs": "'-' * n + 'x'",
    "sums": "' + '.join(['x'] * n)",
    "powers": "'^'.join(['x'] * n)",
    "ors": "' or '.join(['x'] * n)",
    "calls": "'abs(' * n + 'x' + ')' * n",
    "brackets": "'x' + '[5m:1m]' * n",
    "open": "'(' * n",
    "braces": "'{' * n",
    "comments": "'#' * n + chr(10) + 'x'",
}


@pytest.mark.parametrize("shape", DEEP)
def test_deep_input_neither_ends_the_process_nor_takes_long(shape: str) -> None:
    """In a process of its own, whose end would be the failure, and in a thread as a server has it."""
    script = f"""
import threading
from queries.metrics.syntax import analysed
def go():
    for n in (10, 100, 290, 1_000, 10_000, 1_000_000):
        analysed({DEEP[shape]})
    print("alive")
threading.stack_size(2**20)
thread = threading.Thread(target=go)
thread.start()
thread.join(60)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=90, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "alive"), ended.stderr[-500:]


def test_an_expression_that_is_too_large_is_kept_as_a_whole() -> None:
    assert analysed("+".join(["x"] * 1_000)) is UNKNOWN
    assert analysed('x{a="' + "b" * 30_000 + '"}') is UNKNOWN
    assert analysed('x{a=~"' + "a-b|" * 1_000 + '"}').is_extendable  # operators in a string are none


def test_threads_that_analyse_at_once_get_the_same() -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(analysed(f"up + {time.monotonic_ns()}").is_extendable))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 8


@pytest.mark.parametrize(
    ("expr", "selectors", "reach"),
    [
        ("up", ["up{} 0"], 0),
        ('sum by (job) (rate(a_total{x="1"}[60s]))', ['a_total{x="1"} 60'], 60),
        ("histogram_quantile(0.9, sum by (le, job) (rate(b_bucket[60s])))", ["b_bucket{} 60"], 60),
        ("100 * (z_total or 0 * c_total) / c_total", ["z_total{} 0", "c_total{} 0"], 0),
        ('a_total{x="}\\"\\\\",y!="by",z!~"a|b",w=~"c"}', ['a_total{x="}\\"\\\\",y!="by",z!~"a|b",w=~"c"} 0'], 0),
        ("1 - avg without (cpu) (node_x offset 5m)", ["node_x{} 0"], 300),
        ("a_x / on (job) group_left (x_y) b_x", ["a_x{} 0", "b_x{} 0"], 0),
        ("max_over_time(sum(rate(a[1m] offset 1h) + b)[10m:])", ["a{} 60", "b{} 0"], 3_660),
        ("last_over_time(a[1m]) - last_over_time(a[1m])", ["a{} 60"], 60),
        ('{__name__="a",x="1"}', ['a{x="1"} 0'], 0),
        ("vector(1)", [], 0),
        ("not ( PromQL", [], 0),
    ],
)
def test_selectors_and_reach_are_known(expr: str, selectors: list[str], reach: int) -> None:
    syntax = analysed(expr)
    assert [f"{selector.text} {selector.seconds}" for selector in syntax.selectors] == selectors
    assert syntax.reach == reach
