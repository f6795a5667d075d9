"""Nothing of ours calls what has opened doors before; what must, is named here with its reason."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.dangerous import RULES, found_in

ROOT = Path(__file__).parents[2]

WAIVED: Mapping[tuple[str, str], str] = {
    ("lab/hosts/features.py", "text made up for a shell"): "lines of that module; the folder is given as $1",
}
"""A file and a rule, and why it is no door."""

TEXTS: Mapping[str, str] = {
    "a host whose key nobody looks at": r"StrictHostKeyChecking[= ]+(no|off)|UserKnownHostsFile[= ]+/dev/null"
    r"|host_key_checking\s*[=:]\s*(False|no)",
    "a download that nobody verifies": r"--trusted-host|--no-check-certificate"
    r"|curl [^|\n]*(-[a-zA-Z]*k|--insecure)\b"
    r"|curl [^\n]*\|\s*(sudo )?(ba)?sh|--allow-unauthenticated|trusted=yes",
    "a hole in Go's sums": r"-mod=mod|GONOSUMDB=|GONOSUMCHECK=|GOINSECURE=|GOSUMDB=off|GOFLAGS=\s*$",
    "a package without its hash": r"pip install (?![^\n]*(--require-hashes|--no-deps))[^\n]*-r ",
    "everybody may write": r"chmod (-R )?[a-z+]*0?777|mode:\s*[\"']?0?777",
}
"""What no shipped text says, by what it would be."""


def of_ours(*endings: str) -> list[Path]:
    listing = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    kept = [
        name
        for name in names
        if not name.startswith(("tests/", "docs/", "changes/")) and name != "CHANGELOG.md"
    ]
    return [ROOT / name for name in kept if name.endswith(endings) and (ROOT / name).is_file()]


def test_no_module_of_ours_calls_what_has_opened_doors() -> None:
    modules = of_ours(".py")
    found = {
        (path.relative_to(ROOT).as_posix(), each.rule): each.line
        for path in modules
        for each in found_in(path.read_text(encoding="utf-8"))
    }

    assert len(modules) > 400
    assert [
        f"{file}:{line}: {rule}" for (file, rule), line in found.items() if (file, rule) not in WAIVED
    ] == []
    assert [waiver for waiver in WAIVED if waiver not in found] == [], "nothing needs this waiver any more"


def test_no_script_or_play_of_ours_says_what_has_opened_doors() -> None:
    texts = of_ours(".py", ".sh", ".yml", ".yaml", ".j2", ".cfg", ".toml", ".in", "Makefile", ".ci/run")
    found = [
        f"{path.relative_to(ROOT)}: {rule}: {match.group()}"
        for path in texts
        for rule, pattern in TEXTS.items()
        for match in re.finditer(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert found == []


CAUGHT = {
    "a line for a shell": (
        "subprocess.run(line, shell=True)",
        "subprocess.Popen(line, shell=wanted)",
        "os.system('true')",
        "os.popen(line)",
        "subprocess.getoutput(line)",
        "await asyncio.create_subprocess_shell(line)",
    ),
    "text made up for a shell": (
        "run(['sh', '-c', f'rm {name}'])",
        "run([*door, 'bash', '-ec', 'cat ' + name])",
        "run(('/bin/sh', '-c', 'cat {}'.format(name)))",
        "run(['sh', '-c', os.environ['LINE']])",
    ),
    "text carried out": ("eval(text)", "exec(text)", "__import__(name)", "compile(text, 'f', 'exec')"),
    "objects out of a file": (
        "import pickle",
        "from marshal import loads",
        "import shelve as s",
        "import dill.x",
    ),
    "any yaml": (
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.load(text, yaml.FullLoader)",
        "yaml.unsafe_load(text)",
        "ruamel.full_load(text)",
    ),
    "a temporary name": ("tempfile.mktemp()", "mktemp()", "os.tempnam()"),
    "nobody verified": (
        "requests.get(url, verify=False, timeout=1)",
        "context.check_hostname = False",
        "session.verify = False",
        "ssl._create_unverified_context()",
        "context.verify_mode = ssl.CERT_NONE",
        "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())",
        "urllib3.disable_warnings()",
    ),
    "no patience named": (
        "requests.get(url)",
        "requests.post(url, timeout=None)",
        "httpx.get(url)",
        "urllib.request.urlopen(url)",
        "HTTPConnection(host, 80)",
        "socket.create_connection((host, 80))",
    ),
    "a weak digest": ("hashlib.md5(text)", "hashlib.sha1(text)", "hashlib.new('MD5', text)"),
    "a page unescaped": ("Environment(loader=l)", "jinja2.Environment(loader=l, autoescape=False)"),
    "an archive anywhere": (
        "tar.extractall(folder)",
        "tar.extractall(folder, filter='fully_trusted')",
        "shutil.unpack_archive(file, folder)",
    ),
}
HARMLESS = (
    "subprocess.run([program, word], shell=False)",
    "run(['sh', '-c', 'cat \"$1\"', 'sh', name])",
    "re.compile(pattern)",
    "yaml.safe_load(text)",
    "yaml.load(text, Loader=yaml.CSafeLoader)",
    "tempfile.mkdtemp()",
    "requests.get(url, verify=bundle, timeout=3)",
    "urlopen(url, timeout=8)",
    "socket.create_connection((host, 80), 1)",
    "hashlib.sha256(text)",
    "hashlib.md5(text, usedforsecurity=False)",
    "Environment(loader=l, autoescape=True)",
    "tar.extractall(folder, filter='data')",
    "store.verify(signature)",
)


@pytest.mark.parametrize(
    ("rule", "source"), [(rule, each) for rule, every in CAUGHT.items() for each in every]
)
def test_a_rule_finds_what_it_is_about(rule: str, source: str) -> None:
    assert rule in {each.rule for each in found_in(f"async def f():\n    {source}")}


@pytest.mark.parametrize("source", HARMLESS)
def test_what_is_harmless_is_left_alone(source: str) -> None:
    assert list(found_in(source)) == []


SAID = {
    "a host whose key nobody looks at": (
        "ssh -o StrictHostKeyChecking=no host",
        "UserKnownHostsFile /dev/null",
        "host_key_checking = False",
    ),
    "a download that nobody verifies": (
        "pip install --trusted-host pypi.example x",
        "curl -fsSLk https://example.net",
        "curl --insecure https://example.net",
        "curl https://example.net/install | sh",
        "deb [trusted=yes] https://example.net stable main",
    ),
    "a hole in Go's sums": ("GOFLAGS=-mod=mod go build", "GONOSUMDB=* go get x", "export GOSUMDB=off"),
    "a package without its hash": ("pip install --quiet -r requirements.txt",),
    "everybody may write": ("chmod 777 x", "chmod -R 0777 x", "mode: '0777'"),
}


@pytest.mark.parametrize(("rule", "text"), [(rule, each) for rule, every in SAID.items() for each in every])
def test_a_pattern_finds_what_it_is_about(rule: str, text: str) -> None:
    assert re.search(TEXTS[rule], text, re.MULTILINE)


@pytest.mark.parametrize(
    "text",
    [
        "pip install --require-hashes -r x.lock",
        "chmod 0700 x",
        "curl -fsSL https://example.net",
        "GOFLAGS=-mod=readonly",
    ],
)
def test_a_harmless_text_is_left_alone(text: str) -> None:
    assert not [rule for rule, pattern in TEXTS.items() if re.search(pattern, text, re.MULTILINE)]


def test_every_rule_is_shown_to_find_something() -> None:
    assert (set(CAUGHT), set(SAID)) == (set(RULES), set(TEXTS))
