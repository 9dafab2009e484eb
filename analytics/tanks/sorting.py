"""What the rows may be sorted by. What is not known stands last in either direction; every order is complete."""

from collections.abc import Mapping, Sequence

from django.db.models import Case, CharField, F, FloatField, IntegerField, Value, When
from django.db.models.expressions import Expression, OrderBy
from django.db.models.functions import Cast, Coalesce, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from tanks.wording import Text

DEFAULT_SORT = "-battles"
# In the order of the table's columns.
LABELS: Mapping[str, Text] = {
    "nation": _("Nation"),
    "type": _("Class"),
    "tier": _("Tier"),
    "vehicle": _("Vehicle"),
    "player": _("Player"),
    "battles": _("Battles"),
    "wins": _("Wins"),
    "win_rate": _("Win rate"),
    "mastery": _("Mastery"),
    "last_changed": _("Last change"),
}
# The first click on these shows the highest first.
FALLING_FIRST = frozenset({"tier", "battles", "wins", "win_rate", "mastery", "last_changed"})
SORTS = frozenset(LABELS) | {f"-{name}" for name in LABELS}

_NO_TEXT = Value("", output_field=CharField())
_COLUMNS: Mapping[str, Expression | F] = {
    # By the names of the clan's realm (`listing`), which are those shown. A vehicle without a name is shown by its number,
    # and stands last.
    "vehicle": Lower(
        Coalesce(
            NullIf("listing__short_name", _NO_TEXT),
            NullIf("listing__name", _NO_TEXT),
            NullIf("tank__short_name", _NO_TEXT),
            NullIf("tank__name", _NO_TEXT),
        )
    ),
    "player": Lower("player__nickname"),
    "tier": F("tank__tier"),
    "battles": F("battles"),
    "wins": F("wins"),
    "win_rate": Cast("wins", FloatField()) / NullIf(Cast("battles", FloatField()), Value(0.0)),
    "mastery": F("mark_of_mastery"),
    "last_changed": F("last_changed"),
}
_THEN: Mapping[str, Sequence[str]] = {"vehicle": ("tank_id",), "player": ("player_id",)}


def ordering(sort: str, *, nations: Sequence[str], types: Sequence[str]) -> list[OrderBy | str]:
    """Return what to order tanks by: `sort`, one of SORTS, then battles, then the row's own key.

    Nations and types follow the order in which they are given, which is that of their names to the reader.
    """
    name = sort.removeprefix("-")
    ranks = {"nation": ("tank__nation", nations), "type": ("tank__type", types)}
    column = _rank(*ranks[name]) if name in ranks else _COLUMNS[name]
    falls = sort.startswith("-")
    first = OrderBy(column, descending=falls, nulls_last=True)
    return [first, *_THEN.get(name, ()), *([] if name == "battles" else ["-battles"]), "pk"]


def _rank(column: str, keys: Sequence[str]) -> Case:
    whens = [When(**{column: key}, then=Value(rank)) for rank, key in enumerate(filter(None, keys))]
    return Case(*whens, default=Value(None), output_field=IntegerField())
