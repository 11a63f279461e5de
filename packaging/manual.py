#!/usr/bin/env python3
"""Writes a man page for each command from what `ccr-audit --experimental-dump-help` says: manual.py FOLDER [EPOCH]."""

import datetime
import json
import pathlib
import sys

EXIT_STATUS = [
    ("0", "All is well."),
    ("1", "The check failed: a rule of the policy is broken."),
    ("2", "It could not be done: missing input, an unreadable file, a message that could not be delivered."),
    ("64", "Wrong usage."),
]
FILES = [
    ("~/.config/ccr-audit/config.yaml", "The configuration; $XDG_CONFIG_HOME stands for ~/.config."),
    ("~/.local/share/ccr-audit/ledger.sqlite", "The ledger (macOS: ~/Library/Application Support/ccr-audit)."),
    ("~/.local/share/ccr-audit/history.jsonl", "The history, to which the daily run appends."),
    (
        "/usr/share/doc/ccr-audit/docs",
        "Pages about sources, plans, budgets, prices, bills and all else; of `make install` below its PREFIX.",
    ),
]
ENVIRONMENT = [
    ("CCR_AUDIT_CONFIG", "The configuration file."),
    ("CCR_AUDIT_<KEY>", "Any key of the configuration, in capitals, a dot as an underscore."),
    ("CCR_AUDIT_SLACK_WEBHOOK_URL", "The webhook that alerts go to."),
    ("HTTPS_PROXY, NO_PROXY, ALL_PROXY", "The proxy for alerts."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "Certificates to trust for alerts."),
    ("NO_COLOR", "No colours."),
    ("TZ", "The time zone that days are counted in, unless one is configured."),
]


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def listed(title, entries):
    lines = [f".SH {title}"]
    for name, text in entries:
        lines += [".TP", f".B {escaped(name)}", escaped(text)]
    return lines


def option(argument):
    names = []
    for name in argument.get("names", []):
        names.append(("-" if name["kind"] == "short" else "--") + name["name"])
    value = argument.get("valueName", "").upper()
    if argument["kind"] == "positional":
        return value + ("..." if argument.get("isRepeating") else "")
    return ", ".join(names) + (f" {value}" if argument["kind"] == "option" else "")


def page(command, path, date):
    name = "-".join(path)
    arguments = [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]
    synopsis = [f".B {escaped(' '.join(path))}"]
    if command.get("subcommands"):
        synopsis.append(".I command")
    for argument in arguments:
        text = escaped(option(argument))
        synopsis.append(f"[{text}]" if argument.get("isOptional") else text)
    prose, examples = [], []
    for paragraph in command.get("discussion", "").split("\n\n"):
        lines = paragraph.split("\n")
        if all(line.startswith("  ") for line in lines if line):
            examples += [".nf", *(escaped(line[2:]) for line in lines), ".fi", ".PP"]
        else:
            prose += [escaped(paragraph), ".PP"]
    lines = [
        f'.TH {name.upper()} 1 "{date}" "ccr-audit" "User Commands"',
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS",
        *synopsis,
        ".SH DESCRIPTION",
        *(prose or [escaped(command.get("abstract", ""))]),
    ]
    if arguments:
        entries = []
        for argument in arguments:
            text = argument.get("abstract", "")
            if argument.get("allValues"):
                text += f" One of: {', '.join(argument['allValues'])}."
            if argument.get("defaultValue"):
                text += f" Default: {argument['defaultValue']}."
            entries.append((option(argument), text.strip()))
        lines += listed("OPTIONS", entries)
    shown = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    if shown:
        lines += listed("COMMANDS", [(f"{name}-{sub['commandName']}(1)", sub.get("abstract", "")) for sub in shown])
    lines += listed("EXIT STATUS", EXIT_STATUS) + listed("FILES", FILES) + listed("ENVIRONMENT", ENVIRONMENT)
    lines += [".SH EXAMPLES", *(examples or [".nf", escaped(" ".join(path) + " --help"), ".fi"])]
    if len(path) > 1:
        lines += [".SH SEE ALSO", f".BR {escaped('-'.join(path[:-1]))} (1)"]
    return "\n".join(lines) + "\n"


def write(command, path, folder, date):
    (folder / f"{'-'.join(path)}.1").write_text(page(command, path, date))
    for sub in command.get("subcommands", []):
        if sub["commandName"] != "help":
            write(sub, [*path, sub["commandName"]], folder, date)


epoch = sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else None
day = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else datetime.datetime.now(datetime.timezone.utc)
target = pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
write(json.load(sys.stdin)["command"], ["ccr-audit"], target, day.strftime("%Y-%m-%d"))
