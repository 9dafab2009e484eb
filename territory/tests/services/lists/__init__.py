"""Ban lists that others share: what stands on them after each step."""

from collections.abc import Callable

from territory.models import Ban

# Ban a player by name, or lift a ban, and carry it out.
BanPlayer = Callable[..., Ban]
LiftBan = Callable[[Ban], None]
