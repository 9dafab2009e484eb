"""What no error may show."""

import traceback

from tanks.tests.wargaming.fake import APPLICATION_ID, TOKEN


def assert_no_secret(error: BaseException) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    chain: BaseException | None = error
    while chain:
        shown += repr(chain)
        chain = chain.__cause__ or chain.__context__
    assert APPLICATION_ID not in shown
    assert TOKEN not in shown
