#!/usr/bin/env python3
"""Names from outside act in no output, by the word of the programs that read these outputs.

  Tests/Names/check.py PROGRAM

Models and files have names that are made to get out of their quotes. Each output is then read by a parser of others:
Markdown by markdown-it-py (CommonMark with GitHub's tables), CSV and JSON by Python, metrics by prometheus-client,
workflow commands by the rules of actions/toolkit, a crontab's command by the shell. They are installed from PyPI into a
folder of their own; where that cannot be, the check says so and passes.
"""
import csv, http.server, io, json, os, re, shutil, subprocess, sys, tempfile, threading

PROGRAM = os.path.abspath(sys.argv[1])
HOME = tempfile.mkdtemp(prefix="ccr-audit-names-")
START = 1782216000000
NAMES = [
    "plain", "a|b", "a\r\n| forged | row |", "a\n\n# heading", "`code`", "``\u0301`", "<b>x</b>", "<!-- x", "[x](http://x.example)",
    "![x](http://x.example/x.png)", "*x*", "_x_", "~~x~~", "<http://x.example>", "&lt;b&gt;", "a\u2028b", "a\u2029b", "a\u0085b",
    "\"quoted\"", "\"\u0301,\"", "a,b", "=1+1", "+1", "-1", "@x", "\t=1", "a\\", "a\\\"", "a\\\nb", "{x=\"y\"} 1", "::error::x",
    "a\n::error::x", "%0A::error::x", "\u202eabc", "\u200bx", "\x1b[2Jx", "\x07", "e\u0301" * 40, "|\u0301|", "'\u0301'", "<!channel>",
    "<@U1>", "http://x.example", "www.x.example", "x@y.example", "#1", ":x:", "- x", "> x", "1. x", "```", "---", "a  \nb", "", "::warning::y", "a ::error::x", "##[error]x",
]


def fail(why):
    print(why)
    shutil.rmtree(HOME, True)
    sys.exit(1)


def run(*words, **more):
    environment = {"PATH": os.environ["PATH"], "HOME": HOME, "TZ": "UTC", "NO_PROXY": "*", **more}
    return subprocess.run([PROGRAM, *words], env=environment, cwd=HOME, capture_output=True, timeout=120)


def write(name, text):
    path = os.path.join(HOME, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode("utf8"))
    return path


def call(number, model):
    head = '"pid":7,"hostname":"vm","reqId":"req-%x"' % (number + 1)
    time = START + number * 1000
    # Some stand alone as a provider, at the very begin of a line.
    pair = "%s,m%d" % (model, number) if model.startswith(("::", "##[")) else "ollama," + model
    return (
        '{"level":30,"time":%d,%s,"req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request"}\n' % (time, head)
        + '{"level":30,"time":%d,%s,"data":{"model":%s,"messages":[],"stream":false},"type":"request body"}\n' % (
            time, head, json.dumps(pair))
        + '{"level":20,"time":%d,%s,"response":{"usage":{"prompt_tokens":1000,"completion_tokens":10}},"msg":"Original OpenAI response"}\n'
        % (time + 400, head)
        + '{"level":30,"time":%d,%s,"res":{"statusCode":200},"responseTime":500,"msg":"request completed"}\n' % (time + 500, head))


def parsers():
    place = HOME + "/parsers"
    made = subprocess.run([sys.executable, "-m", "venv", place], capture_output=True)
    if made.returncode == 0:
        made = subprocess.run(
            [place + "/bin/pip", "install", "--quiet", "markdown-it-py", "prometheus-client"], capture_output=True)
    if made.returncode != 0:
        print("skipped: markdown-it-py and prometheus-client cannot be installed here")
        shutil.rmtree(HOME, True)
        sys.exit(0)
    version = os.listdir(place + "/lib")[0]
    sys.path.insert(0, "%s/lib/%s/site-packages" % (place, version))


def markdown(models):
    from markdown_it import MarkdownIt
    text = run("report", "--all", "--format", "markdown").stdout.decode("utf8")
    tokens = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(text)
    rows = [token for token in tokens if token.type == "tr_open"]
    tables = [index for index, token in enumerate(tokens) if token.type == "table_open"]
    end = next(index for index, token in enumerate(tokens) if token.type == "table_close")
    first = sum(token.type == "tr_open" for token in tokens[tables[0]:end]) - 1
    if first != len(models):
        fail("Markdown: %d rows of %d models" % (first, len(models)))
    # Tags that the report itself writes.
    own = {"<code>", "</code>", "<details><summary>Coverage</summary>", "</details>", "<br>"}
    acting = {"html_block", "fence", "code_block", "hr", "blockquote_open", "ordered_list_open"}
    for token in tokens:
        if token.type in acting and token.content.strip() not in own:
            fail("Markdown: a name makes a %s: %r" % (token.type, token.content[:80]))
        for child in token.children or []:
            if child.content in own:
                continue
            if child.type in ("html_inline", "link_open", "image", "em_open", "strong_open", "s_open"):
                fail("Markdown: a name makes %s: %r" % (child.type, token.content[:120]))
            if child.type == "code_inline" and "ccr-audit" not in child.content and token.content.count("|"):
                fail("Markdown: a name makes code: %r" % token.content[:120])
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    if any(heading.strip() in ("heading", "forged") for heading in headings):
        fail("Markdown: a name makes a heading")
    return len(rows)


