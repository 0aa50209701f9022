"""No folder is too full to be read at once: a folder that grows is split by capability."""

from collections import Counter
from pathlib import PurePath

from house_files import python_files

MOST_FILES = 25


def python_files_by_folder() -> Counter[str]:
    """The number of Python files in each folder of sources and tests, without `__init__.py`."""
    paths = [PurePath(path) for tests in (False, True) for path in python_files(tests=tests)]
    return Counter(str(path.parent) for path in paths if path.name != "__init__.py")


def test_no_folder_holds_more_than_25_python_files() -> None:
    counts = python_files_by_folder()
    assert counts["tests/architecture"] > 1, "the folders are not found"
    full = {folder: count for folder, count in counts.items() if count > MOST_FILES}
    assert not full, "split these folders by capability:\n" + "\n".join(
        f"  {folder}: {count} files, at most {MOST_FILES}" for folder, count in full.items()
    )
