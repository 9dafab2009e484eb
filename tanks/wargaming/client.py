"""Sending requests to one realm: paced, retried where that can help, suspended where it cannot."""

import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from tanks.wargaming import answers, methods, transport
from tanks.wargaming.answers import AccountInfo, ClanInfo, ListedAccount, Login, TankStatistic, VehiclePage
from tanks.wargaming.batches import Answers, fetch_in_batches
from tanks.wargaming.breaker import Breaker, BreakerReason, BreakerState
from tanks.wargaming.envelope import Envelope, open_envelope
from tanks.wargaming.errors import (
    BadAnswerError,
    NotConfiguredError,
    SourceUnavailableError,
    WargamingError,
)
from tanks.wargaming.methods import MOST_IDS, Request
from tanks.wargaming.pacing import Pacer

T = TypeVar("T")
Keep = Callable[[Request, Envelope], object]

logger = logging.getLogger(__name__)

# Ten times the catalogue: a source that never comes to an end must not keep a worker for ever.
MOST_PAGES: Final = 100
_FIRST_DELAY_SECONDS: Final = 1.0


class Client:
    """Wargaming's API of one realm, for one application; not to be shared between threads.

    Every method raises WargamingError and nothing else, except ValueError for batches of an impossible size. `calls`
    counts the requests that were sent, `bytes` what their answers took on the wire, and `faults` names the parts of
    answers that could not be read. `timeout` is for connecting and for each silence, `longest_seconds` for a whole answer.
    Close it.

    `keep` is called once with each request that was answered and the answer, after it was read without error; never for
    a request with an access token. An OSError of `keep` is logged and the answer still counts; others go through.
    """

    def __init__(
        self,
        realm_url: str,
        application_id: str,
        *,
        pacer: Pacer,
        breaker: Breaker,
        timeout: tuple[float, float] = (5.0, 20.0),
        longest_seconds: float = 60.0,
        attempts: int = 3,
        keep: Keep | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._realm_url = transport.checked_realm(realm_url)
        self._application_id = application_id.strip()
        if not (
            self._application_id.isascii() and self._application_id.isprintable() and self._application_id
        ):
            raise NotConfiguredError("The application id is missing, or is none.")
        self._pacer = pacer
        self._breaker = breaker
        self._session = transport.open_session(self._realm_url)
        self._timeout = timeout
        self._longest_seconds = longest_seconds
        self._attempts = max(1, attempts)
        self._keep = keep
        self._sleep = sleep
        self.calls = 0
        self.bytes = 0
        self.faults: list[str] = []

    def close(self) -> None:
        self._session.close()

    def breaker_state(self) -> BreakerState:
        """Return whether requests are suspended, why and for how long; sends nothing to the API."""
        return self._breaker.state()

    def probe_now(self) -> None:
        """Send the next request although earlier ones got no answer; for a person who asks, not for a schedule."""
        self._breaker.probe_now()

    def clans_info(self, clan_ids: Iterable[int]) -> Answers[ClanInfo]:
        """Fetch clans with their members, a hundred a request."""
        return self._by_id(clan_ids, MOST_IDS, methods.clans_info, answers.clans)

    def account_info(
        self, account_ids: Iterable[int], *, access_token: str | None = None
    ) -> Answers[AccountInfo]:
        """Fetch players, a hundred a request; with a player's token also that player's garage."""
        request = partial(methods.account_info, access_token=access_token)
        return self._by_id(account_ids, MOST_IDS, request, answers.accounts)

    def account_list(self, name: str, *, is_whole: bool) -> tuple[ListedAccount, ...]:
        """Fetch the players, a hundred at most, who bear a nickname, or one that begins like this."""
        request = methods.account_list(name, is_whole=is_whole)
        return self._fetch(request, lambda envelope: answers.account_list(envelope.data, self.faults))

    def account_clans(self, account_ids: Iterable[int]) -> Answers[ListedAccount]:
        """Fetch in which clans players are, a hundred a request."""
        return self._by_id(account_ids, MOST_IDS, methods.account_clans, answers.account_clans)

    def account_tanks(
        self, account_ids: Iterable[int], batch: int = 25
    ) -> Answers[tuple[TankStatistic, ...]]:
        """Fetch every vehicle that players ever fought in, `batch` (1 to 100) players a request.

        About 80 bytes a vehicle before compression: a hundred players are some 2.4 MB.
        """
        return self._by_id(account_ids, batch, methods.account_tanks, answers.tanks)

    def catalogue_version(self) -> str:
        """Fetch what differs whenever the catalogue has changed; empty if the API names none."""
        return self._fetch(
            methods.encyclopedia_info(),
            lambda envelope: answers.catalogue_version(envelope.data, self.faults),
        )

    def vehicles(self) -> Iterator[VehiclePage]:
        """Fetch the catalogue page by page, each page once, until the last one as the newest page counts them."""
        for number in range(1, MOST_PAGES + 1):
            page = self._vehicle_page(number)
            yield page
            listed = len(page.vehicles) + len(page.unreadable)
            is_last = listed != methods.PAGE_SIZE if page.pages is None else number >= page.pages
            if is_last:
                return
        raise BadAnswerError(f"The catalogue of vehicles has no end after {MOST_PAGES} pages.")

    def login(self, redirect_uri: str) -> str:
        """Fetch the address at which a player signs in, who then comes back to `redirect_uri`; it is not checked."""
        return self._fetch(methods.login(redirect_uri), lambda envelope: answers.location(envelope.data))

    def logout(self, access_token: str) -> None:
        """Have a token forgotten; sent once, never retried."""
        self._fetch(methods.logout(access_token), lambda _envelope: None)

    def prolongate(self, access_token: str) -> Login:
        """Exchange a player's token for a new one, which proves whose it is; sent once, never retried."""
        return self._fetch(methods.prolongate(access_token), lambda envelope: answers.login(envelope.data))

    def _vehicle_page(self, number: int) -> VehiclePage:
        return self._fetch(
            methods.encyclopedia_vehicles(number),
            lambda envelope: answers.vehicle_page(envelope.data, envelope.meta, number, self.faults),
        )

    def _by_id(
        self,
        ids: Iterable[int],
        size: int,
        request: Callable[[tuple[int, ...]], Request],
        read: Callable[[Any, list[str]], Mapping[int, T | None]],
    ) -> Answers[T]:
        return fetch_in_batches(
            ids,
            size,
            lambda batch: self._fetch(request(batch), lambda envelope: read(envelope.data, self.faults)),
        )

    def _fetch(self, request: Request, read: Callable[[Envelope], T]) -> T:
        """Send, read, keep: what cannot be read is not worth keeping."""
        if request.access_token and not transport.keeps_secrets(self._realm_url):
            raise NotConfiguredError(
                "An access token goes to another machine by https only: write the realm's address with https://."
            )
        envelope = self._send(request)
        answer = read(envelope)
        if self._keep is not None and not request.access_token:
            try:
                self._keep(request, envelope)
            except OSError as error:
                logger.warning("The answer of %s could not be archived: %s", request.path, error)
        return answer

    def _send(self, request: Request) -> Envelope:
        attempts_left = self._attempts if request.repeatable else 1
        delay = _FIRST_DELAY_SECONDS
        while True:
            # The turn comes first: who waited for it while others opened the circuit must not send any more.
            self._pacer.wait()
            probe = self._breaker.enter()
            attempts_left -= 1
            try:
                return self._exchange(request, probe)
            except WargamingError as error:
                if not error.may_retry or not attempts_left:
                    raise
                logger.warning("Trying %s again after: %s", request.path, error)
            self._sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 - spreads retries, guards nothing
            delay *= 2

    def _exchange(self, request: Request, probe: int) -> Envelope:
        """Send once, and report to the breaker how it went."""
        try:
            envelope = self._transfer(request)
        except WargamingError as error:
            self._report(request, probe, error)
            raise
        self._report(request, probe, None)
        return envelope

    def _report(self, request: Request, probe: int, error: WargamingError | None) -> None:
        # The answer counts although the breaker could not note it: a new token must not get lost over that.
        with contextlib.suppress(SourceUnavailableError):
            if isinstance(error, SourceUnavailableError):
                self._breaker.failed(probe, BreakerReason.NO_ANSWER, request.path)
            elif isinstance(error, NotConfiguredError):
                self._breaker.failed(probe, BreakerReason.NOT_CONFIGURED, request.path)
            else:
                self._breaker.answered(probe)

    def _transfer(self, request: Request) -> Envelope:
        self.calls += 1
        received = transport.transfer(
            self._session,
            request.verb,
            f"{self._realm_url}/wot/{request.path}/",
            request.all_parameters(self._application_id),
            timeout=self._timeout,
            longest_seconds=self._longest_seconds,
        )
        self.bytes += received.wire_bytes
        secrets = (self._application_id, *filter(None, [request.access_token]))
        return open_envelope(received.status, received.body, request.ids, secrets)
