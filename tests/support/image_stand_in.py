"""A stand-in for a container: an image's instructions, run in a copy of this machine's root.

Needs root and a mount namespace of its own: `unshare --mount python image_stand_in.py JOB`, where
JOB is a JSON object (see `Plan`). The root is an overlay in memory, so nothing outside changes. The
instructions run as they stand, but for the installation when `packages` names a folder that stands
in for it. All stages share the root, so a `COPY --from` has nothing to do. Then the root becomes
read-only, as compose makes it, and the command runs as the image's user; its output is ours.

On standard input, `check` runs the HEALTHCHECK and prints its exit code, or that the command has
ended; `stop` sends the command
SIGTERM; in the end the command's own exit code is printed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dockerfile import Instruction, stages_of

BOUND = ("/dev", "/proc")
OF_THE_BASE = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "LD_LIBRARY_PATH": "/usr/local/lib",  # in the base image the linker's cache knows it
}


@dataclass(frozen=True)
class Plan:
    """What to build and run: `variables` are those of the container, `files` are put below
    /run/secrets, `cache` is the volume of the models, `python` the prefix of the
    Python that stands in for the base image's.
    """

    context: str
    scratch: str
    stages: list[str]
    python: str
    packages: str | None
    cache: str
    variables: dict[str, str]
    files: dict[str, str]


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)  # noqa: S603, S607


def new_root(plan: Plan) -> Path:
    """An overlay over this machine's root."""
    scratch = Path(plan.scratch)
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "tmpfs", str(scratch))
    root = scratch / "root"
    root.mkdir()
    overlay("/", root, scratch / "machine")
    for folder in BOUND:
        mount("--rbind", folder, f"{root}{folder}")
    # The base image has its Python there.
    overlay(plan.python, root / "usr/local", scratch / "python")
    command = root / "usr/local/bin/python"
    if not command.exists():
        command.symlink_to("python3")
    return root


def overlay(lower: str, place: Path, kept: Path) -> None:
    """Show a folder at a place; what is changed there is kept elsewhere."""
    for name in ("upper", "work"):
        (kept / name).mkdir(parents=True)
    (kept / "upper").chmod(0o755)
    layers = f"lowerdir={lower},upperdir={kept}/upper,workdir={kept}/work"
    mount("-t", "overlay", "overlay", "-o", layers, str(place))


class Container:
    """The root with what the instructions make of it."""

    def __init__(self, plan: Plan, root: Path) -> None:
        self._plan = plan
        self._root = root
        self._environment = dict(OF_THE_BASE)
        self._folder = "/"
        self._user = "0:0"
        self._last: dict[str, Instruction] = {}

    def build(self) -> None:
        """Run the instructions of all stages."""
        stages = stages_of(Path(self._plan.context, "docker/Dockerfile"))
        for name in self._plan.stages:
            self._environment = dict(OF_THE_BASE)
            self._folder, self._user = "/", "0:0"
            for instruction in stages[name].instructions:
                self._do(instruction)

    def _do(self, instruction: Instruction) -> None:
        self._last[instruction.name] = instruction
        if instruction.name == "ENV":
            values = instruction.values
            self._environment |= {
                key: value.replace("$PATH", self._environment["PATH"])
                for key, value in values.items()
            }
        elif instruction.name == "WORKDIR":
            self._folder = instruction.text
            self._at(self._folder).mkdir(parents=True, exist_ok=True)
        elif instruction.name == "USER":
            self._user = instruction.text
        elif instruction.name == "COPY":
            self._copy(instruction)
        elif instruction.name == "RUN":
            if self._plan.packages is not None and "pip install" in instruction.text:
                self._stand_in_for_packages()
            else:
                self._start(instruction.words).wait() and sys.exit(f"failed: {instruction.text}")

    def _at(self, path: str) -> Path:
        return self._root / Path(self._folder, path).relative_to("/")

    def _copy(self, instruction: Instruction) -> None:
        if any(flag.startswith("--from=") for flag in instruction.flags):
            return
        *sources, target = instruction.text.split()
        for source in sources:
            given, place = Path(self._plan.context, source), self._at(target)
            if given.is_dir():
                shutil.copytree(given, place, dirs_exist_ok=True)
            else:
                place = place / given.name if target.endswith("/") else place
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(given, place)

    def _stand_in_for_packages(self) -> None:
        """Let the environment of the image find what is installed here and the copied source."""
        packages = self._at("/opt/packages")
        packages.mkdir()
        mount("--bind", str(self._plan.packages), str(packages))
        (site,) = self._at("/opt/uas/lib").glob("python3.*/site-packages")
        ours = [f"/src/{folder}" for folder in ("core", "server", "pipeline", "training")]
        (site / "stand_in.pth").write_text("\n".join([*ours, "/opt/packages"]) + "\n")
        command = self._at("/opt/uas/bin/uas")
        command.write_text(
            "#!/opt/uas/bin/python\nimport sys\nfrom uas_cli.main import main\n"
            "if __name__ == '__main__':\n    sys.exit(main())\n"
        )
        command.chmod(0o755)

    def seal(self) -> None:
        """Mount the volumes and /tmp, put the secrets in place, make the rest read-only."""
        secrets = self._at("/run/secrets")
        secrets.mkdir(parents=True, exist_ok=True)
        for name, text in self._plan.files.items():
            (secrets / name).write_text(text)
        mount("--bind", self._plan.cache, str(self._at("/var/cache/uas")))
        mount("-o", "remount,ro,bind", str(self._at("/var/cache/uas")))
        mount("-t", "tmpfs", "-o", "mode=0750,uid=10001,gid=10001", "tmpfs", self._place("state"))
        mount("-t", "tmpfs", "-o", "mode=1777,noexec,nosuid,nodev", "tmpfs", self._place("tmp"))
        mount("-o", "remount,ro,bind", str(self._root))

    def _place(self, name: str) -> str:
        return str(self._at({"state": "/var/lib/uas", "tmp": "/tmp"}[name]))  # noqa: S108

    def run(self) -> subprocess.Popen[bytes]:
        """Start the image's command."""
        self._environment |= self._plan.variables
        return self._start([*self._last["ENTRYPOINT"].words, *self._last["CMD"].words])

    def check(self) -> int:
        """Run the health check once."""
        return self._start(self._last["HEALTHCHECK"].words).wait()

    def _start(self, words: list[str]) -> subprocess.Popen[bytes]:
        """Start a command inside, as the user of the moment; a user keeps no capability."""
        inside = ["chroot", str(self._root), "setpriv", *self._as_user()]
        inside += ["env", "--ignore-environment", f"--chdir={self._folder}"]
        variables = [f"{name}={value}" for name, value in self._environment.items()]
        return subprocess.Popen([*inside, *variables, *words], stdin=subprocess.DEVNULL)  # noqa: S603

    def _as_user(self) -> list[str]:
        user, group = self._user.split(":")
        confined = [] if user == "0" else ["--no-new-privs", "--bounding-set=-all"]
        return [f"--reuid={user}", f"--regid={group}", "--clear-groups", *confined, "--"]


def main() -> None:
    plan = Plan(**json.loads(sys.argv[1]))
    os.umask(0o022)
    container = Container(plan, new_root(plan))
    container.build()
    container.seal()
    server = container.run()
    for line in sys.stdin:
        if line.strip() == "check":
            sys.stdout.write(f"{container.check() if server.poll() is None else 'ended'}\n")
            sys.stdout.flush()
        elif line.strip() == "stop":
            server.send_signal(signal.SIGTERM)
            break
    sys.stdout.write(f"{server.wait()}\n")


if __name__ == "__main__":
    main()
