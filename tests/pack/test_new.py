"""A pack of one's own is begun with one command, and never over what is there."""

from pathlib import Path

import pytest

from haihe.errors import PackInvalid
from haihe.pack.new import new_pack

CODE_LINES_MAX = 80  # The house's goal for the smallest pack.


def test_a_new_pack_is_one_short_code_file_with_its_cases(tmp_path: Path) -> None:
    written = [path.relative_to(tmp_path).as_posix() for path in new_pack("cold_store", tmp_path)]
    assert written == [
        "cold_store/pyproject.toml",
        "cold_store/README.md",
        "cold_store/src/haihe_pack_cold_store/__init__.py",
        "cold_store/src/haihe_pack_cold_store/cases.yaml",
        "cold_store/tests/test_pack.py",
    ]
    code = (tmp_path / written[2]).read_text(encoding="utf-8")
    assert len(code.splitlines()) <= CODE_LINES_MAX
    assert "${" not in "".join((tmp_path / path).read_text(encoding="utf-8") for path in written)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Cold", "cannot be a pack's name"),
        ("cold-store", "cannot be a pack's name"),
        ("../cold", "cannot be a pack's name"),
        ("x", "cannot be a pack's name"),
        ("haihe", "of the house itself"),
        ("gallery", "is installed already"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_its_reason(
    name: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(PackInvalid, match=told):
        new_pack(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cold_store").mkdir()
    with pytest.raises(PackInvalid, match="is there already"):
        new_pack("cold_store", tmp_path)
    assert not list((tmp_path / "cold_store").iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(PackInvalid, match="cannot write"):
        new_pack("cold_store", tmp_path / "file" / "inside")
