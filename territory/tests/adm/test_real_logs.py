"""Excerpts of real logs, with invented names and ids."""

from collections import Counter
from pathlib import Path

import pytest

from territory.adm.grammar import PLACEMENT_KINDS, is_full_id
from territory.adm.reader import Cursor, Reading, read_chunk

DATA = Path(__file__).parent / "data"


def read(name: str) -> Reading:
    return read_chunk((DATA / name).read_bytes(), Cursor(), at_end=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("console_single_lines.txt", {"built": 1, "connected": 2, "connecting": 1, "placed": 2}),
        ("pc_2021-04-30_modded.ADM", {"connected": 1, "disconnected": 2, "position": 2}),
        (
            "pc_2023-12-10_russian_multi_boot.ADM",
            {
                "built": 8,
                "connected": 2,
                "disconnected": 4,
                "dismantled": 1,
                "folded": 2,
                "packed": 2,
                "placed": 22,
                "position": 3,
            },
        ),
        ("pc_2024-06-18_brazilian_multi_boot.ADM", {"connected": 7, "disconnected": 5}),
        ("ps4_2025-01-31_old_format.ADM", {"connected": 6, "disconnected": 4, "position": 10}),
        (
            "ps4_2026-05-20_building.ADM",
            {
                "built": 4,
                "destroyed": 1,
                "dismantled": 1,
                "folded": 1,
                "mounted": 1,
                "placed": 8,
                "repaired": 1,
                "unmounted": 1,
            },
        ),
        (
            "ps4_2026-05-20_no_placements.ADM",
            {"connected": 4, "connecting": 4, "disconnected": 4, "position": 5},
        ),
        ("xbox_2026-07-06.ADM", {"built": 1, "connecting": 1, "placed": 1}),
    ],
)
def test_log_gives_exactly_these_events(name: str, expected: dict[str, int]) -> None:
    assert Counter(str(logged.event.kind) for logged in read(name).events) == expected


def test_every_log_is_covered() -> None:
    assert {path.name for path in DATA.iterdir()} == {
        "console_single_lines.txt",
        "pc_2021-04-30_modded.ADM",
        "pc_2023-12-10_russian_multi_boot.ADM",
        "pc_2024-06-18_brazilian_multi_boot.ADM",
        "ps4_2025-01-31_old_format.ADM",
        "ps4_2026-05-20_building.ADM",
        "ps4_2026-05-20_no_placements.ADM",
        "xbox_2026-07-06.ADM",
    }


def test_xbox_log_dates_and_places_its_two_placements() -> None:
    placed, built = (
        logged for logged in read("xbox_2026-07-06.ADM").events if logged.event.kind in PLACEMENT_KINDS
    )
    assert (str(placed.at), placed.event.item, placed.event.display) == (
        "2026-07-06 13:13:18", "LandMineTrap", "Land Mine",
    )  # fmt: skip
    assert (placed.event.x, placed.event.z, placed.event.altitude) == (5092.3, 1143.0, 12.6)
    assert (str(built.at), built.event.item, built.event.display) == ("2026-07-06 15:10:41", "base", "Fence")


def test_xbox_log_ends_on_the_next_day() -> None:
    clock = read("xbox_2026-07-06.ADM").cursor.clock
    assert str(clock.date) == "2026-07-07"


def test_playstation_log_names_classes() -> None:
    items = [logged.event.item for logged in read("ps4_2026-05-20_building.ADM").events]
    assert [item for item in items if item and item.endswith(("Kit", "Crate", "_Blue", "Trap", "Chest", "Explosive"))] == [
        "FenceKit", "WoodenCrate", "Barrel_Blue", "BearTrap", "LandMineTrap", "WatchtowerKit", "SeaChest",
        "ImprovisedExplosive",
    ]  # fmt: skip


def test_russian_log_has_displays_without_classes() -> None:
    placed = [
        logged.event
        for logged in read("pc_2023-12-10_russian_multi_boot.ADM").events
        if logged.event.kind == "placed"
    ]
    assert len(placed) == 22
    assert {event.item for event in placed} == {None}
    assert placed[-1].display == "Мина «Клеймор»"
    assert all(is_full_id(event.player_id or "") for event in placed)


def test_russian_log_passes_midnight_once_after_five_boots() -> None:
    reading = read("pc_2023-12-10_russian_multi_boot.ADM")
    assert reading.cursor.opening == "AdminLog started on 2023-12-10 at 13:25:33"
    assert str(reading.cursor.clock.date) == "2023-12-11"
    assert {str(logged.at)[:10] for logged in reading.events} == {"2023-12-10"}


def test_single_lines_without_a_header_have_no_time() -> None:
    reading = read("console_single_lines.txt")
    assert {logged.at for logged in reading.events} == {None}
    assert reading.events[-1].event.x == -340282346638528859811704183484516925440.0
