"""Units, thresholds and words of fields."""

from __future__ import annotations

import pytest

from app.grafana.importing.numbers import unit_of
from app.grafana.units import GRAFANA_UNITS
from panels import units
from panels.spec import Lines, Thresholds, Unit
from tests.unit.app.grafana.importing.import_kit import imported, only, panel


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(None, "green"), (80, "red")], Thresholds(critical=80)),
        (
            [(None, "rgba(50, 172, 45, 0.97)"), (85, "rgba(237, 129, 40, 0.89)"), (95, "rgba(245, 54, 54, 0.9)")],
            Thresholds(85, 95),
        ),
        ([(None, "dark-red"), (50, "#EAB839"), (90, "green")], Thresholds(89.999999, 49.999999, rising=False)),
        ([(None, "blue")], Thresholds()),
    ],
)
def test_colours_of_steps_say_what_is_bad(steps: list[tuple[float | None, str]], expected: Thresholds) -> None:
    content = {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}
    custom = {"thresholdsStyle": {"mode": "line"}}
    view = only(panel(fieldConfig={"defaults": {"thresholds": content, "custom": custom}})).view

    assert view.thresholds == expected


def test_units_minimum_and_stacking_are_kept() -> None:
    defaults = {"unit": "bytes", "min": 0, "max": 100, "custom": {"stacking": {"mode": "normal"}}}
    converted_panel = only(panel(fieldConfig={"defaults": defaults}))

    assert converted_panel.unit is Unit.BYTES
    assert converted_panel.view == Lines(stacked=True, floor=0, ceiling=100, top=20)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("watt", 1_240, "1.24 kW"),
        ("kwatt", 1.24, "1.24 kW"),
        ("mvolt", 500, "500 mV"),
        ("amp", 0.02, "20 mA"),
        ("MBs", 2.097152, "2 MiB/s"),
        ("KiBs", 2_048, "2 MiB/s"),
        ("Mbits", 940, "940 Mbit/s"),
        ("ns", 1_500, "1.5 µs"),
        ("µs", 20, "20 µs"),
        ("m", 90, "90 min"),
        ("h", 3, "3 h"),
        ("hertz", 2.4e9, "2.4 GHz"),
        ("celsius", 21.5, "21.5 °C"),
        ("fahrenheit", 70, "70 °F"),
        ("percentunit", 0.5, "50 %"),
        ("humidity", 45, "45 %"),
        ("dB", -3, "-3 dB"),
        ("dBm", -61, "-61 dBm"),
        ("currencyEUR", 12.4, "€12.40"),
        ("currencyGBP", 1_500, "£1.5k"),
        ("currencySEK", 12, "12 kr"),
        ("decgbytes", 1.073741824, "1 GiB"),
        ("rotrpm", 1_200, "1.2k rpm"),
        ("lengthkm", 1.5, "1.5 km"),
        ("pressurehpa", 1_013, "1.01k hPa"),
        ("joule", 4_200, "4.2 kJ"),
        ("suffix: W", 5, "5 W"),
        ("si:Hz", 5_000, "5 kHz"),
        ("suffix: kW", 5, "5 kW"),
        ("rps", 5, "5/s"),
    ],
)
def test_a_unit_of_grafana_is_the_same_measure_here(name: str, value: float, text: str) -> None:
    unit, note = unit_of(name)

    assert (units.write(value, unit), note) == (text, "")


@pytest.mark.parametrize("unit", [unit for unit in Unit if unit is not Unit.TOKENS_PER_MINUTE])
def test_every_unit_comes_back_from_grafana(unit: Unit) -> None:
    assert unit_of(GRAFANA_UNITS[unit]) == (unit, "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dateTimeAsIso", "The unit “dateTimeAsIso” is not known: numbers have none."),
        ("suffix: widgets", "The unit “widgets” is not known: numbers have none."),
        ("hex", "Numbers are written as decimals."),
    ],
)
def test_a_unit_without_a_counterpart_is_named_in_the_report(name: str, reason: str) -> None:
    result = imported(panel(fieldConfig={"defaults": {"unit": name}}))

    assert reason in result.outcomes[0].reasons


def test_the_unit_of_a_column_without_a_counterpart_is_named_too() -> None:
    override = {"matcher": {"id": "byName", "options": "Value"}, "properties": [{"id": "unit", "value": "furlongs"}]}
    table = panel("sum by (job) (up)", "table", fieldConfig={"defaults": {}, "overrides": [override]})

    assert "The unit “furlongs” is not known: numbers have none." in imported(table).outcomes[0].reasons
