"""The Debian package of this build: what is in it, and that it comes and goes in a root of its own without a trace.

What is real: deploy/package, debhelper, dpkg, systemd-sysusers, the program from the package. What is not: nothing is
started, since there is no systemd in that root, and what the package depends on is that of this machine.

With --boot behind the program, a root of Debian 12 is made from the mirror and booted, and package_boot.sh is run in it: install,
start, upgrade and downgrade with a changed file, with and without a terminal, remove, purge. That takes minutes, root and
mmdebstrap, systemd-nspawn and a network.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from harness import SOURCE

if not shutil.which("dh") or os.geteuid() != 0:
    print("skipped: debhelper is not installed, or this is not root")
    sys.exit(77)

FOLDER = pathlib.Path(tempfile.mkdtemp())
ROOT = FOLDER / "root"


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stdout[-4000:], done.stderr[-4000:])
    return done.stdout


def dpkg(*words):
    # The scripts run outside of the root and are told it in DPKG_ROOT.
    return run("dpkg", f"--root={ROOT}", "--force-depends", "--force-script-chrootless", f"--log={FOLDER}/log", *words)


def files():
    return {str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not str(path.relative_to(ROOT)).startswith("var/lib/dpkg")}


def build():
    run(SOURCE / "deploy/package", "--built", sys.argv[1], "--output", FOLDER)
    package, = FOLDER.glob("arrivald_*.deb")
    return package


def test_what_is_in_it(package):
    names = {line.split()[5] for line in run("dpkg-deb", "-c", package).splitlines()}
    for name in ("./usr/bin/arrivald", "./lib/systemd/system/arrivald.service", "./usr/lib/sysusers.d/arrivald.conf",
                 "./usr/share/man/man1/arrivald.1.gz", "./usr/share/man/man5/arrivald.yaml.5.gz", "./usr/share/zsh/vendor-completions/_arrivald",
                 "./usr/share/bash-completion/completions/arrivald", "./usr/share/fish/vendor_completions.d/arrivald.fish",
                 "./usr/share/doc/arrivald/examples/arrivald.example.yaml", "./etc/arrivald/secrets/",
                 *(f"./usr/share/doc/arrivald/examples/grafana/{board.name}" for board in (SOURCE / "deploy/grafana").glob("*.json"))):
        assert name in names or name + ".gz" in names, (name, names)
    # Two files of one name: the package has one under another.
    unpacked = FOLDER / "unpacked"
    run("dpkg-deb", "-x", package, unpacked)
    docs = unpacked / "usr/share/doc/arrivald"
    for name, source in (("README.md", "README.md"), ("OPERATING.md", "deploy/README.md")):
        text = gzip.decompress((docs / f"{name}.gz").read_bytes()).decode() if (docs / f"{name}.gz").exists() else (docs / name).read_text()
        assert text.splitlines()[0] == (SOURCE / source).read_text().splitlines()[0], (name, text[:200])
    # ExecReload of the unit.
    assert "procps" in run("dpkg-deb", "-f", package, "Depends")
    control = FOLDER / "control"
    run("dpkg-deb", "-e", package, control)
    assert not (control / "conffiles").exists(), "an upgrade must not ask"
    version = run(sys.argv[1], "--version").split()[1]
    assert run("dpkg-deb", "-f", package, "Version").strip() == version, "deploy/debian/changelog has another version"
    if shutil.which("lintian"):
        run("lintian", "--allow-root", "--fail-on", "error,warning", package)


def test_the_unit_is_that_of_the_tree_but_for_user_and_secrets():
    unit = (ROOT / "lib/systemd/system/arrivald.service").read_text().splitlines()
    ours = (SOURCE / "systemd/arrivald.service").read_text().splitlines()
    added = [line for line in unit if line not in ours and not line.startswith("#")]
    gone = [line for line in ours if line not in unit and not line.startswith("#")]
    assert added == ["Documentation=man:arrivald(1) man:arrivald.yaml(5)", "LoadCredential=secrets:/etc/arrivald/secrets", "User=arrivald"], added
    assert len(gone) == 3 and "DynamicUser=yes" in gone, gone


def test_install_use_remove_purge(package):
    for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "usr/bin"):
        (ROOT / name).mkdir(parents=True, exist_ok=True)
    (ROOT / "var/lib/dpkg/status").touch()
    before = files()
    dpkg("-i", package)
    assert (ROOT / "etc/arrivald/secrets").stat().st_mode & 0o777 == 0o700
    assert "arrivald:" in (ROOT / "etc/passwd").read_text()
    # The user is arrivald's only trace: policy keeps users, since files of their number may be anywhere.
    of_user = {name for name in files() if re.fullmatch(r"etc/(\.pwd\.lock|(passwd|group|shadow|gshadow)-?)", name)}
    assert not list((ROOT / "etc/systemd").rglob("arrivald.service")), "it must not be enabled"
    assert run(ROOT / "usr/bin/arrivald", "--version").startswith("arrivald ")
    test_the_unit_is_that_of_the_tree_but_for_user_and_secrets()
    # What its owner and the service make.
    for name in ("etc/arrivald/arrivald.yaml", "etc/arrivald/secrets/sendgrid-key", "var/lib/arrivald/arrivald.db",
                 "var/lib/arrivald/backups/arrivald-1.db", "etc/systemd/system/arrivald.service.d/override.conf"):
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text("x")
    dpkg("-i", package)  # as an upgrade does
    assert (ROOT / "etc/arrivald/arrivald.yaml").read_text() == "x"
    dpkg("-r", "arrivald")
    assert (ROOT / "var/lib/arrivald/arrivald.db").exists() and (ROOT / "etc/arrivald/secrets/sendgrid-key").exists()
    assert not (ROOT / "usr/bin/arrivald").exists()
    dpkg("-P", "arrivald")
    left = {name for name in files() - before - of_user if not (ROOT / name).is_dir()}
    assert not left, left
    assert not (ROOT / "etc/arrivald").exists() and not (ROOT / "var/lib/arrivald").exists()


def test_the_image_has_what_the_package_depends_on(package):
    """The Dockerfile names by hand what dpkg finds by itself."""
    needed = {name.split()[0] for name in run("dpkg-deb", "-f", package, "Depends").split(",")} - {"systemd", "procps", "libc6", "libgcc-s1"}
    image = (SOURCE / "deploy/containers/Dockerfile").read_text().split("FROM ${BASE}")[-1]
    assert needed <= set(image.split()), needed - set(image.split())
    folder = SOURCE / "deploy/containers"
    for source in re.findall(r"source: (\.[^,}]+)", (folder / "compose.yaml").read_text()):
        # Its owner's own file.
        assert source == "./arrivald.yaml" or (folder / source).exists(), source


def newer(package):
    """The same package as a later version."""
    tree = FOLDER / "newer"
    run("dpkg-deb", "-R", package, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: (.*)$", r"Version: \1+1", control.read_text(), flags=re.M))
    run("dpkg-deb", "-Znone", "-b", tree, FOLDER / "newer.deb")
    return FOLDER / "newer.deb"


def test_under_a_real_systemd(package):
    root = FOLDER / "booted"
    needed = [name.split()[0] for name in run("dpkg-deb", "-f", package, "Depends").split(",")]
    run("mmdebstrap", "--variant=minbase", "--include=" + ",".join(["systemd-sysv", "dbus", *needed]), "bookworm", root)
    shutil.copy(package, root / "root/old.deb")
    shutil.copy(newer(package), root / "root/new.deb")
    shutil.copy(SOURCE / "tests/system/package_boot.sh", root / "root/package_boot.sh")
    units = root / "etc/systemd/system"
    (units / "multi-user.target.wants").mkdir(exist_ok=True)
    (units / "multi-user.target.wants/operator.service").symlink_to("../operator.service")
    (units / "operator.service").write_text("[Unit]\nAfter=multi-user.target\n[Service]\nType=idle\n"
                                            "ExecStart=/bin/bash /root/package_boot.sh\n")
    subprocess.run(["systemd-nspawn", "-D", root, "--boot", "--register=no", "--keep-unit"], stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=300)
    out = (root / "root/out.txt").read_text()
    assert out.rstrip().endswith("END") or "\nEND\n" in out, out[-4000:]


made = build()
test_what_is_in_it(made)
test_install_use_remove_purge(made)
test_the_image_has_what_the_package_depends_on(made)
if "--boot" in sys.argv:
    test_under_a_real_systemd(made)
shutil.rmtree(FOLDER)
print("ok")
