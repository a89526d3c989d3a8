"""Tells the story: a line a step, with the time, who did what, and whether it went as it must."""

import os
import sys

import click

from remit.cli.output import printable
from remit.kernel.clock import Clock

_COLOURS = {
    "ada": "cyan",
    "alice": "yellow",
    "crm": "white",
    "desk": "white",
    "forger": "magenta",
    "log": "white",
    "remit": "blue",
    "thief": "magenta",
}


class Teller:
    """Prints lines, and remembers what did not go as it must."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.failures: list[str] = []
        self._expected = 0

    def title(self, said: str) -> None:
        """A new part of the story."""
        click.echo()
        self._say(click.style(said, bold=True))

    def tell(self, who: str, said: str) -> None:
        """Something happened that is not itself a promise."""
        self._say(f"{self._time()}  {self._name(who)}  {said}")

    def expect(self, who: str, said: str, held: bool, seen: object = "") -> None:
        """Something that must be so: told as seen, and remembered where it is not so."""
        self._expected += 1
        mark = click.style("ok", fg="green") if held else click.style("NOT SO", fg="red", bold=True)
        shown = f": {_short(seen)}" if seen else ""
        self._say(f"{self._time()}  {self._name(who)}  {said}{shown}  {mark}")
        if not held:
            self.failures.append(printable(f"{said}: {seen}"))

    def end(self) -> bool:
        """Say what came of it all; whether all of it was so."""
        click.echo()
        for failure in self.failures:
            self._say(click.style(f"NOT SO: {failure}", fg="red"))
        held = self._expected - len(self.failures)
        seconds = self._clock.monotonic() - self._began
        # A story in which nothing was promised has not kept its promises.
        is_told = self._expected > 0 and not self.failures
        said = "All of it happened" if is_told else "Not all of it happened"
        self._say(click.style(f"{said}: {held} of {self._expected}, in {seconds:.1f} s", bold=True))
        return is_told

    def _name(self, who: str) -> str:
        return click.style(f"{who:<6}", fg=_COLOURS.get(who))

    def _time(self) -> str:
        return click.style(f"{self._clock.monotonic() - self._began:6.2f}s", dim=True)

    def _say(self, line: str) -> None:
        click.echo(line, color=self._coloured)


def _short(seen: object) -> str:
    text = printable(" ".join(str(seen).split()))
    return text if len(text) <= 90 else text[:87] + "..."
