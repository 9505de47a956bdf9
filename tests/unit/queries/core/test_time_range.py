"""Times of addresses: relative, epoch seconds, epoch milliseconds, ISO 8601."""

from __future__ import annotations

import pytest

from queries.core.errors import InvalidInput
from queries.core.time_range import instant

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", NOW),
        ("now-6h", NOW - 6 * 3_600),
        ("1795746013", 1_795_746_013),
        ("1795746013.5", 1_795_746_013.5),
        ("1795746013111", 1_795_746_013.111),
        ("999999999999", 999_999_999.999),
        ("32503680000", 32_503_680_000),
        ("2026-01-31T14:05Z", 1_769_868_300),
        ("2026-01-31T15:05+01:00", 1_769_868_300),
    ],
)
def test_a_time_is_understood(text: str, seconds: float) -> None:
    assert instant(text, NOW, "from") == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("text", ["", "yesterday", "12345678901234", "now+1h", "99999999999", "²", "-5"])
def test_other_texts_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        instant(text, NOW, "from")

    assert refused.value.field == "from"
