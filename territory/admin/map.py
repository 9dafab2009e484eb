"""The map on a base's page: the base among the bases around it, drawn as on the site's other pages, and a list of them."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from common.admin.parts import clipped, page_link
from face.maps import Circle, small_map
from territory.models import Base
from territory.models.base import MAX_RADIUS_M
from territory.rules.geometry import distance_m

REACH_M = 1000.0  # from the centre to each side of the picture
MOST_NEIGHBOURS = 40  # the nearest
_SIDE = 576  # units of the drawing
_LONGEST_NAME = 24


def draw(base: Base) -> str:
    """Return the map of a base, saved or not, safe for HTML; blank while the base has no place on a server."""
    if None in {base.server_id, base.x, base.z, base.radius_m}:  # a refused form may have left gaps
        return ""
    near = _neighbours(base)
    drawing = small_map(
        _("Map around “%(name)s”, 2,000 m wide, north is up") % {"name": clipped(base.name, _LONGEST_NAME)},
        x=base.x,
        z=base.z,
        width_m=2 * REACH_M,
        circles=[*(_circle(one, _look(one, base)) for one in near), _circle(base, "b-edit")],
        size=(_SIDE, _SIDE),
    )
    lines = format_html_join("", "<li>{}</li>", ((_in_words(one, base),) for one in near))
    nobody = _("No other base in force within 1,000 m.")
    caption = format_html("<ul>{}</ul>", lines) if near else nobody
    return format_html('<figure class="base-map">{}<figcaption>{}</figcaption></figure>', drawing, caption)


def _neighbours(base: Base) -> Sequence[Base]:
    """Return the bases in force whose circle comes into the picture, nearest first. One query."""
    reach = REACH_M + MAX_RADIUS_M
    near = (
        Base.objects.active_at(timezone.now())
        .filter(server=base.server_id, x__range=(base.x - reach, base.x + reach))
        .filter(z__range=(base.z - reach, base.z + reach))
        .exclude(pk=base.pk)
        .select_related("owner")
    )
    in_reach = [one for one in near if _distance(one, base) - one.radius_m <= REACH_M]
    return sorted(in_reach, key=lambda one: _distance(one, base))[:MOST_NEIGHBOURS]


def _look(base: Base, subject: Base) -> str:
    return "b-own" if base.owner_id == subject.owner_id else "b-other"


def _circle(base: Base, css: str) -> Circle:
    return Circle(base.x, base.z, base.radius_m, css, clipped(base.name, _LONGEST_NAME))


def _in_words(base: Base, subject: Base) -> str:
    distance = _distance(base, subject)
    words = format_html("{} · {} · {} m", page_link(base), clipped(str(base.owner)), round(distance))
    if distance > base.radius_m + subject.radius_m:
        return words
    return format_html("{} · <strong>{}</strong>", words, _("overlaps"))


def _distance(base: Base, other: Base) -> float:
    return distance_m(base.x, base.z, other.x, other.z)
