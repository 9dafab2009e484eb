"""What a new password must be, in words that say what to do."""

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext


class LengthValidator(MinimumLengthValidator):
    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:  # noqa: ARG002 - Django's signature
        missing = self.min_length - len(password)
        if missing > 0:
            words = ngettext(
                "%(missing)d character is missing: use %(least)d or more.",
                "%(missing)d characters are missing: use %(least)d or more.",
                missing,
            )
            raise ValidationError(
                words % {"missing": missing, "least": self.min_length}, code="password_too_short"
            )
