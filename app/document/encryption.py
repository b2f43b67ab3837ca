"""An encrypted project: made from a plain one, and back, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from app.document import mounts
from app.document.cells import SEALED, Cells
from app.document.errors import PassphraseNeeded, ProjectError, SealBroken, VaultDamaged
from app.document.files import ASIDE_SUFFIX, write_aside, write_plainly_aside
from app.document.location import locate, lock
from app.document.store import open_store
from app.document.swap import new_folder, settle_swap, swap_in
from app.document.vault import Cost, Vault, check_header, unlock

HEADER = "vault.json"
_COPY = "vault.json.copy"
_DATABASE = "project.db"
_NOT_COPIED = (".lock", "-wal", "-shm", "-journal", ASIDE_SUFFIX)


def is_encrypted(data_folder: Path) -> bool:
    """Whether a project needs a passphrase."""
    return (data_folder / HEADER).exists() or (data_folder / _COPY).exists()


def vault_of(data_folder: Path, passphrase: str | None) -> Vault | None:
    """The opened vault of a project, None when it is a plain one.

    Raises `PassphraseNeeded`, `WrongPassphrase`, `VaultDamaged`; nothing is changed then.
    """
    if not is_encrypted(data_folder):
        return None
    if passphrase is None:
        raise PassphraseNeeded(f"{data_folder.parent} is encrypted: give its passphrase.")
    damage: Exception | None = None
    for name in (HEADER, _COPY):
        try:
            return unlock((data_folder / name).read_bytes(), passphrase)
        except (VaultDamaged, FileNotFoundError) as error:
            damage = error
    raise VaultDamaged(
        "The encryption header of this project is damaged: restore vault.json from a backup."
    ) from damage


def encrypt_project(folder: Path, passphrase: str, *, cost: Cost | None = None) -> None:
    """Encrypt the project of a folder. Nobody may have it open.

    All is written to a new folder, which takes the place of the plain one; killed in the middle,
    the project is what it was, or encrypted. Raises `ProjectError`, `OSError`.
    """
    if not passphrase:
        raise ProjectError("The passphrase is empty: choose one of several words.")
    vault = Vault.new()
    _convert(folder, None, vault, vault.header(passphrase, cost))


def decrypt_project(folder: Path, passphrase: str | None) -> None:
    """Make a plain project again, in the same way. Raises as `encrypt_project` and `vault_of`."""
    _convert(folder, passphrase, None, None)


def change_passphrase(folder: Path, old: str, new: str, *, cost: Cost | None = None) -> None:
    """From now on `new` opens the project, which nobody may have open.

    The key stays: whoever kept a copy of the old header can still open it with `old`. Raises
    `ProjectLocked`, `OSError`, and as `vault_of`; then the passphrase is still `old`.
    """
    data_folder = locate(folder.absolute(), read_only=True).data_folder
    file_lock = lock(data_folder)
    try:
        give_passphrase(data_folder, old, new, cost=cost)
    finally:
        if file_lock is not None:
            file_lock.release()


def give_passphrase(data_folder: Path, old: str, new: str, *, cost: Cost | None = None) -> None:
    """`change_passphrase` by the process that holds the lock; the project may be open. Any thread.

    Killed in the middle, either `old` or `new` opens the project.
    """
    if not new:
        raise ProjectError("The passphrase is empty: choose one of several words.")
    vault = vault_of(data_folder, old)
    if vault is None:
        raise ProjectError(f"{data_folder.parent} is not encrypted.")
    _write_header(data_folder, vault.header(new, cost))


def _write_header(data_folder: Path, header: bytes) -> None:
    """Twice: without it the project is lost. The copy first: only the other one is believed while
    it is whole, so that until the last moment nothing has changed.
    """
    for name in (_COPY, HEADER):
        write_plainly_aside(data_folder / name, header)


def _mend_header(data_folder: Path) -> None:
    """The copy as the header is, or the other way round: a process was killed between the two."""
    header, copy = data_folder / HEADER, data_folder / _COPY
    for source, target in ((header, copy), (copy, header)):
        try:
            data = source.read_bytes()
            check_header(data)
        except (OSError, VaultDamaged):
            continue
        with contextlib.suppress(OSError):
            if not target.exists() or target.read_bytes() != data:
                write_plainly_aside(target, data)
        return


def _convert(folder: Path, passphrase: str | None, to: Vault | None, header: bytes | None) -> None:
    data_folder = locate(folder.absolute(), read_only=False).data_folder
    if not (data_folder / _DATABASE).is_file():
        raise ProjectError(f"{folder} has no project yet: open it once first.")
    file_lock = lock(data_folder)
    try:
        settle_swap(data_folder)
        source = vault_of(data_folder, passphrase)
        if (source is None) == (to is None):
            is_done = "is not encrypted" if to is None else "is encrypted already"
            raise ProjectError(f"{folder} {is_done}.")
        new = new_folder(data_folder)
        mounts.forget(data_folder)
        _copy_files(data_folder, new, source, to)
        _copy_database(data_folder / _DATABASE, new / _DATABASE, Cells(source), Cells(to))
        if header is not None:
            _write_header(new, header)
        if os.name == "nt" and file_lock is not None:
            file_lock.release()  # Windows moves no folder with an open file.
        swap_in(data_folder)
    except SealBroken as error:
        raise ProjectError(
            f"A file of {folder} {error}: nothing was changed. Run maskloop check first."
        ) from error
    finally:
        if file_lock is not None:
            file_lock.release()


def _copy_files(old: Path, new: Path, source: Vault | None, to: Vault | None) -> None:
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old).as_posix()
        is_kept = name not in (_DATABASE, HEADER, _COPY) and not name.endswith(_NOT_COPIED)
        if not path.is_file() or not is_kept:
            continue
        context = mounts.context_of(path, old)
        data = path.read_bytes()
        if source is not None:
            try:
                data = source.open(data, context)
            except SealBroken as error:
                # A copy of the sealed database (before a migration, or damaged) stays what it is.
                if not name.startswith(_DATABASE):
                    raise SealBroken(f"({name}) {error}") from error
        write_aside(new / name, data if to is None else to.seal(data, context))


def _copy_database(old: Path, new: Path, source: Cells, to: Cells) -> None:
    """Row by row into a new file: a changed copy would keep the old values in its free pages."""
    with (
        contextlib.closing(open_store(old)) as reader,
        contextlib.closing(open_store(new)) as writer,
    ):
        writer.execute("BEGIN")
        tables = reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            writer.execute(f"DELETE FROM {table}")
            _copy_table(reader, writer, table, source, to)
        writer.execute("COMMIT")


def _copy_table(
    reader: sqlite3.Connection, writer: sqlite3.Connection, table: str, source: Cells, to: Cells
) -> None:
    rows = reader.execute(f"SELECT * FROM {table} ORDER BY rowid")
    names = [column[0] for column in rows.description]
    marks = ", ".join("?" * len(names))
    for values in rows:
        row = dict(zip(names, values, strict=True))
        for column in SEALED.get(table, ()):
            plain = source.open(table, column, row[column], **_bound(row))
            row[column] = to.seal(table, column, plain, **_bound(row))
        writer.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(row.values()))


def _bound(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key not in ("table", "column", "value")}


def close_vault(data_folder: Path, vault: Vault | None) -> None:
    """The project is closed: what is late must not be written plainly."""
    if vault is not None:
        mounts.unmount(data_folder)


def open_vault(
    data_folder: Path, passphrase: str | None, *, read_only: bool = True
) -> Vault | None:
    """Like `vault_of`; and from now on all files of the project go through it.

    Unless `read_only`, a damaged or outdated header or copy is written anew from the other.
    """
    vault = vault_of(data_folder, passphrase)
    if vault is not None and not read_only:
        _mend_header(data_folder)
    if vault is None:
        mounts.forget(data_folder)
    else:
        mounts.mount(data_folder, vault)
    return vault


__all__ = [
    "HEADER",
    "change_passphrase",
    "close_vault",
    "decrypt_project",
    "encrypt_project",
    "give_passphrase",
    "is_encrypted",
    "open_vault",
    "vault_of",
]
