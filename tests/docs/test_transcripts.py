"""A page is run as its reader would, and leaves the process of the tests as it was."""

import logging
from pathlib import Path

from tests.docs.transcripts import Transcript

PAGE = """
```python
>>> import logging
>>> logging.getLogger("payrule").setLevel(logging.DEBUG)
>>> logging.getLogger("payrule").isEnabledFor(logging.DEBUG)
True

```
"""


def test_a_page_that_switches_records_on_leaves_them_off(tmp_path: Path) -> None:
    transcript = Transcript(PAGE, tmp_path)
    assert transcript.run() == PAGE
    assert not transcript.differences
    assert not logging.getLogger("payrule").isEnabledFor(logging.DEBUG)
