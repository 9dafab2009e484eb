"""The admin's lists with many rows: how long each takes and how many queries, beside what Django's own would take.

Makes a world in a PostgreSQL of its own (or uses DATABASE_URL: an empty database), then asks for each list as a superuser,
plain, searched and filtered, a few rounds in turn. `stock` is the same list by a plain ModelAdmin: the same columns,
filters and search, Django's counting, choices and ordering.

Usage: python bench/admin.py [--only admin] [--placements 100000] [--rounds 5]
"""

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from servers import options, prepare_database, servers

if TYPE_CHECKING:
    from django.http import HttpRequest

BASES, PEOPLE, STRANGERS, PLAYERS = 1_000, 500, 500, 1_000
# (application and model, what is asked for)
LISTS = (
    ("territory", "placement", ""),
    ("territory", "placement", "q=stranger7"),
    ("territory", "placement", "outcome__exact=invasion"),
    ("territory", "placement", "q=nobody+at+all"),
    ("territory", "infraction", ""),
    ("territory", "infraction", "status__exact=review"),
    ("territory", "infraction", "q=stranger7"),
    ("territory", "ban", ""),
    ("territory", "bandelivery", ""),
    ("territory", "base", ""),
    ("territory", "base", "q=person7"),
    ("territory", "basepermission", ""),
    ("territory", "playeridentity", ""),
    ("clans", "user", ""),
    ("clans", "clanmembership", ""),
    ("tanks", "player", ""),
    ("tanks", "garagetank", ""),
    ("tanks", "garagetank", "q=player77"),
)
_WORLD = """
INSERT INTO clans_user (username, discord_id, display_name)
SELECT 'person' || n, (100000000000000000 + n)::text, 'Person ' || n FROM generate_series(1, {people}) n;
INSERT INTO clans_clan (name) SELECT 'Clan ' || n FROM generate_series(1, 20) n;
INSERT INTO clans_clanmembership (clan_id, user_id)
SELECT c.id, u.id FROM clans_user u JOIN clans_clan c ON c.name = 'Clan ' || (u.id % 20 + 1);
INSERT INTO territory_playeridentity (user_id, gamertag, player_id)
SELECT id, username, upper(md5(username)) || '00000000' FROM clans_user;
INSERT INTO territory_base (server_id, owner_id, name, x, z, radius_m, clan_id, registered_at)
SELECT s.id, u.id, 'Base ' || n, 300 + (n % 33) * 440, 300 + (n / 33) * 440, 100,
    CASE WHEN n % 2 = 0 THEN (SELECT min(id) FROM clans_clan) END, now() - interval '90 days'
FROM generate_series(1, {bases}) n
JOIN territory_gameserver s ON s.slug = 'bench'
JOIN clans_user u ON u.username = 'person' || (n % {people} + 1);
INSERT INTO territory_basepermission (base_id, user_id, level)
SELECT b.id, u.id, 'build' FROM territory_base b
CROSS JOIN generate_series(1, 3) n
JOIN clans_user u ON u.username = 'person' || ((b.id * 7 + n * 13) % {people} + 1) AND u.id <> b.owner_id
ON CONFLICT DO NOTHING;
INSERT INTO territory_placement (server_id, source_key, gamertag, player_id, item, x, z, occurred_at, origin, origin_id,
    raw_line, state, outcome, rule, action, judged_at, base_id, distance_m, reasons)
SELECT s.id, gen_random_uuid(), p.name, upper(md5(p.name)) || '00000000', 'FenceKit', b.x + 30, b.z, now() - n * interval '10 s',
    'bench.ADM', n::text, '12:00:00 | Player "' || p.name || '" placed Fence Kit<FenceKit>', 'judged',
    CASE WHEN n % 10 = 0 THEN 'invasion' ELSE 'allowed' END, CASE WHEN n % 10 = 0 THEN 'intruder' ELSE 'owner' END,
    CASE WHEN n % 10 = 0 THEN 'ban' ELSE 'none' END, now(), b.id, 30, '{{"policy": "protected", "considered": []}}'
FROM generate_series(1, {placements}) n
JOIN territory_gameserver s ON s.slug = 'bench'
JOIN territory_base b ON b.name = 'Base ' || (n % {bases} + 1)
CROSS JOIN LATERAL (
    SELECT CASE WHEN n % 10 = 0 THEN 'stranger' || (n / 10 % {strangers}) ELSE 'person' || (n % {people} + 1) END AS name
) p;
INSERT INTO territory_ban (server_id, gamertag, player_id, reason)
SELECT s.id, 'stranger' || n, upper(md5('stranger' || n)) || '00000000', 'Invasion'
FROM generate_series(0, {strangers} - 1) n JOIN territory_gameserver s ON s.slug = 'bench';
INSERT INTO territory_banlist (server_id, address) SELECT id, '/srv/ban.txt' FROM territory_gameserver WHERE slug = 'bench';
INSERT INTO territory_bandelivery (ban_id, ban_list_id, line)
SELECT n.id, l.id, n.player_id FROM territory_ban n JOIN territory_banlist l ON l.server_id = n.server_id;
INSERT INTO territory_case (server_id, ban_id, base_id, base_name, gamertag, player_id, kind, state, last_act_at)
SELECT p.server_id, n.id, p.base_id, min(b.name), min(p.gamertag), p.player_id, 'territory_invasion', 'confirmed',
    max(p.occurred_at)
FROM territory_placement p JOIN territory_ban n ON n.player_id = p.player_id JOIN territory_base b ON b.id = p.base_id
WHERE p.outcome = 'invasion' GROUP BY p.server_id, n.id, p.base_id, p.player_id;
INSERT INTO territory_infraction (server_id, placement_id, ban_id, base_id, case_id, infraction_type, status, gamertag,
    player_id, item, base_name, occurred_at)
SELECT p.server_id, p.id, n.id, p.base_id, c.id, 'territory_invasion', CASE WHEN p.id % 50 = 0 THEN 'review' ELSE 'confirmed' END,
    p.gamertag, p.player_id, p.item, c.base_name, p.occurred_at
FROM territory_placement p JOIN territory_ban n ON n.player_id = p.player_id
    JOIN territory_case c ON c.ban_id = n.id AND c.base_id = p.base_id
WHERE p.outcome = 'invasion';
UPDATE territory_case c SET state = 'waiting', waiting_since = c.last_act_at
WHERE EXISTS (SELECT FROM territory_infraction i WHERE i.case_id = c.id AND i.status = 'review');
INSERT INTO tanks_realm (name, url) VALUES ('bench', 'http://127.0.0.1:9');
INSERT INTO tanks_player (realm_id, account_id, nickname)
SELECT r.id, n, 'player' || n FROM generate_series(1, {players}) n JOIN tanks_realm r ON r.name = 'bench';
INSERT INTO tanks_vehicle (tank_id, name) SELECT n, 'Tank ' || n FROM generate_series(1, 100) n;
INSERT INTO tanks_garagetank (player_id, tank_id, battles, wins, mark_of_mastery)
SELECT p.id, v.tank_id, 100 + v.tank_id, 50 + v.tank_id, 1 FROM tanks_player p CROSS JOIN tanks_vehicle v;
ANALYZE
"""


