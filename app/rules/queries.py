"""PromQL in canonical names that several rules share. `by` are labels beside `environment`."""

from __future__ import annotations

from pages.expressions import selector

ENVIRONMENT = ("environment",)


def grouped(by: tuple[str, ...] = ()) -> str:
    """The labels that alerts of one problem have in common."""
    return ", ".join((*ENVIRONMENT, *by))


def rate(metric: str, over: str, by: tuple[str, ...] = (), where: str = "", offset: str = "") -> str:
    """Events per second of a counter."""
    shift = f" offset {offset}" if offset else ""
    return f"sum by ({grouped(by)}) (rate({selector(metric, where)}[{over}]{shift}))"


def events(metric: str, over: str, by: tuple[str, ...] = (), where: str = "") -> str:
    """The number of events within a time."""
    return f"sum by ({grouped(by)}) (increase({selector(metric, where)}[{over}]))"


def percent(metric: str, where: str, over: str, by: tuple[str, ...] = ()) -> str:
    """Percentage of a counter's events; empty while none matches, which is the normal case of a failure."""
    return f"100 * {rate(metric, over, by, where)} / {rate(metric, over, by)}"


def quantile(q: float, histogram: str, over: str, by: tuple[str, ...] = (), offset: str = "") -> str:
    """A quantile of a classic histogram, in its contract unit."""
    return (
        f"histogram_quantile({q:g}, {rate(histogram + '_bucket', over, (*by, 'le'), offset=offset)})$unit({histogram})"
    )


def times_slower(histogram: str, by: tuple[str, ...]) -> str:
    """The 95th percentile of 5 minutes as a multiple of that of the hour before; a quarter of an hour lies between."""
    return f"{quantile(0.95, histogram, '5m', by)}\n/ {quantile(0.95, histogram, '1h', by, '15m')}"


def failed(metric: str) -> str:
    """The matcher of calls that failed, as the profile tells them."""
    return f"$failed({metric})"


def existed(metric: str, ago: str, by: tuple[str, ...] = ()) -> str:
    """A guard: the counter existed so long ago. The rate over a window is too low where a counter began inside it."""
    return f"on ({grouped(by)}) (sum by ({grouped(by)}) (last_over_time({selector(metric)}[5m] offset {ago})) >= 0)"


def worst_place(expr: str, label: str, unit: str) -> str:
    """A template: the place in the alert's environment with the largest value of an expression: "/v1/chat 30 %"."""
    quoted = f"topk by (environment) (1, {expr})".replace('"', "'")
    place = f'{{{{ .Labels.{label} }}}} {{{{ .Value | printf "%.0f" }}}} {unit}'
    in_environment = f"{{{{ if eq .Labels.environment $labels.environment }}}}{place}{{{{ end }}}}"
    return f'{{{{ range query "{quoted}" }}}}{in_environment}{{{{ end }}}}'
