"""Writing files: whole or not at all, and never over another by surprise."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.writing import write_whole

pytestmark = pytest.mark.quick


def names(directory):
    """What is in a directory."""
    return sorted(path.name for path in directory.iterdir())


def refused(path, text="new\n", **options):
    """What writing is refused for."""
    with pytest.raises(OutputError) as caught:
        write_whole(path, text, **options)
    assert str(caught.value)
    return caught.value


def test_a_file_is_written_as_utf8_with_its_line_ends_as_they_are(tmp_path):
    write_whole(tmp_path / "a.yaml", "é 😀\r\nb\n")
    assert (tmp_path / "a.yaml").read_bytes() == "é 😀\r\nb\n".encode()
    assert names(tmp_path) == ["a.yaml"]


def test_a_file_that_is_there_stays_unless_forced(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("old\n")
    assert refused(file).kind == "file-exists"
    assert file.read_text() == "old\n"
    write_whole(file, "new\n", force=True)
    assert file.read_text() == "new\n"
    assert names(tmp_path) == ["a.yaml"]


def test_a_directory_is_never_replaced(tmp_path):
    (tmp_path / "d").mkdir()
    for force in (False, True):
        error = refused(tmp_path / "d", force=force)
        assert (error.kind, error.detail.reason) == ("cannot-write", "it is a directory")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file/a.yaml", errno.ENOTDIR),
        ("n" * 300, errno.ENAMETOOLONG),
        ("loop", errno.ELOOP),
        ("loop/a.yaml", errno.ELOOP),
    ],
)
def test_a_place_that_takes_no_file_is_told(tmp_path, place, reason):
    (tmp_path / "file").write_text("a file\n")
    (tmp_path / "loop").symlink_to("loop")
    before = names(tmp_path)
    error = refused(tmp_path / place, force=True)
    assert (error.kind, error.detail.reason) == ("cannot-write", os.strerror(reason))
    assert names(tmp_path) == before


def test_a_directory_that_is_not_there_is_named_and_not_made(tmp_path):
    error = refused(tmp_path / "missing" / "a.yaml", force=True)
    reason = f"there is no directory {tmp_path / 'missing'}"
    assert (error.kind, error.detail.reason) == ("cannot-write", reason)
    assert names(tmp_path) == []


def test_a_path_with_a_null_character_is_told(tmp_path):
    assert refused(tmp_path / "a\0b").kind == "cannot-write"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc here")
def test_a_file_system_that_takes_no_files_is_told():
    assert refused(Path("/proc/a.yaml")).kind == "cannot-write"


def test_what_is_no_regular_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    error = refused(tmp_path / "pipe", force=True)
    assert (error.kind, error.detail.reason) == ("cannot-write", "it is not a regular file")
    assert names(tmp_path) == ["pipe"]


def test_a_disk_without_hard_links_is_written_to_all_the_same(tmp_path, monkeypatch):
    def no_links(*_, **__):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    write_whole(tmp_path / "a.yaml", "new\n")
    assert (tmp_path / "a.yaml").read_text() == "new\n"
    assert names(tmp_path) == ["a.yaml"]


def test_a_directory_without_permission_is_told(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    place = tmp_path / "locked"
    place.mkdir(mode=0o500)
    error = refused(place / "a.yaml")
    assert (error.kind, error.detail.reason) == ("cannot-write", os.strerror(errno.EACCES))
    assert names(place) == []


def test_a_disk_that_fills_up_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("old\n")
    code = f"""if True:
        import resource, signal
        from pathlib import Path
        from hydra_recipes.findings.errors import OutputError
        from hydra_recipes.writing import write_whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            write_whole(Path({str(file)!r}), "x" * 1_000_000, force=True)
        except OutputError as error:
            print(error.kind, error.detail.reason)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"cannot-write {os.strerror(errno.EFBIG)}", done.stderr
    assert file.read_text() == "old\n"
    assert names(tmp_path) == ["a.yaml"]


@pytest.mark.parametrize(
    ("owner", "step", "force"),
    [
        (os, "fsync", False),
        (Path, "hardlink_to", False),
        (os, "fsync", True),
        (Path, "chmod", True),
        (Path, "replace", True),
    ],
)
def test_a_step_that_fails_leaves_everything_as_it_was(tmp_path, monkeypatch, owner, step, force):
    file = tmp_path / "a.yaml"
    if force:
        file.write_text("old\n")

    def fail(*_, **__):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(owner, step, fail)
    error = refused(file, force=force)
    assert (error.kind, error.detail.reason) == ("cannot-write", os.strerror(errno.EIO))
    assert names(tmp_path) == (["a.yaml"] if force else [])
    if force:
        assert file.read_text() == "old\n"


def test_an_interruption_leaves_everything_as_it_was(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.yaml", "new\n")
    assert names(tmp_path) == []


def test_text_that_is_no_utf8_is_told_and_leaves_nothing(tmp_path):
    assert refused(tmp_path / "a.yaml", "name: \udcff\n").kind == "cannot-write"
    assert names(tmp_path) == []


def test_a_file_that_appears_while_writing_stays(tmp_path, monkeypatch):
    file = tmp_path / "a.yaml"
    sync = os.fsync

    def somebody_else(descriptor):
        file.write_text("theirs\n")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", somebody_else)
    assert refused(file).kind == "file-exists"
    assert file.read_text() == "theirs\n"
    assert names(tmp_path) == ["a.yaml"]


def test_a_symbolic_link_stays_one_and_its_file_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_text("old\n")
    link = tmp_path / "link.yaml"
    link.symlink_to("real/a.yaml")
    assert refused(link).kind == "file-exists"
    write_whole(link, "new\n", force=True)
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.yaml").read_text() == "new\n"
    assert names(tmp_path / "real") == ["a.yaml"]


def test_a_symbolic_link_to_nothing_yet_is_filled(tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to("a.yaml")
    write_whole(link, "new\n")
    assert link.is_symlink()
    assert (tmp_path / "a.yaml").read_text() == "new\n"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_replaced_file_keeps_its_permissions(tmp_path, mode):
    file = tmp_path / "a.yaml"
    file.write_text("old\n")
    file.chmod(mode)
    write_whole(file, "new\n", force=True)
    assert file.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "a.yaml", "new\n")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "a.yaml").stat().st_mode & 0o777 == 0o666 & ~mask


def test_no_descriptor_is_left_open(tmp_path):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, limit[1]))
    try:
        for at in range(100):
            write_whole(tmp_path / f"{at}.yaml", "x\n")
            refused(tmp_path / f"{at}.yaml")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    assert len(names(tmp_path)) == 100