def make_world(placements: int) -> None:
    """Fill the tables by statements: through the services it would take minutes, and lists read rows however they came."""
    from django.db import connection

    from territory.models import GameServer

    GameServer.objects.create(slug="bench")
    sizes = {"bases": BASES, "people": PEOPLE, "strangers": STRANGERS, "players": PLAYERS}
    with connection.cursor() as cursor:
        cursor.execute(_WORLD.format(placements=placements, **sizes))


def visitor() -> "Callable[[str], HttpRequest]":
    """Return a function that makes a superuser's request for an address."""
    from django.test import RequestFactory

    from clans.models import User

    person = User.objects.create(username="bench-visitor", is_staff=True, is_superuser=True)

    def request(address: str) -> "HttpRequest":
        made = RequestFactory().get(address)
        made.user = person
        return made

    return request


def stock(ours: Any) -> Any:
    """Return a plain ModelAdmin with the columns, filters and search of one of ours."""
    from django.contrib.admin import ModelAdmin, site

    fields = {field.name for field in ours.opts.get_fields() if hasattr(field, "column")}
    bare = [entry[0] if isinstance(entry, tuple) else entry for entry in ours.list_filter]
    values = {
        "list_display": [name for name in ours.list_display if name in fields | {"pk"}] or ["pk"],
        "list_filter": [name for name in bare if isinstance(name, str) and name.split("__")[0] in fields],
        "search_fields": ours.search_fields,
        "date_hierarchy": "occurred_at" if "occurred_at" in fields else None,
    }
    return type("Stock", (ModelAdmin,), values)(ours.model, site)


def measure(view: Any, request: "HttpRequest") -> tuple[float, int]:
    """Return the milliseconds and the queries of one rendered page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        started = time.perf_counter()
        answer = view.changelist_view(request)
        if answer.status_code != 200:
            raise SystemExit(f"{request.get_full_path()} answers {answer.status_code}")
        answer.render()
        seconds = time.perf_counter() - started
    return seconds * 1000, len(queries)


def compare(rounds: int) -> None:
    from django.apps import apps
    from django.contrib.admin import site
    from django.urls import reverse

    ask = visitor()
    print(f"{'list':50} {'ms':>7} {'queries':>8} {'stock ms':>9} {'queries':>8}")
    for app, name, query in LISTS:
        model = apps.get_model(app, name)
        ours = site._registry[model]
        address = f"{reverse(f'admin:{app}_{name}_changelist')}?{query}"
        found: dict[str, list[tuple[float, int]]] = {"ours": [], "stock": []}
        for _ in range(rounds + 1):
            found["ours"].append(measure(ours, ask(address)))
            found["stock"].append(measure(stock(ours), ask(address)))
        # The first of each round up reads cold pages and templates.
        ms = {key: statistics.median(one[0] for one in values[1:]) for key, values in found.items()}
        queries = {key: values[-1][1] for key, values in found.items()}
        print(
            f"{f'{name} {query}':50} {ms['ours']:>7.0f} {queries['ours']:>8} {ms['stock']:>9.0f} {queries['stock']:>8}",
            flush=True,
        )


def main() -> None:
    given = options(__doc__, rounds=5)
    if given.only not in {None, "admin"}:
        return
    with servers():
        from django.contrib import admin
        from django.db import connection, transaction
        from django.test.utils import override_settings

        admin.autodiscover()
        prepare_database()
        # Nobody has collected the files that the pages name.
        plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
        with override_settings(STORAGES=plain), transaction.atomic():
            make_world(given.placements)
            compare(given.rounds)
            connection.set_rollback(True)  # the next bench finds the database as empty as this one did


if __name__ == "__main__":
    main()
