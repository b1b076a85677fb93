"""A small hub on this machine: serves folders as repositories, in the form that the hub's own libraries ask for.

`ROOT/models/org/name/…` and `ROOT/datasets/org/name/…` become repositories with one commit each. Nothing leaves the machine:
the server listens on the loopback address, and HF_ENDPOINT names it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlparse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGE = (".safetensors", ".parquet", ".bin")  # what the hub keeps outside git, known by its SHA-256


def blob_name(path: Path) -> str:
    """How the hub states a file's content: SHA-256 of a large file, git's SHA-1 of any other."""
    content = path.read_bytes()
    if path.suffix in LARGE:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class TinyHub:
    """Where the server is, and what it was asked."""

    def __init__(self, root: Path, endpoint: str, commits: Mapping[str, str]) -> None:
        self.root = root
        self.endpoint = endpoint
        self.commits = commits
        self.asked: list[str] = []

    def commit_of(self, folder: Path) -> str:
        """The only commit of a repository: the one it was given, or a hash of what it holds."""
        name = folder.relative_to(self.root).as_posix().partition("/")[2]
        names = sorted((str(path.relative_to(folder)), blob_name(path)) for path in folder.rglob("*") if path.is_file())
        return self.commits.get(name) or hashlib.sha1(repr(names).encode(), usedforsecurity=False).hexdigest()

    def environment(self, home: Path) -> dict[str, str]:
        """Variables that make the hub's libraries ask this server and keep what they fetch below `home`."""
        return {
            "HF_ENDPOINT": self.endpoint,
            "HF_HOME": str(home),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1",
        }


@contextmanager
def serving(root: Path, commits: Mapping[str, str] | None = None) -> Iterator[TinyHub]:
    """Serves the repositories below `root` while the block runs; `commits` gives some of them theirs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    hub = TinyHub(root, f"http://127.0.0.1:{server.server_address[1]}", commits or {})
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers about repositories, trees, paths and files."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Prints nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    @property
    def _hub(self) -> TinyHub:
        return self.server.hub  # type: ignore[attr-defined]

    def _answer(self) -> None:
        hub = self._hub
        url = urlparse(self.path)
        hub.asked.append(f"{self.command} {unquote(url.path)}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = unquote(url.path).strip("/").split("/")
        if parts[0] == "api" and len(parts) > 1 and parts[1] in ("models", "datasets"):
            self._about(hub.root / parts[1] / "/".join(parts[2:4]), parts[4:], parse_qs(body.decode()), body)
        elif "resolve" in parts:
            at = parts.index("resolve")
            kind, name = ("datasets", parts[1:at]) if parts[0] == "datasets" else ("models", parts[:at])
            self._file(hub.root / kind / "/".join(name), "/".join(parts[at + 2 :]))
        else:
            self._send(404, b"{}", {})

    def _about(self, folder: Path, rest: list[str], form: dict[str, list[str]], body: bytes) -> None:
        if not folder.is_dir():
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        entries = [_entry(folder, path) for path in sorted(folder.rglob("*"))]
        if rest[:1] == ["tree"]:
            prefix = "/".join(rest[2:])
            self._json([one for one in entries if one["path"].startswith(prefix)])
        elif rest[:1] == ["paths-info"]:
            wanted = form.get("paths") or json.loads(body or b"{}").get("paths", [])
            self._json([one for one in entries if one["path"] in wanted])
        else:
            files = [{"rfilename": one["path"]} for one in entries if one["type"] == "file"]
            name = "/".join(folder.parts[-2:])
            facts = {
                "id": name,
                "sha": self._hub.commit_of(folder),
                "siblings": files,
                "private": False,
                "tags": [],
                "gated": False,
            }
            self._json(facts)

    def _file(self, folder: Path, name: str) -> None:
        path = folder / name
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": self._hub.commit_of(folder)})
            return
        etag = f'"{blob_name(path)}"'
        headers = {"X-Repo-Commit": self._hub.commit_of(folder), "ETag": etag, "Accept-Ranges": "bytes"}
        if path.suffix in LARGE:
            headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(path.stat().st_size)}
        self._send(200, path.read_bytes(), headers)

    def _json(self, content: object) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    if path.is_dir():
        return {"type": "directory", "path": name, "oid": "0" * 40, "size": 0}
    entry: dict[str, Any] = {"type": "file", "path": name, "size": path.stat().st_size, "oid": blob_name(path)}
    if path.suffix in LARGE:
        entry |= {"oid": "0" * 40, "lfs": {"oid": blob_name(path), "size": entry["size"], "pointerSize": 130}}
    return entry
