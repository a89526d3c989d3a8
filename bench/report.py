"""The figures as tables, as JSON, and against the floors that the project has set itself."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from bench import machine
from bench.growth import Size
from bench.parts import Cost
from bench.scenarios import BEARER, DIRECT, GOVERNED, SCENARIOS, TOKENS, Measured, Spread, spread

_RATES = {GOVERNED: 1200.0, BEARER: 2500.0, TOKENS: 1000.0}
# Below this, neighbours had a part of the server's core, and rates say as much of them.
_OWN_CORE = 0.9
_ADDED_MS = 1.2
_MIB = 120.0
_MIB_AGENTS = 1000
_FIRST_CALL_SECONDS = 1.5
# How much more a decision may cost for the most agents than for the fewest: the noise.
_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Floor:
    """One promise, what was measured, and whether it holds."""

    promise: str
    measured: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run has measured."""

    measured: Measured
    growth: list[Size] = field(default_factory=list)
    parts: list[Cost] = field(default_factory=list)

    def floors(self) -> list[Floor]:
        """The floors, of what was measured: rates by the median round, latency likewise."""
        found = [self._rate(name, floor) for name, floor in _RATES.items()]
        added = self._median(GOVERNED) - self._median(DIRECT)
        found.append(
            Floor(
                f"a governed write adds less than {_ADDED_MS} ms at one connection (p50)",
                f"{added:.2f} ms",
                added < _ADDED_MS,
            )
        )
        return [*found, *self._growth_floors()]

    def _rate(self, name: str, floor: float) -> Floor:
        figures = self.measured[name]
        rate, share = spread(figures.rates).median, spread(figures.shares).median
        measured = f"{rate:,.0f}/s"
        if share < _OWN_CORE:
            whole = 1e6 / spread(figures.cpu).median
            measured += f" with {share:.0%} of the core ({whole:,.0f}/s of a whole one)"
        return Floor(f"{name}: at least {floor:,.0f}/s", measured, rate >= floor)

    def _median(self, name: str) -> float:
        return spread(self.measured[name].alone).median

    def _growth_floors(self) -> Iterable[Floor]:
        for size in self.growth:
            if size.agents == _MIB_AGENTS:
                yield Floor(
                    f"resident memory under {_MIB:.0f} MiB with {_MIB_AGENTS:,} agents",
                    f"{size.loaded_mib:.0f} MiB after load",
                    size.loaded_mib < _MIB,
                )
                yield Floor(
                    f"from start to the first served call under {_FIRST_CALL_SECONDS} s",
                    f"{size.first_call:.2f} s with {size.agents:,} agents",
                    size.first_call < _FIRST_CALL_SECONDS,
                )
        if len(self.growth) > 1:
            first, last = self.growth[0], self.growth[-1]
            times = last.decision.least / first.decision.least
            yield Floor(
                "a decision costs the same however many agents there are",
                f"{times:.2f} times for {last.agents:,} what it is for {first.agents:,}",
                times < _GROWTH,
            )

    def as_json(self) -> str:
        whole = {
            "machine": machine.describe_machine(),
            "scenarios": {name: asdict(figures) for name, figures in self.measured.items()},
            "growth": [asdict(size) for size in self.growth],
            "parts": [asdict(cost) for cost in self.parts],
            "floors": [asdict(floor) for floor in self.floors()],
        }
        return json.dumps(whole, indent=2)

    def as_text(self) -> str:
        """What a person reads."""
        blocks = [machine.describe_machine(), self._scenarios()]
        if self.growth:
            blocks.append(self._growth())
        if self.parts:
            blocks.append(self._parts())
        blocks.append(
            _table(
                ("floor", "measured", ""),
                [(f.promise, f.measured, "holds" if f.holds else "MISSED") for f in self.floors()],
            )
        )
        return "\n\n".join(blocks)

    def _scenarios(self) -> str:
        rows = []
        for name in SCENARIOS:
            figures = self.measured[name]
            rate, cpu = spread(figures.rates), spread(figures.cpu)
            alone = spread(figures.alone)
            added = alone.median - self._median(DIRECT)
            rows.append(
                (
                    name,
                    _tell(rate, ",.0f"),
                    ""
                    if name == DIRECT
                    else f"{cpu.least:.0f} / {cpu.median:.0f} / {cpu.most:.0f}",
                    f"{alone.least:.2f} / {alone.median:.2f} / {alone.most:.2f}",
                    "" if name == DIRECT else f"{added:.2f}",
                    f"{spread(figures.alone_p99).median:.2f}",
                    f"{spread(figures.loaded_p50).median:.1f}",
                    f"{spread(figures.loaded_p99).median:.1f}",
                )
            )
        heads = (
            "least / median / most of the rounds", "requests/s", "server CPU us", "p50 ms alone",
            "added", "p99 alone", "p50 loaded", "p99 loaded",
        )  # fmt: skip
        return _table(heads, rows)

    def _growth(self) -> str:
        heads = (
            "agents", "listening s", "first call s", "MiB idle", "MiB loaded", "call CPU us",
            "token CPU us", "decision us",
        )  # fmt: skip
        rows = [
            (
                f"{size.agents:,}",
                f"{size.start:.2f}",
                f"{size.first_call:.2f}",
                f"{size.idle_mib:.0f}",
                f"{size.loaded_mib:.0f}",
                f"{size.call_cpu:.0f}",
                f"{size.token_cpu:.0f}",
                _tell(size.decision, ".0f"),
            )
            for size in self.growth
        ]
        return _table(heads, rows)

    def _parts(self) -> str:
        rows = [
            (cost.name, f"{cost.least:.1f}", f"{cost.median:.1f}", f"{cost.most:.1f}")
            for cost in self.parts
        ]
        return _table(("a part, alone", "least us", "median us", "most us"), rows)


def _tell(figure: Spread, form: str) -> str:
    return " / ".join(format(each, form) for each in (figure.least, figure.median, figure.most))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    lines = []
    for row in (heads, *rows):
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells.extend(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * sum((*widths, 2 * len(widths) - 2)))
    return "\n".join(lines)
