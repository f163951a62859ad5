"""Packages for Node.js that tests run beside ours: installed as the lock file of a folder says."""

import shutil
import subprocess
from pathlib import Path

INSTALL_TIMEOUT_S = 100


class NodeAbsentError(Exception):
    """Node.js with npm is not on this machine."""


class InstallError(Exception):
    """npm could not install what the lock file names."""


def install(folder: Path) -> Path:
    """`folder/node_modules` as its lock file says, installed when absent or out of date."""
    modules = folder / "node_modules"
    stamp = modules / ".package-lock.json"  # npm writes it last
    lock = folder / "package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise NodeAbsentError("npm is absent: install Node.js with npm")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        raise InstallError(f"npm ci in {folder} failed:\n{done.stderr.strip()}")
    return modules
