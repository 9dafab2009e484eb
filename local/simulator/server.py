"""Wargaming's stand-in on a socket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.simulator.serving import serving
from local.simulator.simulator import Simulator
from local.simulator.world import World


@contextmanager
def running(
    world: World,
    *,
    rate: float = 10.0,
    latency: float = 0.0,
    clock: Callable[[], float] | None = None,
    port: int = 0,
) -> Iterator[Simulator]:
    """Serve a world until the end of the block, at the simulator's `url`; port 0 takes a free one.

    The world's time stands still but for `advance`, unless a clock (such as time.time) moves it.
    """
    simulator = Simulator(world, rate=rate, latency=latency, clock=clock)
    with serving(simulator.answer, port=port) as simulator.url:
        try:
            yield simulator
        finally:
            simulator.clear()
