"""What the README tells to type: its smallest configuration, each `arrivald` command, each line of its other blocks in
their order, and each YAML of its tables.

What is real: the program, the words of the README, a daemon that answers. What is replaced: the paths of /etc and
/usr by a folder, `sudo`, systemctl and cmake by recorders, and the provider by a scripted one.
"""
import http.client
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import textwrap

from harness import KEY, SOURCE, Daemon, Provider, free_port, shown_log_on_failure, wait_for

README = (SOURCE / "README.md").read_text()
provider = Provider()
daemon = Daemon(sys.argv[1], provider)
# Needs an account at SendGrid, a terminal, or two minutes: these have tests of their own.
ELSEWHERE = {"run", "demo", "doctor", "webhook"}
SUBCOMMANDS = {"run", "check", "doctor", "status", "trace", "webhook", "explain", "explain-alert", "test-alert", "demo", "desk"}


def blocks():
    """The lines of all fenced blocks, a command over several lines as one."""
    text = "\n".join(re.findall(r"^ *```[a-z]*\n(.*?)^ *```", README, re.M | re.S))
    return [line.strip() for line in text.replace("\\\n", " ").splitlines()]


def commands():
    """Each `arrivald SUBCOMMAND …` of the blocks and of the running text, as words."""
    lines = blocks() + re.findall(r"`((?:sudo )?arrivald [^`]+)`", README)
    for line in lines:
        match = re.search(r"\barrivald ([a-z-]+)\b.*", line)
        if match and match.group(1) in SUBCOMMANDS and line.split("arrivald")[0].strip() in ("", "sudo"):
            yield match.group(1), shlex.split(match.group(0), comments=True)[1:]


def smallest_configuration():
    match = re.search(r"<<'YAML'\n(.*?)^ *YAML$", README, re.M | re.S)
    assert match, "the README shows no smallest configuration"
    lines = match.group(1).splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines) + "\n"


def check_smallest(more):
    """`arrivald check` of the smallest configuration, with more of the README below it."""
    folder = pathlib.Path(daemon.folder, "etc")
    for secret in folder.iterdir():
        secret.chmod(0o600)
    config = folder.parent / "readme.yaml"
    config.write_text(smallest_configuration() + more + f"store: {{path: {folder}/arrivald.db}}\nlisten: {{port: {daemon.port}}}\n")
    return subprocess.run([sys.argv[1], "check", str(config)], capture_output=True, text=True,
                          env=dict(os.environ, CREDENTIALS_DIRECTORY=str(folder)))


def test_smallest_configuration():
    folder = pathlib.Path(daemon.folder, "etc")
    folder.mkdir()
    (folder / "sendgrid-key").write_text(KEY + "\n")
    (folder / "slack-webhook").write_text("https://hooks.slack.com/services/T0/B0/xyz\n")
    checked = check_smallest("")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Account main" in checked.stdout, checked.stdout


RECORDERS = {"sudo": 'exec "$@"', "systemctl": "", "cmake": "", "ctest": "", "arrivald": "", "install-packages": "", "demo": "", "run": ""}


def shell_blocks():
    """The fenced blocks that name no language, without their indentation: what is to be typed in a shell."""
    fences = re.findall(r"^ *```([a-z]*)\n(.*?)^ *```", README, re.M | re.S)
    return [textwrap.dedent(text) for language, text in fences if not language]


