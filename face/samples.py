"""Invented values for the page that shows every part in every state."""

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from face.charts import Series, bar_chart, heat, share
from face.game_maps import GameMap
from face.maps import Circle, Measure, Point, small_map
from face.parts import Chip, Column, Entry, Message, Stat, Step

_LONG = "xX_Bigode_de_Aço_da_Fronteira_Norte_2026_Xx"
_BADGES = SafeString('<span><span class="mastery m4">M</span><b>207</b></span>')
_NATIONS = ("ussr", "germany", "usa", "uk", "france", "china", "japan", "sweden", "poland", "czech", "italy")
_CIRCLES = (
    Circle(5045, 3000, 100, name="Fortaleza Norte"),
    Circle(5045, 3000, 110, css="b-margin"),
    Circle(4850, 3120, 80, css="b-clan", name=_LONG),
    Circle(5230, 2880, 60, css="b-other", name="שלום עולם"),
)
_POINTS = (
    Point(5084, 3022, "invasion", "Sgt Farofa"),
    Point(5010, 2990, "allowed"),
    Point(5100, 2960, "forbidden"),
    Point(5045, 3080, "review"),
    Point(4960, 2900, "observed", "<b>Zé</b>"),
    Point(5180, 3100, "cluster", count=1204),
)


def of_parts(now: datetime) -> dict[str, Any]:
    """Return what the templates of the parts need, seen from `now`."""
    yesterday = now - timedelta(days=1)
    return _drawings() | {
        "columns": [
            Column(_("Player")),
            Column(_("Item"), url="?sort=item", aria_sort="descending"),
            Column(_("When"), css="num"),
        ],
        "rows": [
            ("Sgt Farofa", "FenceKit", now),
            (_LONG, "ShelterKit", yesterday),
            ("שלום עולם", "LargeTent", yesterday),
        ],
        "sizes": [Chip(str(size), f"?size={size}", is_chosen=size == 25) for size in (25, 50, 100)],
        "page": Paginator(range(54), 10).page(2),
        "figures": [
            Stat(_("Invasions in 7 days"), 12, change=-5),
            Stat(_("Placements judged"), 48210),
            Stat(_("Win rate"), "53,1%", note=_("wins divided by battles")),
            Stat(_("Rating"), None, note=_("too early to say")),
            Stat(_("Mastery"), _BADGES, note=_("a value that is drawn"), css="full"),
        ],
        "chips": [
            Chip(_("All"), "?", 54, is_chosen=True),
            Chip(_("Invasion"), "?kind=invasion", 41, icon="v-invasion"),
            Chip(_("Forbidden item"), "?kind=forbidden", 13, icon="v-forbidden"),
        ],
        "chosen": [Chip("Tier VIII", "?"), Chip("Tier X", "?"), Chip(_("20 battles or more"), "?")],
        "steps": [
            Step(_("Is the item forbidden?"), _("No")),
            Step(_("Does it lie in a base?"), _("Yes"), _("45.0 m from the centre, radius 100 m")),
            Step(_("None of these: is it an invasion?"), _("Ban"), kind="invasion"),
            Step(_("A step that was not asked")),
        ],
        "entries": [
            Entry(now, "Sgt Farofa · Fortaleza Norte", "FenceKit, 45 m", "invasion", url="#"),
            Entry(yesterday, "PicaPauVerde [SERTA]", kind="lifted", icon="user-plus"),
        ],
        "facts": [(_("Player"), "Sgt Farofa"), (_("Item"), "FenceKit"), (_("Distance"), "45,0 m")],
        "conversation": [
            Message("Sgt Farofa", yesterday, "Fui chamado pra ajudar na cerca."),
            Message("Ju Sniper", now, "Oi! Perguntei pro dono.", is_staff=True),
        ],
    }


def _drawings() -> dict[str, Any]:
    """Return what is drawn, and the kinds of states and vehicles."""
    invasions, forbidden = [1, 3, 0, 5, 2, 2, 6, 0, 1, 4], [1, 0, 0, 1, 0, 2, 1, 0, 0, 1]
    series = [
        Series(_("Invasions"), "bar-inv", invasions),
        Series(_("Forbidden items"), "bar-for", forbidden),
    ]
    place: dict[str, Any] = {"x": 5045, "z": 3000, "circles": _CIRCLES, "points": _POINTS}
    label = _("A base of 100 metres and an invasion 45 metres from its centre")
    measure = Measure(5045, 3000, 5084, 3022, "45,0 m")
    return {
        "chart": bar_chart(
            _("Infractions by day"),
            series,
            days=[str(day) for day in range(1, 11)],
            ticks=["1", "5", "10"],
            line=Series(_("30 days before"), "ln thin", invasions[::-1]),
        ),
        "heat": heat(
            _("Invasions by weekday and hour"),
            {(5, 22): 12, (4, 21): 7, (6, 20): 4, (0, 3): 1},
            weekdays=[str(name) for name in WEEKDAYS.values()],
            short=[str(name) for name in WEEKDAYS_ABBR.values()],
        ),
        "ranking": [("Fortaleza Norte", 9, share(9, 9, "bar-inv")), (_LONG, 4, share(4, 9, "bar-inv"))],
        "map": small_map(label, width_m=300, measure=measure, **place),
        "live_map": GameMap(_("A map that people operate"), side_m=15_360, width_m=600, **place),
        "kinds": [
            ("allowed", _("Allowed")),
            ("invasion", _("Invasion")),
            ("forbidden", _("Forbidden item")),
            ("review", _("In review")),
            ("lifted", _("Lifted")),
            ("observed", _("Only observed")),
        ],
        "nations": [f"n-{nation}" for nation in _NATIONS],
        "types": ["t-light", "t-medium", "t-heavy", "t-td", "t-spg"],
    }
