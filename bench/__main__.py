"""`make bench`: what a governed call costs. Under four minutes; with `--quick`, 40 seconds."""

import argparse
import sys

import uvloop

from bench import machine
from bench.growth import measure_growth
from bench.parts import Parts
from bench.report import Report
from bench.scenarios import BEARER, GOVERNED, TOKENS, Scenarios
from bench.site import Site
from bench.steps import profile

_PROFILED = {"governed": GOVERNED, "bearer": BEARER, "tokens": TOKENS}


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a floor is missed")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    parser.add_argument("--rounds", type=int, help="rounds of each scenario")
    parser.add_argument("--seconds", type=float, help="length of a round")
    parser.add_argument(
        "--profile",
        choices=tuple(_PROFILED),
        help="only show where the server's time goes in this scenario",
    )
    return parser.parse_args()


async def _profile(name: str) -> str:
    with Site() as site:
        site.start()
        site.apply()
        site.stop()
        return await profile(site, site.caller(), name, 5.0)


async def _measure(arguments: argparse.Namespace) -> Report:
    quick = arguments.quick
    rounds = arguments.rounds or (2 if quick else 6)
    seconds = arguments.seconds or (1.0 if quick else 2.0)
    with Site() as site:
        site.start()
        site.apply()
        caller = site.caller()
        await caller.learn_nonce()
        measured = await Scenarios(site, caller).measure(rounds, seconds)
        tokens = (await caller.fetch_bearer(), await caller.fetch_bound())
        site.stop()
        with machine.on_core(machine.SERVER_CORE):
            parts = await Parts(site, caller, tokens).measure(3 if quick else 7)
        sizes = (10, 1000) if quick else (10, 1000, 10_000)
        growth = await measure_growth(site, caller, sizes)
    return Report(measured, growth, parts)


def _main() -> int:
    arguments = _read_arguments()
    machine.pin(machine.LOAD_CORE)
    if arguments.profile:
        print(uvloop.run(_profile(_PROFILED[arguments.profile])))
        return 0
    report = uvloop.run(_measure(arguments))
    print(report.as_json() if arguments.output == "json" else report.as_text())
    missed = [floor for floor in report.floors() if not floor.holds]
    return 1 if missed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(_main())
