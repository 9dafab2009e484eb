"""What a visitor sees first: the site's figures, and a drawing of an invented base. A real place never stands there."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.home.figures import SiteFigures
from face.maps import Circle, Point, small_map
from face.parts import Column, Stat

NEWEST_COLUMNS = (
    Column(gettext_lazy("Player")),
    Column(gettext_lazy("Infraction")),
    Column(gettext_lazy("When"), css="num"),
)


def strip(figures: SiteFigures) -> list[Stat]:
    """Return the strip of the site's figures."""
    change = figures.infractions_week - figures.infractions_week_before
    return [
        Stat(_("Protected bases"), figures.active_bases),
        Stat(_("Placements judged"), figures.placements_judged),
        Stat(_("Infractions in 7 days"), figures.infractions_week, change=change, is_good=change < 0),
        Stat(_("Bans lifted by staff"), figures.bans_lifted, note=_("of %(all)d") % {"all": figures.bans}),
    ]


def hero_map() -> SafeString:
    """Return the map of a base of 100 m with three permitted items and an invasion."""
    permitted = [Point(5031, 3040, "allowed"), Point(5010, 2975, "allowed"), Point(5062, 2969, "allowed")]
    return small_map(
        _("A base of 100 metres and an invasion 45 metres from its centre"),
        x=5120,
        z=3002,
        width_m=440,
        size=(560, 340),
        circles=[Circle(5045, 3000, 100, name="Fortaleza Norte")],
        points=[Point(5084, 3022, "invasion"), *permitted],
    )
