"""A path or s3:// address in, an Icechunk repository out; its versions and its waste."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import icechunk
import pandas as pd
from icechunk import ManifestSplitCondition, ManifestSplitDimCondition
from icechunk.session import ForkSession

from cube.contract import CubeError
from cube.store.lock import committer, is_local

# Icechunk warns at every opening of a folder that concurrent committers lose commits there.
# `committer` is the answer to that; everything else it has to say stays audible.
icechunk.set_logs_filter("error")


class Forked(Protocol):
    """Something written into a fork of a session."""

    @property
    def fork(self) -> ForkSession: ...


Written = TypeVar("Written", bound=Forked)

STORAGE_OPTIONS = ("endpoint_url", "region", "anonymous")

MANIFEST_MINES = 32
"""Windows per manifest of the large arrays: a commit rewrites only the manifests it touches."""

MANIFEST_SLOTS = 32
"""Slots per manifest of the large arrays: appending a year leaves the older years' manifests."""

INLINE_BYTES = 2048
"""Chunks up to this size live in the manifest: coordinates cost no object each."""


def storage(path: str | os.PathLike) -> icechunk.Storage:
    """Where the repository's objects lie.

    Parameters
    ----------
    path : str or path
        A folder, or `s3://bucket/prefix`. An object store that is not Amazon's is named in the
        address, so that one string says it all to every worker:
        `s3://bucket/prefix?endpoint_url=http://host:9000&region=us-east-1` (also
        `anonymous=true`). Credentials come from the standard AWS chain, never from the address.

    Raises
    ------
    CubeError
        If the scheme or an option is unknown, or no prefix is given.
    """
    if is_local(path):
        return icechunk.local_filesystem_storage(str(Path(path).absolute()))
    address = urlsplit(os.fspath(path))
    prefix = address.path.strip("/")
    if address.scheme != "s3" or not address.netloc or not prefix:
        raise CubeError(
            f"{path!s} is no place for a cube: give a folder, or s3://bucket/prefix "
            "(an object store and a prefix of its own)."
        )
    options = dict(parse_qsl(address.query, keep_blank_values=True))
    unknown = sorted(set(options) - set(STORAGE_OPTIONS))
    if unknown:
        raise CubeError(f"Unknown option {unknown[0]!r} in {path!s}: {STORAGE_OPTIONS} are known.")
    endpoint = options.get("endpoint_url")
    anonymous = options.get("anonymous", "").lower() in ("1", "true", "yes")
    return icechunk.s3_storage(
        bucket=address.netloc,
        prefix=prefix,
        region=options.get("region"),
        endpoint_url=endpoint,
        allow_http=endpoint is not None and endpoint.startswith("http://"),
        force_path_style=endpoint is not None,
        anonymous=anonymous or None,
        from_env=None if anonymous else True,
    )


def open_repository(path: str | os.PathLike, create: bool = False) -> icechunk.Repository:
    """The repository at `path`; with `create`, an empty one where there is none.

    Raises
    ------
    CubeError
        If there is no repository and `create` is False, if a folder there holds something else,
        or if the place cannot be reached or written.
    """
    place = storage(path)
    try:
        empty = is_local(path) and not _holds_something(Path(path))
        if not empty and icechunk.Repository.exists(place):
            return icechunk.Repository.open(place)
        if not create:
            raise CubeError(
                f"There is no cube at {path!s}. Make one with python -m pipelines.full_run, "
                "or name the folder that holds it (OUTPUT/cube of a run)."
            )
        if not is_local(path):
            return icechunk.Repository.create(place, configuration())
        if not empty:
            raise CubeError(
                f"{path!s} holds files that are no cube. Name an empty or a new folder."
            )
        return _created(Path(path).resolve())
    except (icechunk.IcechunkError, OSError) as error:
        raise CubeError(
            f"The cube at {path!s} cannot be opened: {first_line(error)}. Make room if the disk is "
            "full; bring back what is missing or damaged; or name another place."
        ) from error


def _holds_something(folder: Path) -> bool:
    """Looked at before Icechunk does: it makes the folder it asks about."""
    return folder.exists() and any(folder.iterdir())


