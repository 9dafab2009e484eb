"""What is in force for a time: no page takes back a right that somebody has built with."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import Clan, ClanMembership
from territory.models import Base, BasePermission, StaffImmunity
from territory.tests.admin.pages import ENGLISH, enter
from territory.tests.factories import join, make_base, make_clan, make_server, make_user, permit

pytestmark = pytest.mark.django_db
WHY_NOT = "Whoever built until now did so with this right."
EMPTY_ROWS = {
    f"{prefix}-{count}_FORMS": "0"
    for prefix in ("permissions", "revisions", "memberships")
    for count in ("TOTAL", "INITIAL")
}


def make(kind: str, **fields: Any) -> Any:
    """A row of a kind, in force since long ago, with a start no form could show to the microsecond."""
    base = make_base(make_server(), make_user())
    started = {"granted_at": timezone.now() - timedelta(days=99, microseconds=7)}
    match kind:
        case "base":
            return base
        case "basepermission":
            return permit(base, make_user(), **started | fields)
        case "staffimmunity":
            return StaffImmunity.objects.create(server=base.server, user=make_user(), **started | fields)
        case _:
            return join(
                make_clan(f"C{Clan.objects.count()}"), make_user(), joined_at=started["granted_at"], **fields
            )


ENDS = {
    "base": "removed_at",
    "basepermission": "revoked_at",
    "staffimmunity": "revoked_at",
    "clanmembership": "left_at",
}
HELD = {
    "basepermission": ("base", "granted_at"),
    "staffimmunity": ("server", "granted_at"),
    "clanmembership": ("clan", "joined_at"),
}


def typed(name: str, at: datetime | None) -> dict[str, str]:
    if at is None:
        return {f"{name}_0": "", f"{name}_1": ""}
    local = timezone.localtime(at)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def as_shown(row: Any) -> dict[str, str]:
    """What the page of a row would post, without its end."""
    if isinstance(row, Base):
        given = {"server": row.server_id, "owner": row.owner_id, "name": row.name, "x": row.x, "z": row.z}
        return {name: str(value) for name, value in given.items()} | {"radius_m": "100"} | EMPTY_ROWS
    held, start = HELD[row._meta.model_name]
    given = {held: getattr(row, f"{held}_id"), "user": row.user_id, "level": "build", "role": "member"}
    return {name: str(value) for name, value in given.items()} | typed(start, getattr(row, start))


def place(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def post(client: Client, address: str, given: dict[str, str]) -> str:
    answer = client.post(address, given, headers=ENGLISH)
    assert answer.status_code in {200, 302}
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("kind", "was"),
    [*((kind, None) for kind in ENDS), ("base", timedelta(days=5)), ("base", timedelta(days=-1))],
)
def test_end_is_not_set_into_the_past(client: Client, kind: str, was: timedelta | None) -> None:
    enter(client, "superuser")
    row, name = make(kind), ENDS[kind]
    end = None if was is None else timezone.now() + was
    type(row).objects.update(**{name: end})
    text = post(client, place(row), as_shown(row) | typed(name, timezone.now() - timedelta(days=2)))
    assert WHY_NOT in text
    row.refresh_from_db()
    assert getattr(row, name) == end


@pytest.mark.parametrize(
    ("kind", "ended", "end"),
    [
        *((kind, None, "moved") for kind in ENDS),
        *product(
            ["basepermission"], [None, timedelta(days=3, microseconds=5)], ["unchanged", "opened", "now"]
        ),
    ],
)
def test_end_stays_or_is_set_to_now_or_later(
    client: Client, kind: str, ended: timedelta | None, end: str
) -> None:
    enter(client, "superuser")
    row, name, before = make(kind), ENDS[kind], timezone.now()
    stored = None if ended is None else before - ended
    type(row).objects.update(**{name: stored})
    typed_ends = {
        "unchanged": stored,
        "opened": None,
        "moved": before.replace(microsecond=0) + timedelta(days=1),
    }
    ten_minutes_ago = before - timedelta(minutes=10)
    post(client, place(row), as_shown(row) | typed(name, typed_ends.get(end, ten_minutes_ago)))
    row.refresh_from_db()
    if end == "now":
        assert before < getattr(row, name) < timezone.now()
    else:
        assert getattr(row, name) == typed_ends[end]


CHANGED = {
    "basepermission": ("level", "admin"),
    "clanmembership": ("role", "commander"),
    "staffimmunity": ("note", "x"),
}


@pytest.mark.parametrize("kind", HELD)
def test_whose_right_it_is_and_since_when_is_fixed_and_the_rest_is_changed(client: Client, kind: str) -> None:
    enter(client, "superuser")
    row, other = make(kind), make(kind)
    (held, start), (name, value) = HELD[kind], CHANGED[kind]
    before = type(row).objects.values("user", held, start).get(pk=row.pk)
    post(client, place(row), as_shown(other) | typed(start, timezone.now()) | {name: value})
    assert type(row).objects.values("user", held, start).get(pk=row.pk) == before
    row.refresh_from_db()
    assert getattr(row, name) == value


@pytest.mark.parametrize("kind", ["basepermission", "clanmembership"])
@pytest.mark.parametrize(
    ("start", "words"),
    [
        ({}, ""),
        ({"0": "9999-12-31", "1": "23:30"}, "since the year 2000"),
        ({"0": "1999-12-31"}, "since the year 2000"),
        ({"0": "2100-01-01"}, "The start lies in the future."),
    ],
)
def test_new_right_begins_in_the_past(client: Client, kind: str, start: dict[str, str], words: str) -> None:
    enter(client, "superuser")
    row = make(kind)
    given = as_shown(row) | {"user": str(make_user().pk)}
    given |= {f"{HELD[kind][1]}_{part}": value for part, value in start.items()}
    text = post(client, reverse(f"admin:{row._meta.app_label}_{kind}_add"), given)
    assert words in text
    assert type(row).objects.count() == (1 if words else 2)


@pytest.mark.parametrize("kind", ENDS)
def test_end_at_the_edge_of_the_calendar_is_refused_in_words(client: Client, kind: str) -> None:
    enter(client, "superuser")
    row, name = make(kind), ENDS[kind]
    adding = place(row).replace(f"{row.pk}/change", "add"), {"user": str(make_user().pk)}
    for day in ("9999-12-31", "2200-01-01", "0001-01-01"):
        given = as_shown(row) | {f"{name}_0": day, f"{name}_1": "23:30:00"} | {"x": "9000"}
        for address, more in ((place(row), {}), adding):
            assert "errorlist" in post(client, address, given | more), (address, day)
    assert list(type(row).objects.values_list(name, flat=True)) == [None]


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        (
            "base",
            {"x": "9000"} | typed("removed_at", timezone.now() - timedelta(days=1)),
            "before the start.",
        ),
        ("staffimmunity", {}, "This person has an immunity on the server already."),
    ],
)
def test_new_row_that_cannot_be_is_refused_in_words(
    client: Client, kind: str, change: dict[str, str], words: str
) -> None:
    enter(client, "superuser")
    row = make(kind)
    text = post(client, reverse(f"admin:territory_{kind}_add"), as_shown(row) | change)
    assert words in text
    assert "one_open" not in text
    assert type(row).objects.count() == 1


def rows_of(prefix: str, parent: dict[str, str], *rows: dict[str, str]) -> dict[str, str]:
    given = {f"{prefix}-TOTAL_FORMS": str(len(rows))}
    for number, row in enumerate(rows):
        given |= {f"{prefix}-{number}-{name}": value for name, value in (parent | row).items()}
    return given


def test_two_rows_of_one_person_are_refused_in_words(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client, "superuser")
    base, clan, user = make("base"), make_clan(), str(make_user().pk)
    past = timezone.now() - timedelta(days=9)
    permission = {"user": user, "level": "build"} | typed("granted_at", past)
    stay = {"user": user, "role": "member"} | typed("joined_at", past)
    on_base = as_shown(base) | rows_of("permissions", {"base": str(base.pk)}, permission, permission)
    on_clan = EMPTY_ROWS | {"name": "X", "tag": ""}
    on_clan |= rows_of("memberships", {"clan": str(clan.pk)}, stay, stay)
    for row, given in ((base, on_base), (clan, on_clan)):
        answer = client.post(place(row), given, headers=ENGLISH, follow=True).content.decode()
        assert "This overlaps or repeats what is there" in answer
    assert "Constraint territory_basepermission_one_open refused a form" in caplog.text
    assert "Key (" not in caplog.text
    assert not BasePermission.objects.exists()
    assert not ClanMembership.objects.exists()


def test_inline_row_is_fixed_and_not_ended_in_the_past(client: Client) -> None:
    enter(client, "superuser")
    permission = make("basepermission")
    base, started = permission.base, permission.granted_at
    row = {"id": str(permission.pk), "user": str(make_user().pk), "level": "admin"} | typed(
        "granted_at", timezone.now()
    )
    given = as_shown(base) | rows_of("permissions", {"base": str(base.pk)}, row)
    given["permissions-INITIAL_FORMS"] = "1"
    assert WHY_NOT in post(client, place(base), given | typed("permissions-0-revoked_at", started))
    post(client, place(base), given)
    kept = BasePermission.objects.get()
    assert (kept.user, kept.granted_at, kept.revoked_at) == (permission.user, started, None)
    assert kept.level == "admin"


def test_base_keeps_its_start_and_notes_who_granted_a_permission(client: Client) -> None:
    manager, base, friend = enter(client, "manager"), make("base"), make_user("amiga")
    row = {"user": str(friend.pk), "level": "build"} | typed("granted_at", timezone.now() - timedelta(days=1))
    given = as_shown(base) | rows_of("permissions", {"base": str(base.pk)}, row)
    started, end = base.registered_at, timezone.now() + timedelta(days=900)
    post(client, place(base), given | typed("removed_at", end) | typed("registered_at", end))
    base.refresh_from_db()
    assert base.removed_at is not None
    assert base.registered_at == started
    permission = BasePermission.objects.get()
    assert (permission.user, permission.granted_by) == (friend, manager)


def test_page_of_what_one_may_only_look_at_opens(client: Client) -> None:
    visitor = enter(client, "staff")
    for kind in ENDS:
        row = make(kind)
        visitor.user_permissions.add(Permission.objects.get(codename=f"view_{kind}"))
        assert client.get(place(row)).status_code == 200