def test_what_is_typed_in_a_shell():
    """All blocks as one script, from the install to the desk. What it needs and does not make itself fails it."""
    folder = pathlib.Path(daemon.folder, "host")
    for path in ("usr/bin", "etc/systemd/system", "recorders/deploy", "recorders/tests", "recorders/build/program/daemon", "recorders/systemd"):
        (folder / path).mkdir(parents=True)
    recorders = folder / "recorders"
    log = folder / "log"
    for name, then in RECORDERS.items():
        place = {"install-packages": "deploy", "demo": "deploy", "run": "tests"}.get(name, "")
        recorder = recorders / place / name
        recorder.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>{log}\n{then}\n')
        recorder.chmod(0o755)
    for real in ("deploy/install-packages", "deploy/demo", "tests/run"):
        assert os.access(SOURCE / real, os.X_OK), real
    for real in (SOURCE / "deploy").glob("packages*"):
        (recorders / "deploy" / real.name).write_bytes(real.read_bytes())
    (recorders / "systemd/arrivald.service").write_bytes((SOURCE / "systemd/arrivald.service").read_bytes())
    (recorders / "build/program/daemon/arrivald").write_text("the program")
    (recorders / "replies.tsv").write_text("reply_text\n550 5.1.1 User unknown\n")
    script = "set -eu\n" + "\n".join(shell_blocks())
    for path in ("/etc/", "/usr/bin/"):
        script = script.replace(f" {path}", f" {folder}{path}")
    done = subprocess.run(["bash", "-c", script], cwd=recorders, capture_output=True, text=True, input="pasted\n", timeout=60,
                          env={"PATH": f"{recorders}:{os.environ['PATH']}"})
    assert done.returncode == 0 and not done.stderr, (done.stdout, done.stderr)
    assert (folder / "usr/bin/arrivald").read_text() == "the program"
    assert (folder / "etc/systemd/system/arrivald.service").read_text() == (SOURCE / "systemd/arrivald.service").read_text()
    assert (folder / "etc/arrivald/arrivald.yaml").read_text() == smallest_configuration()
    unit = (folder / "etc/systemd/system/arrivald.service").read_text()
    secrets = re.findall(r"^LoadCredential=[\w-]+:/(.*)$", unit, re.M)
    assert len(secrets) >= 2, secrets
    for secret in secrets:
        assert (folder / secret).stat().st_mode & 0o777 == 0o600, secret
    typed = log.read_text().splitlines() + re.findall(r"`(?:sudo )?((?:systemctl|journalctl) [^`]+)`", README)
    presets = {preset["name"] for kind, found in json.loads((SOURCE / "CMakePresets.json").read_text()).items()
               if kind.endswith("Presets") for preset in found}
    for line in typed:
        words = line.split()
        if words[0] in ("cmake", "ctest"):
            assert words[words.index("--preset") + 1] in presets, line
        if words[0] == "systemctl":
            assert words[1] in ("daemon-reload", "enable", "disable", "edit", "start", "stop", "restart", "reload", "reset-failed"), line
            assert words[1] == "daemon-reload" or words[-1] == "arrivald", line
    assert "systemctl enable --now arrivald" in typed and "cmake --build --preset program" in typed, typed


def test_every_command_that_answers_people_has_lang():
    for words in (["check"], ["status"], ["explain-alert"], ["test-alert"], ["trace"], ["explain"], ["demo"], ["webhook", "status"],
                  ["webhook", "enable"], ["webhook", "test"]):
        shown = subprocess.run([sys.argv[1], *words, "--help"], capture_output=True, text=True)
        assert shown.returncode == 0 and "--lang" in shown.stdout, (words, shown.stdout)


