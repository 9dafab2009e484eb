"""Forms of game servers' setting up: a server, and the places on its host in friendly fields with their secret."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from face.parts import Text
from territory.models import BanList, GameServer, LogSource
from territory.models.server import Platform
from territory.points import parse_metres
from territory.reach import HostError
from territory.reach.battleye import RconAddress
from territory.reach.ftp import FtpAddress
from territory.rules.maps import MAPS

_HOST = re.compile(r"[\w.-]+")
_HOST_IN_ADDRESS = re.compile(r"(?:\w+://)?(?:[^/]*@)?([\w.-]*)")
_FTP_PORT = 21


class Offered(forms.TextInput):
    """A text field that offers some values and takes any other."""

    def __init__(self, offered: Mapping[str, str], **attrs: str) -> None:
        super().__init__(attrs)
        self._offered = offered

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        list_id = f"offered-{name}"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self._offered.items())
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


def known_maps() -> dict[str, str]:
    """Return the known maps with their titles and sizes."""
    return {key: f"{known.title} · {known.side_m:.0f} m" for key, known in MAPS.items()}


class ServerForm(forms.ModelForm):  # type: ignore[type-arg] # takes no type argument at run time
    """A new game server. It observes at first, and its name in addresses is made of its name."""

    map_size_m = forms.CharField(
        label=gettext_lazy("Length of its sides"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("In metres, for a map that is not in the list only."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )

    class Meta:
        model = GameServer
        fields = ("name", "platform", "map", "map_size_m", "time_zone")
        widgets = {
            "map": Offered(known_maps(), autocomplete="off"),
            "time_zone": Offered(dict.fromkeys(sorted(available_timezones()), ""), autocomplete="off"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self.fields["name"].required = self.fields["platform"].required = True
        platform = cast("forms.ChoiceField", self.fields["platform"])
        platform.choices = [
            ("", _("Choose")),
            *((value, label) for value, label in Platform.choices if value),
        ]
        platform.help_text = _("On consoles a gamertag names one player, on PC only the player id does.")
        self.fields["time_zone"].help_text = _(
            "That of the host's clock, such as America/Sao_Paulo. If you do not know it, leave it: the test says what fits."
        )

    def clean_map_size_m(self) -> float | None:
        text = self.cleaned_data["map_size_m"]
        size_m = parse_metres(text) if text else None
        if text and size_m is None:
            raise ValidationError(_("Write metres, such as 12800."))
        return size_m

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        self.instance.slug = free_slug(name)
        self.instance.mode = GameServer.Mode.OBSERVE
        return name


def free_slug(name: str) -> str:
    """Return a name for addresses that no game server has."""
    stem = slugify(name)[:40].strip("-") or "server"
    used = set(GameServer.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(used) + 3))
    return stem if stem not in used else next(slug for slug in numbered if slug not in used)


class PlaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A place on a game server's host, with its address in fields of their own and its secret, which is never shown.

    Subclasses put the address together and take it apart.
    """

    # The field beside which an error of the address stands.
    main = "address_text"
    secret_label: Text = gettext_lazy("Password")
    needs_secret = True
    is_composed = False
    new_secret = forms.CharField(
        max_length=1000,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self._stored_address = self.instance.address
        self.is_list = isinstance(self.instance, BanList)
        self.is_new = self.instance.pk is None
        if self.instance.address:
            with suppress(HostError):  # an address that nobody can read is typed anew
                self.initial.update(self.split(self.instance.address))
        secret = self.fields["new_secret"]
        secret.label = str(self.secret_label)
        secret.help_text = (
            _("It is stored sealed and shown to nobody.")
            if self.is_new
            else _(
                "Left blank, it stays as it is. If the address changes, it is typed again: no other host is told it."
            )
        )
        if not self.needs_secret:
            del self.fields["new_secret"]

    def split(self, address: str) -> dict[str, Any]:
        """Return the fields of an address."""
        return {self.main: address}

    def compose(self, given: Mapping[str, Any]) -> str:
        """Return the address of the fields."""
        return str(given[self.main]).strip()

    def clean(self) -> dict[str, Any]:
        """Put the address together; a new one needs its secret."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self.instance.address, self.is_composed = self.compose(given), True
        is_moved = self.instance.address != self._stored_address
        if self.needs_secret and (self.is_new or is_moved) and not given.get("new_secret"):
            words = _("Type it.") if self.is_new else _("Type it: a new address needs it anew.")
            self.add_error("new_secret", words)
        return given

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Store the secret that was typed; without one, the address and its secret are the stored ones."""
        if typed := self.cleaned_data.get("new_secret"):
            self.instance.secret, self.instance.secret_ends_at = typed, None
        return super().save(commit)

    def _post_clean(self) -> None:
        """Check the row as a whole; its errors stand beside the field that says most of its address."""
        if self.is_composed:
            try:
                self.instance.full_clean()
            except ValidationError as error:
                self.add_error(self.main, error.messages)


class PathForm(PlaceForm):
    """A folder or a file of the machine on which this site runs."""

    needs_secret = False
    address_text = forms.CharField(label=gettext_lazy("Path"), max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.main].help_text = (
            _("The whole path of the game's ban.txt, such as /game/ban.txt.")
            if self.is_list
            else _("The whole path of the folder with the .ADM files, such as /game/profiles.")
        )
        roots = ", ".join(str(root) for root in settings.GAME_FILES_ROOTS)
        self.fields[self.main].help_text += " " + _("It lies below one of these folders: %(roots)s.") % {
            "roots": roots
        }


class NitradoForm(PlaceForm):
    """A service at Nitrado."""

    main = "number"
    secret_label = gettext_lazy("Long-life token")
    number = forms.CharField(
        label=gettext_lazy("Number of the service"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("It stands in the address of the server's page at Nitrado."),
    )
    folder = forms.CharField(
        label=gettext_lazy("Folder of the logs"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Blank: the folder “config” of the game, where consoles and PC have them."),
    )
    field_order = ("number", "new_secret", "folder")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_list:
            del self.fields["folder"]
        if self.is_new:
            self.fields["new_secret"].help_text = _(
                "You make it in your account at Nitrado, with the scope “service”. One does for the log and the ban list. It is "
                "stored sealed and shown to nobody."
            )

    def split(self, address: str) -> dict[str, Any]:
        number, slash, folder = address.partition("/")
        return {"number": number, "folder": slash + folder}

    def compose(self, given: Mapping[str, Any]) -> str:
        folder = str(given.get("folder") or "").strip().strip("/")
        return str(given["number"]).strip() + (f"/{folder}" if folder else "")


class HostForm(PlaceForm):
    """A place at a host's port."""

    main = "host"
    host = forms.CharField(
        label=gettext_lazy("Host"),
        max_length=255,
        widget=forms.TextInput({"autocomplete": "off", "placeholder": "game.example.com"}),
    )
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535)
    field_order = ["host", "port", "new_secret"]

    def clean_host(self) -> str:
        """Refuse a whole address, and show only its host again: it may hold a password."""
        host: str = self.cleaned_data["host"].strip()
        if _HOST.fullmatch(host):
            return host
        known = _HOST_IN_ADDRESS.match(host)
        typed = cast("QueryDict", self.data).dict()
        self.data = {**typed, "host": known[1] if known else ""}
        raise ValidationError(
            _("Write the name alone, such as game.example.com: the rest of an address has fields of its own.")
        )


class RconForm(HostForm):
    """BattlEye's RCON of a PC server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["port"].help_text = _(
            "RConPort in BEServer_x64.cfg. The password is RConPassword there, and RestrictRCon must be 0."
        )

    def split(self, address: str) -> dict[str, Any]:
        return asdict(RconAddress.parse(address))

    def compose(self, given: Mapping[str, Any]) -> str:
        return f"battleye://{given['host']}:{given['port']}"


class FtpForm(HostForm):
    """A folder of logs, or a ban.txt, on an FTP server."""

    user = forms.CharField(
        label=gettext_lazy("User"), max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )
    path = forms.CharField(label=gettext_lazy("Path"), required=False, max_length=500)
    must_encrypt = forms.BooleanField(
        label=gettext_lazy("FTPS only: nothing goes over the network in the clear"), required=False
    )
    field_order = ["host", "port", "user", "new_secret", "path", "must_encrypt"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["port"].initial = _FTP_PORT
        path = self.fields["path"]
        path.required = self.is_list
        path.label = _("File") if self.is_list else _("Folder")
        path.help_text = (
            _("The game's ban.txt with its folder, such as /ban.txt.")
            if self.is_list
            else _("Blank: the usual folders of hosts are looked through for .ADM files.")
        )

    def split(self, address: str) -> dict[str, Any]:
        place = FtpAddress.parse(address)
        return asdict(place) | {"path": "" if place.path == "/" else place.path}

    def compose(self, given: Mapping[str, Any]) -> str:
        scheme = "ftps" if given["must_encrypt"] else "ftp"
        port = "" if given["port"] == _FTP_PORT else f":{given['port']}"
        path = quote(given["path"].strip().lstrip("/"))
        return f"{scheme}://{quote(given['user'], safe='')}@{given['host']}{port}/{path}"


_FORMS: Mapping[str, type[PlaceForm]] = {
    "folder": PathForm,
    "file": PathForm,
    "ftp": FtpForm,
    "nitrado": NitradoForm,
    "battleye": RconForm,
}


def place_form(place: LogSource | BanList, data: Any = None) -> PlaceForm:
    """Return the form of a place by its kind."""
    form = forms.modelform_factory(type(place), form=_FORMS[place.kind], fields=[])
    return cast("PlaceForm", form(data, instance=place))
