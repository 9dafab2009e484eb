"""Charts, maps and icons: what is drawn is what is meant, and hostile words stay words."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template

from face.charts import Series, bar_chart
from face.game_maps import GameMap
from face.maps import Circle, Point, small_map

ROOT = Path(settings.BASE_DIR)


def heights(svg: str, css: str) -> list[float]:
    return [float(value) for value in re.findall(rf'class="{css}"[^>]*height="([\d.]+)"', svg)]


def test_bars_stand_on_each_other_in_proportion() -> None:
    series = [Series("a", "bar-inv", [2, 0, 4]), Series("b", "bar-for", [2, 0, 0])]
    chart = bar_chart("words", series, days=["1", "2", "3"], ticks=["1", "3"])
    assert chart.y == (4, 2, 0)
    assert heights(chart.plot, "bar-inv") == [50, 100]
    assert heights(chart.plot, "bar-for") == [50]
    assert chart.rows == [("1", (2, 2)), ("2", (0, 0)), ("3", (4, 0))]


@pytest.mark.parametrize(("most", "top"), [(0, 2), (3, 4), (7, 8), (11, 20), (999, 1000), (48_210, 49_000)])
def test_the_axis_ends_at_a_round_even_figure(most: int, top: int) -> None:
    assert bar_chart("", [Series("", "a", [most])], days=["1"], ticks=[]).y == (top, top // 2, 0)


def test_a_map_puts_things_where_they_are() -> None:
    svg = small_map(
        "m",
        x=1000,
        z=1000,
        width_m=320,
        circles=[Circle(1000, 1000, 100)],
        points=[Point(1100, 1100, "allowed")],
    )
    # 320 m on 320 units of a sheet of 360: one unit a metre, north is up.
    assert '<circle class="b-own" cx="180" cy="180" r="100"/>' in svg
    assert '<circle class="pt allowed" cx="280" cy="80" r="4.5"/>' in svg


def test_a_point_is_told_by_its_shape() -> None:
    kinds = ["allowed", "invasion", "forbidden", "review", "observed", "cluster"]
    svg = small_map("m", x=0, z=0, width_m=320, points=[Point(0, 0, kind, count=1204) for kind in kinds])
    shapes = re.findall(r'<(\w+) class="pt (\w+)"[^>]*?(?: d="M[\d. ]+(\w))?', svg)
    assert [(kind, name) for name, kind, _path in shapes] == [
        *(("allowed", "circle"), ("invasion", "path"), ("forbidden", "rect"), ("review", "path")),
        *(("observed", "circle"), ("cluster", "circle")),
    ]
    assert "1,204" in svg or "1.204" in svg


def test_a_map_that_people_operate_holds_the_same_as_its_picture() -> None:
    shown = GameMap(
        "m", 15360, 1000, 1000, 320, [Circle(1000, 1000, 100, name="</script>")], [Point(1, 2, "invasion")]
    )
    template = Template('{% load parts %}{% game_map shown point="id_point" radius="id_radius" %}')
    html = template.render(Context({"shown": shown}))
    assert 'data-map-point="id_point"' in html
    assert 'data-map-radius="id_radius"' in html
    data = json.loads(html.partition('application/json">')[2].partition("</script>")[0])
    assert (data["side"], data["circles"][0]["r"], data["circles"][0]["name"]) == (15360, 100, "</script>")
    assert data["points"] == [{"x": 1, "z": 2, "kind": "invasion"}]
    assert html.count('-only" viewBox=') == 2  # for wide screens and for phones
    assert "</script></text>" not in html


@pytest.mark.parametrize("name", ["chernarusplus", "enoch", "sakhal"])
def test_names_of_places_lie_on_their_map(name: str) -> None:
    places = json.loads((ROOT / f"static/maps/{name}.geojson").read_text())["features"]
    assert len(places) >= 12
    for place in places:
        assert all(
            0 < metres < (12_800 if name == "enoch" else 15_360)
            for metres in place["geometry"]["coordinates"]
        )
        assert place["properties"]["rank"] in {1, 2, 3}


@pytest.mark.parametrize("place", [-1e9, 1e12, float("inf"), float("-inf"), float("nan")])
def test_a_map_survives_hostile_words_and_places(place: float) -> None:
    circle, point = Circle(0, 0, 50, name="<script>"), Point(place, place, "invasion")
    svg = small_map('"><script>', x=place, z=place, width_m=200, circles=[circle], points=[point])
    assert not re.search("inf|nan", svg)
    assert "<script>" not in svg
    assert len(svg) < 20_000


def test_every_icon_that_is_named_exists_and_no_other() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    sources = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/**/*.py")]
    text = "\n".join(
        path.read_text() for path in sources if ".venv" not in path.parts and "/tests/" not in str(path)
    )
    named = set(re.findall(r'{% icon "([\w-]+)"', text)) | set(re.findall(r'sign="([\w-]+)"', text))
    assert named <= sprite
    assert {name for name in sprite if f'"{name}"' not in text and not re.match("[vtn]-", name)} == set()


def test_the_sprite_is_what_the_drawings_give() -> None:
    checked = subprocess.run([sys.executable, ROOT / "tools/icons.py", "--check"], check=False)
    assert checked.returncode == 0