def test_a_wrong_command_line_is_told_with_what_there_is():
    cases = [((), "arrivald needs a command; there are: run, check, doctor, status"), (("nonsense",), 'no command is called "nonsense"; there are: run'),
             (("webhook",), "webhook needs a command; there are: status, enable, test"), (("webhook", "on"), 'no command is called "on"'),
             (("staus",), 'did you mean "status"?'), (("password",), 'did you mean "desk password"?'), (("webhook", "enabel"), 'did you mean "enable"?'),
             (("status", "--jsn"), 'arrivald status has no option --jsn; did you mean "--json"?'), (("desk", "explain"), "arrivald desk explain needs address"),
             (("status", "a.yaml", "b"), 'arrivald status does not know what to do with "b"'), (("test-alert", "--channel"), "--channel needs a value"),
             (("demo", "--port", "99999"), "--port"), (("explain",), "reply"),
             (("--lang", "ja", "staus"), "「staus」というコマンドはありません"), (("status", "--lang", "ja", "--jsn"), "--jsn というオプションはありません"),
             (("--lang", "ja", "demo", "--port", "99999"), "--port には 0–65535 の数を"), (("status", "--lang", "fr"), "--lang must be one of: ja, en"),
             (("--lang", "ja", "explain", "x", "--stage", "foo"), "SMTPのコマンドを書いてください"), (("--lang", "ja", "demo", "--seed", "x"), "数を書いて"),
             (("--lang", "ja", "incident", "x"), "number には 1 以上の整数を"), (("--lang", "ja", "trace", "--from"), "--from には値が要ります"),
             (("webhook", "--lang=ja", "on"), "「on」というコマンドはありません"), (("status", "--lang", "de"), "ja"),
             (("demo", "--lang", "ja", "--scenario", "x"), "--scenario に書けるのは、次のどれかです: demo, quiet"),
             (("--lang", "ja", "demo", "--scenario", "x"), "--scenario に書けるのは、次のどれかです: demo, quiet"),
             (("--lang", "ja", "demo", "--lang", "en", "--scenario", "x"), "--scenario must be one of: demo, quiet")]
    for words, said in cases:
        done = subprocess.run([sys.argv[1], *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 2 and said in done.stderr, (words, done)


def test_commands():
    daemon.start()
    wait_for("the first read", lambda: daemon.get("/readyz")[0] == 200)
    seen = set()
    for subcommand, words in commands():
        seen.add(subcommand)
        synopsis = any("[" in word or word.isupper() for word in words)
        if subcommand in ELSEWHERE or synopsis or words == [subcommand] and subcommand == "trace":
            assert daemon.command(subcommand, "--help").returncode == 0
            continue
        if "<" in words:
            words = words[:words.index("<")]
        given = {"desk": [], "explain": [], "trace": ["--config", daemon.config]}.get(subcommand, [daemon.config])
        stdin = {"explain": "reply_text\n550 5.1.1 User unknown\n", "desk password": "four words that suffice\n"}.get(" ".join(words), "")
        done = subprocess.run([daemon.program, *words, *given], capture_output=True, text=True, input=stdin, env=daemon.environment, timeout=60)
        output = done.stdout + done.stderr
        assert done.returncode != 2 and "not expected" not in output, (words, output)
        # A trace of a town's mail finds nothing in an empty store, and says so.
        # Nor is a daemon of one second well: `status` says what it cannot know yet. `check --online` finds that the
        # scripted provider takes an empty message, which Slack does not.
        assert done.returncode == 0 or subcommand in ("trace", "status", "check"), (words, output)
        assert output.strip(), words
    assert seen >= SUBCOMMANDS - {"run", "demo"} , f"the README does not show {SUBCOMMANDS - seen}"
    assert daemon.stop() == 0


def test_tables():
    """Each YAML fragment in the day-two table is taken as it stands."""
    table = README[README.index("## Day two"):README.index("## Which alerts there are")]
    fragments = [text for text in re.findall(r"`([^`]+)`", table) if re.match(r"[a-z_]+: [\[{]", text)]
    assert len(fragments) >= 2, fragments
    for fragment in fragments:
        daemon.write(provider, fragment + "\n")
        secrets = pathlib.Path(daemon.folder, "etc")
        for name in re.findall(r"credential: ([\w-]+)", fragment):
            (secrets / name).write_text("xoxb-0123-abcd\n" if name.endswith("token") else "https://monitor.example.jp/ping\n")
        daemon.environment["CREDENTIALS_DIRECTORY"] = str(secrets)
        checked = daemon.command("check", daemon.config)
        assert checked.returncode == 0, (fragment, checked.stdout + checked.stderr)


def yaml_of_the_desk():
    match = re.search(r"```yaml\n( *desk:\n.*?)^ *```", README, re.M | re.S)
    assert match, "the README shows no configuration of the desk"
    return textwrap.dedent(match.group(1))


def test_desk():
    """The desk behind nginx: the YAML as it stands, asked as the README has nginx ask."""
    folder = pathlib.Path(daemon.folder, "etc")
    (folder / "sendgrid-delete-key").write_text("SG.delete-" + KEY + "\n")
    yaml = yaml_of_the_desk()
    checked = check_smallest(yaml)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    port = free_port()
    daemon.write(provider, yaml.replace("desk:\n", f"desk:\n  listen: {{port: {port}}}\n", 1))
    daemon.environment["CREDENTIALS_DIRECTORY"] = str(folder)
    daemon.start()
    host = re.search(r"server_name (\S+);", README).group(1)
    headers = {name: host if value == "$host" else "https" if value == "$scheme" else "203.0.113.5"
               for name, value in re.findall(r"proxy_set_header (\S+) (\$\w+);", README) if name != "X-Remote-User"}
    assert set(headers) == {"Host", "X-Forwarded-For", "X-Forwarded-Proto"}, headers

    def status(headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/login", headers=headers)
        return connection.getresponse().status
    assert status(headers) == 200
    assert status(dict(headers, Host="other.example.jp")) == 421
    assert daemon.stop() == 0


def test():
    test_smallest_configuration()
    test_what_is_typed_in_a_shell()
    test_every_command_that_answers_people_has_lang()
    test_a_wrong_command_line_is_told_with_what_there_is()
    test_commands()
    test_tables()
    test_desk()


shown_log_on_failure(daemon, test)
print("ok")