def table(models):
    text = run("report", "--all", "--format", "csv").stdout.decode("utf8")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if {len(row) for row in rows} != {len(rows[0])} or len(rows) - 1 != len(models):
        fail("CSV: %d rows of %d models" % (len(rows) - 1, len(models)))
    column = rows[0].index("model")
    for row in rows[1:]:
        if row[column][:1] in "=+@\t\r" and row[column]:
            fail("CSV: a spreadsheet takes %r for a formula" % row[column])


def document(models):
    report = json.loads(run("report", "--all", "--format", "json").stdout)
    if len({row["model"] for row in report["models"]}) != len(models):
        fail("JSON: %d models of %d" % (len(report["models"]), len(models)))


def metrics():
    from prometheus_client.parser import text_string_to_metric_families
    write("pricing/dear.yaml", "provider: ollama\nmodels:\n" + "".join(
        "  - model: %s\n    prices: [{from: 2025-01-01, input: \"100\", output: \"400\", source: \"https://x.example\", verified: 2026-01-01}]\n"
        % json.dumps(name) for name in NAMES if name.strip() and not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", name)))
    path = HOME + "/ccr.prom"
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ended = run(
        "run", "--date", "2026-06-23", HOME + "/logs", CCR_AUDIT_PROMETHEUS_TEXTFILE=path,
        CCR_AUDIT_PRICING=HOME + "/pricing",
        CCR_AUDIT_SLACK_WEBHOOK_URL="http://127.0.0.1:%d/x" % server.server_port)
    if not os.path.exists(path):
        fail("metrics: none are written: %s" % ended.stderr.decode()[-300:])
    families = list(text_string_to_metric_families(open(path, encoding="utf8", newline="").read()))
    labels = {sample.labels.get("model") for family in families for sample in family.samples} - {None}
    if not families or any(not family.name.startswith("ccr_audit_") for family in families):
        fail("metrics: a name makes a metric")
    if not labels:
        print("metrics: no model was priced here; only their form was read")
    for body in got:
        message = json.loads(body)
        text = json.dumps(message)
        # Slack's own three characters; whatever is between < and > acts.
        for act in ("<!channel>", "<@U1>", "<http://x.example>"):
            if act in text:
                fail("Slack: a name acts as %s" % act)
    return len(got)


def commands():
    """The rule of actions/toolkit: a line that begins with `::` is a command."""
    log = write("logs/\u202e\x1b[2J\n::error::forged.log", '{"level":30,"time":1,"pid":\n')
    for words in (
        ["ingest", log], ["ingest", log + "-gone"], ["report", "--all"], ["report", "--all", "--by", "day"], ["doctor"],
        ["history"], ["check"], ["report", "--all", "--format", "csv"], ["history", "--format", "csv"],
    ):
        ended = run(*words)
        text = (ended.stdout + ended.stderr).decode("utf8", "replace").replace("\r\n", "\n")
        if re.search(r"(^|[\r\n\x85\u2028\u2029])\s*::\w|##\[", text):
            fail("%s prints a workflow command" % words[0])
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text):
            fail("%s prints a control character" % words[0])


def crontab():
    folder = HOME + "/a b%c'd\"e\u0301$(touch forged)`touch forged`"
    ended = run("schedule", "print", "--cron", "--ledger", folder + "/ledger.sqlite")
    if ended.returncode != 0:
        return
    for line in ended.stdout.decode("utf8").splitlines():
        if not line or line.startswith("#") or re.match(r"^\w+=", line):
            continue
        fields = line.split(None, 5)
        if len(fields) < 6:
            fail("crontab: %r is no line of it" % line)
        # cron ends a command at the first % that no backslash stands before, and takes that backslash away.
        if re.search(r"(?<!\\)%", fields[5]):
            fail("crontab: the command ends at a %%: %r" % line)
        command = fields[5].replace("\\%", "%").replace(PROGRAM, "printf '%s\\n'", 1)
        said = subprocess.run(["/bin/sh", "-c", command], cwd=HOME, capture_output=True).stdout.decode("utf8")
        if folder + "/ledger.sqlite" not in said.split("\n"):
            fail("crontab: the shell reads another path: %r" % said)
    if os.path.exists(HOME + "/forged"):
        fail("crontab: a path is run as a command")


def main():
    write("logs/a.log", "".join(call(number, name) for number, name in enumerate(NAMES)))
    parsers()
    ended = run("ingest", HOME + "/logs/a.log")
    if ended.returncode != 0:
        fail("the ingest ends with %d: %s" % (ended.returncode, ended.stderr.decode()[-300:]))
    report = json.loads(run("report", "--all", "--format", "json").stdout)
    models = [row["model"] for row in report["models"]]
    rows = markdown(models)
    table(models)
    document(models)
    messages = metrics()
    commands()
    crontab()
    print("%d names in %d rows of Markdown, in CSV, JSON, metrics, %d messages, workflow commands and a crontab: none acts" % (
        len(NAMES), rows, messages))
    shutil.rmtree(HOME, True)


main()
