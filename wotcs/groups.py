"""The groups of staff and their rights: each migrate makes them, and gives back what is listed here.

Rights that staff added to a group by hand stay: nothing is ever taken away here. Who wants less than a group has makes
another group. Where rows are only decided about, never edited, "change" means deciding.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import apps as present
from django.apps.registry import Apps
from django.db import router

MODERATOR, MANAGER, ADMINISTRATOR = "moderator", "manager", "administrator"

Rights = Mapping[str, Mapping[str, str]]  # by app, then by actions: the models; both separated by spaces

# Looks at everything, decides infractions, bans and conflicts.
_MODERATOR: Rights = {
    "territory": {
        "view": "activity alarm alarmmute banextension banlist base baseinvitation basepermission baserevision caseact "
        "gameserver gamertaguse itemrule logfile logsource offence placement placequestion playeridentity ruleversion "
        "staffimmunity",
        "view change": "bandelivery case identityconflict infraction",
        "view add change": "ban",
    },
    "clans": {"view": "accountlink clan claninvitation clanmembership user"},
    "tanks": {
        "view": "accountsnapshot garagetank player realm rosterevent syncrun syncstatus tanksnapshot vehicle vehiclelisting"
    },
    "justice": {"view": "appeal appealmessage casenote undorun"},
    "announcements": {"view": "announcement"},
}
# Keeps bases, people and clans as well, and sets up game servers.
_MANAGER: Rights = {
    "territory": {"add change": "banlist base basepermission gameserver logsource playeridentity"},
    "clans": {"change": "accountlink", "add change": "clan clanmembership user"},
    "tanks": {"change": "player"},
}
# Sets up rules, realms and channels, says whom the rule never punishes, and reads who changed what.
_ADMINISTRATOR: Rights = {
    "territory": {"add change": "staffimmunity", "add change delete": "itemrule offence"},
    "tanks": {"add change delete": "realm"},
    "face": {"view change": "community"},
    "announcements": {"change": "announcement", "view add change delete": "channel"},
    "wotcs": {"view": "auditentry"},
}
# Each group has the rights of those before it, too. Nobody may hand out groups or rights: that is for superusers.
GROUPS: Mapping[str, tuple[Rights, ...]] = {
    MODERATOR: (_MODERATOR,),
    MANAGER: (_MODERATOR, _MANAGER),
    ADMINISTRATOR: (_MODERATOR, _MANAGER, _ADMINISTRATOR),
}


def rights_of(group: str, app_label: str) -> set[str]:
    """Return the code names of the rights that a group has in an app, such as view_base."""
    return {
        f"{action}_{model}"
        for rights in GROUPS[group]
        for actions, models in rights.get(app_label, {}).items()
        for action in actions.split()
        for model in models.split()
    }


def make_groups(*, app_config: Any, using: str, apps: Apps = present, **_given: object) -> None:
    """Make the groups and give them their rights in an app that was just migrated; called after each migrate and flush."""
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:
        return  # auth itself is being taken out
    if not router.allow_migrate_model(using, group_model):
        return
    for name in GROUPS:
        codenames = rights_of(name, app_config.label)
        if not codenames:
            continue
        group, _is_new = group_model._default_manager.using(using).get_or_create(name=name)
        rights = permission_model._default_manager.using(using)
        lacking = rights.filter(content_type__app_label=app_config.label, codename__in=codenames).exclude(
            group=group
        )
        group.permissions.add(*lacking)
