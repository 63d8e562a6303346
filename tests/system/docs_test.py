"""Manual pages, completions and rules for Prometheus, as the program makes them: nothing that it knows is missing, and
those that read them take them.

What is real: the program, man, the shells and promtool. A shell that is not installed is left out.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from harness import SOURCE

PROGRAM = sys.argv[1]
FOLDER = pathlib.Path(tempfile.mkdtemp())


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, **more)


def made(*words):
    done = run(PROGRAM, "docs", *words)
    assert done.returncode == 0 and done.stdout, (words, done)
    return done.stdout


def commands(*path):
    """Every command, by the help of the one above it."""
    shown = run(PROGRAM, *path, "--help").stdout
    yield path, set(re.findall(r"^ {2,}(?:-\w,)?(--[a-z-]+)", shown, re.M))
    if "Subcommands:" not in shown:
        return
    for name in re.findall(r"^  ([a-z][a-z-]*) ", shown.split("Subcommands:")[1].split("\n\n")[0], re.M):
        yield from commands(*path, name)


ALL = list(commands())


def plain(page):
    """The text of a manual page, as one line."""
    file = FOLDER / "page"
    file.write_text(page)
    if not shutil.which("man"):
        return None
    shown = run("man", "--warnings", "-E", "UTF-8", "-l", str(file), env={"PATH": "/usr/bin:/bin", "MANWIDTH": "400", "LC_ALL": "C.UTF-8"})
    assert shown.returncode == 0 and not shown.stderr, shown.stderr
    return " ".join(re.sub(r".\x08", "", shown.stdout).split())


def test_the_manual_has_every_command_and_option():
    assert len(ALL) > 30, ALL
    page = made("man")
    text = page.replace("\\-", "-")
    for path, options in ALL:
        heading = f'.SS "{" ".join(("arrivald", *path))} '
        assert not path or heading in text, heading
        begin = text.index(heading) if path else 0
        end = text.find("\n.SS", begin + 1) if path else len(text)
        for option in options - {"--help"}:
            assert option in text[begin:end], (path, option)
    assert "docs" in {path[0] for path, _ in ALL if path}
    shown = plain(page)
    assert shown is None or ("EXIT STATUS" in shown and "--online" in shown), shown


def test_what_is_printed_for_packages_lists_its_parts():
    assert "docs" in run(PROGRAM, "--help").stdout.split("Subcommands:")[1].split("Exit codes")[0]
    for path, parts in ((["docs"], ("man", "config", "completion")), (["docs", "completion"], ("bash", "zsh", "fish"))):
        shown = run(PROGRAM, *path, "--help").stdout
        assert all(f"\n  {part} " in shown for part in parts), shown


def test_the_manual_of_the_configuration_has_every_key():
    example = (SOURCE / "deploy/arrivald.example.yaml").read_text()
    keys = set(re.findall(r"^ *#?(?:- )?([a-z_]+):", example, re.M))
    assert len(keys) > 100, keys
    page = made("config")
    text = page.replace("\\-", "-")
    for key in keys:
        assert f"{key}:" in text, key
    plain(page)


def test_bash_completes_commands_options_and_values():
    script = FOLDER / "arrivald.bash"
    script.write_text(made("completion", "bash"))
    assert not run("bash", "-n", str(script)).stderr

    def completed(*words):
        line = " ".join(f"'{word}'" for word in words)
        asked = f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _arrivald; echo \"${{COMPREPLY[@]}}\""
        done = run("bash", "-c", asked, cwd=FOLDER)
        assert not done.stderr, done.stderr
        return done.stdout.split()

    assert {"run", "check", "doctor", "desk"} <= set(completed("arrivald", ""))
    assert sorted(completed("arrivald", "doc")) == ["docs", "doctor"]
    assert "list" in completed("arrivald", "desk", "")
    assert completed("arrivald", "status", "--ch") == ["--check"]
    assert completed("arrivald", "status", "--lang", "") == ["ja", "en"]
    (FOLDER / "own.yaml").write_text("")
    assert completed("arrivald", "check", "ow") == ["own.yaml"] == completed("arrivald", "trace", "--config", "ow")
    assert completed("arrivald", "dmarc", "read", "ow") == ["own.yaml"]
    assert "--keep" in completed("arrivald", "backup", "a.yaml", "--")
    for path, options in ALL:
        assert options <= set(completed("arrivald", *path, "--")), path


def test_other_shells_take_theirs():
    for shell in ("zsh", "fish"):
        script = FOLDER / f"arrivald.{shell}"
        script.write_text(made("completion", shell))
        assert "which Prometheus before 2.42 and old vmalert refuse" in script.read_text(), shell
        for option in set().union(*(options for _, options in ALL)):
            assert option.lstrip("-") in script.read_text(), (shell, option)
        if shutil.which(shell):
            done = run(shell, "-n", str(script))
            assert done.returncode == 0 and not done.stderr, done.stderr




def exported(*options):
    file = FOLDER / "arrivald.yaml"
    file.write_text("language: en\naccounts: [{name: main, key: {environment: KEY}, events: {accept_unsigned: true}}]\n"
                    "links: {page: 'https://mail.example.jp/'}\n")
    done = run(PROGRAM, "export", "rules", *options, str(file), env={"KEY": "SG.key"})
    assert done.returncode == 0 and not done.stderr, done.stderr
    rules = FOLDER / f"rules{'_'.join(options)}.yaml"
    rules.write_text(done.stdout)
    checked = run("promtool", "check", "rules", str(rules))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return rules, done.stdout


def test_relayed_rules_fire_as_the_tested_ones_do():
    """The tests of deploy/prometheus.rules.yaml, on what the program prints, with the runbook that each alert has besides."""
    rules, text = exported()
    inline = re.compile(r"^( *)runbook: \|-\n(?:\1  .*\n)+", re.M)
    assert "systemctl restart arrivald" in inline.search(text)[0], text
    plain_text = "".join(line for line in inline.sub("", text).splitlines(True) if "runbook_url" not in line)
    assert plain_text == (SOURCE / "deploy/prometheus.rules.yaml").read_text()
    assert text.count("runbook_url: 'https://mail.example.jp/runbooks/") == text.count("- alert:") - 1, text
    tests = (SOURCE / "tests/deploy/prometheus_rules_test.yaml").read_text()
    file = FOLDER / "relay_test.yaml"
    bare = FOLDER / "bare.yaml"
    bare.write_text(plain_text)
    file.write_text(re.sub(r"^rule_files:.*$", f"rule_files: [{bare}]", tests, flags=re.M))
    done = run("promtool", "test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


FULL = """rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      # Ten mails a minute; from minute 60 on half of them bounce, until minute 80.
      - {{series: 'arrivald_delivered_total{{account="main"}}', values: '0+10x60 605+5x19 710+10x100'}}
      - {{series: 'arrivald_bounces_total{{account="main"}}', values: '0+0x60 5+5x19 100+0x100'}}
      - {{series: 'arrivald_blocks_total{{account="main"}}', values: '0+0x180'}}
      - {{series: 'arrivald_poll_age_seconds{{account="main",task="statistics"}}', values: '30+0x180'}}
    alert_rule_test:
      - {{eval_time: 60m, alertname: delivery_rate_critical, exp_alerts: []}}
      - eval_time: {fires}m
        alertname: delivery_rate_critical
        exp_alerts:
          - exp_labels: {{account: main, severity: critical, rule: delivery-rate}}
            exp_annotations: {{summary: 'delivery-rate: main', runbook_url: 'https://mail.example.jp/runbooks/delivery-rate'}}
      - {{eval_time: 130m, alertname: delivery_rate_critical, exp_alerts: []}}
      - {{eval_time: 170m, alertname: delivery_rate_warning, exp_alerts: []}}