def _created(folder: Path) -> icechunk.Repository:
    """An empty repository, made beside its place and moved there whole: a kill leaves no half."""
    unfinished = folder.with_name(folder.name + ".new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(parents=True)
    icechunk.Repository.create(storage(unfinished), configuration())
    unfinished.rename(folder)
    return icechunk.Repository.open(storage(folder))


def configuration() -> icechunk.RepositoryConfig:
    """Settings every repository is born with; they are saved in it."""
    dimensions = ManifestSplitDimCondition.DimensionName
    splitting = icechunk.ManifestSplittingConfig.from_dict(
        {
            ManifestSplitCondition.AnyArray(): {
                dimensions("mine"): MANIFEST_MINES,
                dimensions("tile"): MANIFEST_MINES,
                dimensions("time"): MANIFEST_SLOTS,
            }
        }
    )
    return icechunk.RepositoryConfig(
        inline_chunk_threshold_bytes=INLINE_BYTES,
        manifest=icechunk.ManifestConfig(splitting=splitting),
    )


def snapshot_id(
    path: str | os.PathLike,
    snapshot: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
) -> str:
    """The snapshot that a tag, a branch (default `main`) or a snapshot's own id names.

    Raises
    ------
    CubeError
        If more than one is given, or there is none of that name.
    """
    given = {"snapshot": snapshot, "tag": tag, "branch": branch}
    named = {kind: name for kind, name in given.items() if name is not None}
    if len(named) > 1:
        raise CubeError(f"Give a snapshot, a tag or a branch, not several: {named}.")
    repository = open_repository(path)
    try:
        if snapshot is not None:
            return repository.lookup_snapshot(snapshot).id
        if tag is not None:
            return repository.lookup_tag(tag)
        return repository.lookup_branch("main" if branch is None else branch)
    except (icechunk.IcechunkError, ValueError) as error:
        kind, name = next(iter(named.items()), ("branch", "main"))
        there = {"tag": repository.list_tags, "branch": repository.list_branches}
        known = sorted(there[kind]()) if kind in there else "see cube.history(path)"
        raise CubeError(f"The cube at {path!s} has no {kind} {name!r} (there: {known}).") from error


def commit(session: icechunk.Session, message: str, metadata: Mapping[str, Any]) -> str:
    """Commit the session and return the snapshot's id.

    Raises
    ------
    CubeError
        If somebody else committed since the session was opened (object stores only: a folder's
        `committer` keeps others out). Nothing is committed then.
    """
    try:
        return session.commit(message, dict(metadata))
    except icechunk.ConflictError as error:
        raise CubeError(
            "Somebody else committed to this cube meanwhile, so this was not committed. Run again: "
            "what they wrote stays, and only what is still missing is done."
        ) from error


def merged(session: icechunk.Session, written: Iterable[Written]) -> list[Written]:
    """What workers wrote, its forks merged into the session they came from; not yet committed."""
    batch = []
    for one in written:
        session.merge(one.fork)
        batch.append(one)
    return batch


def refuse_other_settings(there: Mapping[str, Any], here: Mapping[str, Any], what: str) -> None:
    """Settings that `what` was made with, and those asked for.

    Raises
    ------
    CubeError
        If they differ; every difference is named.
    """
    differences = [
        f"{key} is {there.get(key)!r} there and {here.get(key)!r} here"
        for key in sorted(there.keys() | here.keys())
        if there.get(key) != here.get(key)
    ]
    if differences:
        raise CubeError(
            f"{what} was made with other settings: {'; '.join(differences)}. Use its settings, or "
            "another output folder."
        )


def history(path: str | os.PathLike, branch: str = "main") -> pd.DataFrame:
    """Every snapshot, newest first: `snapshot`, `written_at` (UTC), `step`, `message`.

    Raises
    ------
    CubeError
        If there is no such cube or branch.
    """
    newest = snapshot_id(path, branch=branch)
    rows = [
        (info.id, info.written_at, info.metadata.get("step", ""), info.message)
        for info in open_repository(path).ancestry(snapshot_id=newest)
    ]
    return pd.DataFrame(rows, columns=["snapshot", "written_at", "step", "message"])


def collect_garbage(
    path: str | os.PathLike, older_than: timedelta | None = None
) -> icechunk.GCSummary:
    """Delete objects that no snapshot refers to: what a killed writer left behind.

    Every snapshot, branch and tag stays readable. In a folder the writers' lock is taken, so all
    that is unreferenced is waste. In an object store a writer may be at work unseen: only
    objects older than `older_than` (default one day) go.

    Raises
    ------
    CubeError
        If another process is writing, or there is no cube.
    """
    if older_than is None:
        older_than = timedelta(0) if is_local(path) else timedelta(days=1)
    with committer(path):
        summary = open_repository(path).garbage_collect(datetime.now(UTC) - older_than)
        if is_local(path):  # files being written are named OBJECT#1; Icechunk does not see them
            for half_written in Path(path).glob("*/*#*"):
                half_written.unlink()
        return summary


def first_line(error: BaseException) -> str:
    """What an Icechunk error says, without its trace."""
    lines = [line.strip(" ×\n") for line in str(error).splitlines() if line.strip()]
    return lines[0].removeprefix("x ") if lines else type(error).__name__
