"""Check the picture that staff hand over as the community's logo."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST_LOGO = 100_000  # bytes
# Kinds of pictures by their first bytes. SVG is missing on purpose: it may hold scripts.
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


def type_of_logo(picture: bytes) -> str:
    """Return the media type of a picture; raise ValidationError if it is none of ours or too large."""
    if len(picture) > LARGEST_LOGO:
        raise ValidationError(
            _("The logo may have at most 100 kB: save it smaller, for instance 128 by 128 points.")
        )
    for start, media_type in _KINDS:
        if picture.startswith(start) and (start != b"RIFF" or picture[8:12] == b"WEBP"):
            return media_type
    raise ValidationError(_("The logo must be a PNG, JPEG or WebP picture."))
