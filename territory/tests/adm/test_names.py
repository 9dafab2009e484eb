"""What the name of a log's file tells, and what it does not."""

import pytest

from territory.adm.names import boot_in_name


@pytest.mark.parametrize(
    ("name", "boot"),
    [
        pytest.param("DayZServer_X1_x64_2026-11-20_14-00-00.ADM", "2026-11-20 14:00:00", id="xbox"),
        pytest.param("DayZServer_PS4_x64_2026-05-20_10-02-17.ADM", "2026-05-20 10:02:17", id="playstation"),
        pytest.param("DayZServer_x64_2026-02-02_18-00-33.ADM", "2026-02-02 18:00:33", id="pc"),
        pytest.param("DayZServer_2026-10-05_00-00-25.ADM", "2026-10-05 00:00:25", id="pc-1.30"),
        pytest.param(
            "DayZServerP_X1_x64_2026-08-30_14-03-32.ADM", "2026-08-30 14:03:32", id="another-program"
        ),
        pytest.param("DayZServer_x64_2026_11_20_140000.ADM", "2026-11-20 14:00:00", id="underscores"),
        pytest.param(
            "DayZServer_PS4_x64_2026_01_21_15_23_02.ADM", "2026-01-21 15:23:02", id="all-underscores"
        ),
        pytest.param("DAYZSERVER_PS4_X64_2026-05-14_11-29-09.adm", "2026-05-14 11:29:09", id="case"),
        pytest.param("DayZServer_X1_x64_2026-11-20_14-00-00 (1).ADM", "2026-11-20 14:00:00", id="copy"),
        pytest.param(
            "2026-11-22_DayZServer_X1_x64_2026-11-20_14-00-00.ADM.txt", "2026-11-20 14:00:00", id="downloaded"
        ),
    ],
)
def test_name_of_a_boot_tells_its_time(name: str, boot: str) -> None:
    assert str(boot_in_name(name)) == boot


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("DayZServer_x64.ADM", id="no-date"),
        pytest.param("DayZServer_x64_2023_08_30_215815690.ADM", id="put-aside-at-the-next-boot"),
        pytest.param("DayZServer_X1_x64_2020_12_22_054608878.ADM", id="put-aside-on-an-old-console"),
        pytest.param("DayZServer_X1_x64_2026-11-20.ADM", id="date-only"),
        pytest.param("DayZServer_PS4_x64_2026-09-08_22-00.ADM", id="no-seconds"),
        pytest.param("DayZServer_X1_x64_2026-02-30_14-00-00.ADM", id="no-such-day"),
        pytest.param("DayZServer_X1_x64_2026-11-20_24-00-00.ADM", id="no-such-hour"),
        pytest.param("DayZServer_X1_x64_1970-01-01_00-00-00.ADM", id="no-such-year"),
        pytest.param("DayZServer_X1_x64_2026-11_20_14-00-00.ADM", id="mixed-date"),
        pytest.param("backup_2026-11-22_10-00-00.ADM", id="somebody-elses-date"),
        pytest.param("DayZServer_X1_x64_٢٠٢٦-11-20_14-00-00.ADM", id="other-digits"),
        pytest.param("\udcff.ADM", id="no-text"),
        pytest.param("-", id="standard-input"),
        pytest.param("", id="nothing"),
    ],
)
def test_other_names_tell_no_boot(name: str) -> None:
    assert boot_in_name(name) is None
