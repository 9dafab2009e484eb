"""Headers of every answer that Django's own middleware does not set."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# The site needs none of them, so nothing that gets into a page may ask for them.
_DENIED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media"),
    *("fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone"),
    *("midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _DENIED)
PERSONAL = "private, no-store"


class HeadersMiddleware:
    """Denies pages the device, and keeps the answers to signed-in people and to senders' tokens out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        answer["Permissions-Policy"] = PERMISSIONS_POLICY
        if _is_personal(request):
            answer.setdefault("Cache-Control", PERSONAL)
        return answer


def _is_personal(request: HttpRequest) -> bool:
    """Return whether the answer may hold what is one person's; a session that has ended counts, too."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
