"""The wall of shame as a feed: what everybody reads on the page, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from face.models import Community
from territory.item_names import item_in_words
from territory.pages.wall.entries import WallEntry, newest_on_the_wall, public_servers

MOST_ENTRIES = 50
_LONGEST = 200


class WallFeed(Feed):  # type: ignore[type-arg] # takes no parameters at run time
    """The newest entries of the wall, of all game servers that publish it or, by `?server=`, of one of them."""

    def get_object(self, request: HttpRequest) -> str:
        slug = request.GET.get("server", "")
        if slug and slug not in public_servers():
            raise Http404
        return slug

    def title(self) -> str:
        name = Community.objects.current().name
        return f"{_('Wall of shame')} · {_plain(name)}"

    def link(self, slug: str) -> str:
        return _wall_with(server=slug)

    def description(self) -> str:
        return _("Who invaded a base or placed a forbidden item.")

    def items(self, slug: str) -> Sequence[WallEntry]:
        return newest_on_the_wall(timezone.now(), MOST_ENTRIES, server=slug)

    # Readers of feeds take titles and descriptions for HTML: both are escaped once more than the XML is.
    def item_title(self, item: WallEntry) -> str:
        return escape(f"{_plain(item.gamertag)}: {_plain(item.words)}")

    def item_description(self, item: WallEntry) -> str:
        facts = (item_in_words(item.item), item.base_name, item.server, item.code, item.lifted)
        return escape(" · ".join(plain for fact in facts if (plain := _plain(fact))))

    def item_link(self, item: WallEntry) -> str:
        return _wall_with(q=f"#{item.number}")

    def item_pubdate(self, item: WallEntry) -> datetime:
        return item.occurred_at


def _wall_with(**query: str) -> str:
    chosen = {name: value for name, value in query.items() if value}
    return f"{reverse('wall')}?{urlencode(chosen)}" if chosen else reverse("wall")


def _plain(text: object) -> str:
    """Return text without signs that XML does not hold or that are not seen, on one line and cut."""
    seen = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return " ".join(seen.split())[:_LONGEST]


_feed = WallFeed()


@require_safe
def wall_feed(request: HttpRequest) -> HttpResponse:
    """The wall as RSS; search engines are asked not to list it unless the community allows it."""
    answer = _feed(request)
    if not Community.objects.current().is_wall_indexed:
        answer["X-Robots-Tag"] = "noindex"
    return answer
