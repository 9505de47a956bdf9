"""A gateway that is scraped each minute beside exporters with shorter intervals, as OpenMetrics text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LEAD = 3 * 3_600  # seconds of samples after the start: however slow the machine, an instant finds one that is not old
MINUTE_PHASE = 7  # seconds: scrapes do not come at the start of a minute


def history(start: int) -> Iterator[str]:
    """Samples of a gateway's job `gw` each 60 s, of `gw-fast` each 15 s, of Redis each 15 s, and of an agent's writes.

    `start` is in epoch seconds; 3 requests a second on `gw`, 2 provider calls a second on each of the gateways.
    """
    begin = start // 60 * 60 - 6 * 3_600
    slow = range(begin + MINUTE_PHASE, start + LEAD, 60)
    fast = range(begin, start + LEAD, 15)
    gateway = 'job="gw",instance="a:1",endpoint="/x",method="GET",status="200"'
    yield "# TYPE codeagent_requests counter"
    yield from _counter("codeagent_requests_total", gateway, slow, 3)
    yield "# TYPE codeagent_request_duration histogram"
    for bound, share in (("100", 0.5), ("1000", 0.9), ("+Inf", 1)):
        yield from _counter("codeagent_request_duration_bucket", f'{gateway},le="{bound}"', slow, 3 * share)
    yield from _counter("codeagent_request_duration_count", gateway, slow, 3)
    yield "# TYPE codeagent_llm_requests counter"
    for job, times in (("gw", slow), ("gw-fast", fast)):
        labels = f'job="{job}",instance="{job}:1",provider="openai",model="m",status="200"'
        yield from _counter("codeagent_llm_requests_total", labels, times, 2)
    yield "# TYPE redis_commands_processed counter"
    yield from _counter("redis_commands_processed_total", 'job="redis",instance="r:1"', fast, 10)
    yield "# TYPE redis_evicted_keys counter"
    yield from _counter("redis_evicted_keys_total", 'job="agent",instance="w:1"', slow, 1)
    yield "# EOF"


def configuration(free_port: int) -> str:
    """Those jobs but the agent's, all at a port where nobody answers: what counts is what they say of intervals."""
    jobs = (("gw", 60), ("gw-fast", 15), ("redis", 15), ("prometheus", 15))
    return "global: {scrape_interval: 60s, scrape_timeout: 1s}\nscrape_configs:\n" + "".join(
        f"- job_name: {job}\n  scrape_interval: {seconds}s\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{free_port}']}}]\n"
        for job, seconds in jobs
    )


def _counter(name: str, labels: str, times: range, per_second: float) -> Iterable[str]:
    return [f"{name}{{{labels}}} {(moment - times[0]) * per_second} {moment}" for moment in times]