"""


def test_full_rules_fire_by_themselves():
    rules, text = exported("--full")
    assert "# judged by arrivald only: stall" in text and "delivery_rate_warning" in text, text
    # Prometheus evaluates several groups in any order: what records and what reads it belong into one.
    assert text.count("  - name: ") == 1, text
    file = FOLDER / "full_test.yaml"
    file.write_text(FULL.format(rules=rules, fires=64))
    done = run("promtool", "test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "keep_firing_for" in text and "keep_firing_for" not in exported("--full", "--no-keep-firing")[1]


def expressions(dashboard):
    """Every query of a dashboard, as Prometheus gets it: those of variables and annotations as well."""
    for panel in dashboard["panels"]:
        assert panel["targets"] and panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        for target in panel["targets"]:
            yield target["expr"]
    for note in dashboard["annotations"]["list"]:
        yield note["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            yield match.group(1)


def test_dashboards_are_as_they_are_made_and_prometheus_reads_their_queries():
    folder = FOLDER / "dashboards"
    folder.mkdir()
    assert run(sys.executable, str(SOURCE / "deploy/grafana/generate"), str(folder)).returncode == 0
    kept = {path.name: path.read_text() for path in (SOURCE / "deploy/grafana").glob("*.json")}
    assert kept == {path.name: path.read_text() for path in folder.glob("*.json")} and len(kept) == 5
    rules = []
    for text in kept.values():
        dashboard = json.loads(text)
        assert dashboard["uid"].startswith("arrivald-") and dashboard["title"].startswith("arrivald / "), dashboard["uid"]
        known = {variable["name"] for variable in dashboard["templating"]["list"]}
        for expression in expressions(dashboard):
            used = set(re.findall(r"\$(\w+)", expression)) - {"__rate_interval", "__range"}
            assert used <= known, (dashboard["uid"], expression)
            plain_text = expression.replace("$__rate_interval", "5m").replace("$__range", "1d")
            rules.append({"record": f"checked:r{len(rules)}", "expr": re.sub(r"\$\w+", "x", plain_text)})
    file = FOLDER / "queries.yaml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    checked = run("promtool", "check", "rules", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_instruction_of_the_dockerfile_is_one():
    """A line that lacks its backslash would make an instruction of the next one."""
    text = (SOURCE / "deploy/containers/Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    logical = re.sub(r"\\\n", " ", "\n".join(lines)).splitlines()
    known = {"ARG", "FROM", "LABEL", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD", "WORKDIR", "STOPSIGNAL"}
    for line in logical:
        assert not line.strip() or line.split()[0] in known, line


def test_runbooks_name_commands_that_exist():
    known = {" ".join(path) for path, _ in ALL}
    options = {" ".join(path): names for path, names in ALL}
    for book in sorted((SOURCE / "deploy/runbooks").glob("*.md")):
        for line in re.findall(r"`(?:sudo )?arrivald ([^`]+)`", book.read_text()):
            words = line.split()
            path = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            assert path in known, (book.name, line)
            for option in re.findall(r"--[a-z-]+", line):
                assert option in options[path], (book.name, line)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(f"ok {name}")
shutil.rmtree(FOLDER)
