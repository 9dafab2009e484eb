"""What following a folder of finished logs costs."""

import os
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory.services.logs import follow_source
from territory.tests.factories import make_log_source, make_server

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("tail", ["", "19:45:00 | Player "], ids=["whole", "half a last line"])
def test_finished_files_cost_no_query_of_their_own(tmp_path: Path, tail: str) -> None:
    source = make_log_source(make_server(), tmp_path)

    def cost_of_another_look(files: int) -> int:
        for number in range(files):
            path = tmp_path / f"{number}.ADM"
            path.write_text(f"AdminLog started on 2026-02-0{number + 1} at 10:00:00\n{tail}")
            os.utime(path, (time.time() - 3600, time.time() - 3600))
        list(follow_source(source))
        with CaptureQueriesContext(connection) as captured:
            list(follow_source(source))
        return len(captured)

    assert cost_of_another_look(1) == cost_of_another_look(3)
