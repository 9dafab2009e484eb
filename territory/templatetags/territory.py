"""Parts of the territory's pages."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from territory import wording
from territory.item_names import item_in_words
from territory.models import Placement

register = template.Library()


@register.filter
def clause(placement: Placement | None) -> str:
    """Return in a few words why a verdict is so."""
    return wording.clause_of(placement) if placement else ""


@register.simple_tag
def item(item_class: str, display: str = "", css: str = "clip") -> SafeString:
    """Write an item in words; its title is the class. An item without a name is a dash."""
    words = item_in_words(item_class, display)[:300]
    if not words:
        return SafeString("&ndash;")
    return format_html('<bdi class="{}" title="{}">{}</bdi>', css, (item_class or display)[:300], words)
