"""Generated modules on disk: content-addressed, written atomically, healed when damaged.

What numba keeps beside them is machine code and pickles, which run when they are read. The folder
is therefore used only while nobody else can write to it; without it everything is compiled for
this process alone.
"""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from asymp.atomic import write_text


def cache_folder() -> Path:
    """Folder of generated kernels: ``ASYMP_CACHE_DIR``, else the user's cache folder."""
    chosen = os.environ.get("ASYMP_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "asymp" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "asymp"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asymp"


def own_folder() -> Path:
    """Cache folder, made if it is missing, if nobody else can write to it.

    Raises
    ------
    OSError
        If it cannot be made, or another user could have put files into it.
    """
    folder = cache_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for place in (folder, folder / "__pycache__"):
        if open_to_others(place):
            reason = f"the cache folder {folder} is not used: other users can write to {place}"
            warnings.warn(f"{reason} (own it, and chmod go-w)", RuntimeWarning, stacklevel=1)
            raise PermissionError(reason)
    return folder


def open_to_others(folder: Path) -> bool:
    """Whether somebody else owns a folder or may write to it."""
    if os.name != "posix" or not folder.exists():
        return False
    found = folder.stat()
    return found.st_uid != os.geteuid() or bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def load_module(key: str, text: str) -> ModuleType:
    """Return the module of that text, through the cache folder if that can be written to.

    Raises
    ------
    Exception
        Whatever the text itself raises when it is executed.
    """
    name = f"asymp_kernel_{key}"
    if name in sys.modules:
        return sys.modules[name]
    try:
        path = stored(own_folder(), name, text)
    except OSError:
        return executed(name, Path(f"<{name}>"), text)
    return executed(name, path, text)


def stored(folder: Path, name: str, text: str) -> Path:
    """Path of a file that holds exactly ``text``; an existing good file is never rewritten.

    Raises
    ------
    OSError
        If it has to be written and cannot be.
    """
    path = folder / f"{name}.py"
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return path
    write_text(path, text)
    return path


def executed(name: str, path: Path, text: str) -> ModuleType:
    """Execute a module from text under that file name.

    It is registered before execution: numba's cache unpickles functions by module name.

    Raises
    ------
    Exception
        Whatever the text itself raises; the module is then not registered.
    """
    spec = importlib.util.spec_from_loader(name, loader=None, origin=str(path))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
