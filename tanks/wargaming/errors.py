"""The errors of Wargaming's API and of the way to it.

No message, repr or attribute holds an application id or an access token.
"""

from typing import ClassVar


class WargamingError(Exception):
    """Anything that went wrong with a request to Wargaming; the message is English, for staff, as technical detail."""

    # Whether sending the same request again, a little later, can help.
    may_retry: ClassVar[bool] = False


class SourceUnavailableError(WargamingError):
    """The source, a part of it, or the way to it does not work now: keep what is stored and come back later.

    The circuit breaker counts them: when none of several methods answers, nobody asks any more for a while.
    """

    may_retry = True


class NoAnswerError(SourceUnavailableError):
    """Nothing came back that the API itself could have said: time-out, broken connection, HTTP 5xx, broken JSON.

    Behind repeated ones may stand a silent ban of the network in front of the API.
    """


class BadAnswerError(SourceUnavailableError):
    """The API answered in a shape we do not know; the same question would bring the same answer."""

    may_retry = False


class CircuitOpenError(SourceUnavailableError):
    """Nothing was sent: earlier requests failed so that nobody shall ask for another `retry_after_seconds`."""

    may_retry = False

    def __init__(self, reason: str, retry_after_seconds: float) -> None:
        super().__init__(reason, retry_after_seconds)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        return f"Requests are suspended for {self.retry_after_seconds:.0f} s: {self.reason}"


class RateLimitedError(WargamingError):
    """Too many requests: the API said so, or our own pacing would let the caller wait for too long."""

    may_retry = True


class BadAccountError(WargamingError):
    """The API refuses a whole batch because of some id in it."""


class NotConfiguredError(WargamingError):
    """Our application id or address is refused: stop everything until a person has changed the configuration."""


class ApiRefusedError(WargamingError):
    """Every other refusal; `code` and `message` are the API's own, `field` and `value` what it complains about.

    `value` is None where it might be a secret.
    """

    def __init__(
        self, code: int | None, message: str, field: str | None = None, value: str | None = None
    ) -> None:
        super().__init__(code, message, field, value)
        self.code = code
        self.message = message
        self.field = field
        self.value = value

    def __str__(self) -> str:
        about = f" (field {self.field}, value {self.value!r})" if self.field else ""
        return f"{self.code} {self.message}{about}"
