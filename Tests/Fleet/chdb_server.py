"""Today's ClickHouse in this process (chdb-core, from PyPI), behind as much of its HTTP interface as the program uses.

It answers by the same rules: settings that it does not know are refused, an insert takes RowBinary, an answer is
TabSeparated. There is no cluster in it, so it proves the dialect and the sums, not the replication.
"""

import os
import re
import shutil
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import cluster as clusters


def missing():
    """Why it cannot be used here; None where it can."""
    try:
        import chdb  # noqa: F401
    except ImportError:
        return "chdb is not installed (pip install chdb-core)"
    return None


class Chdb:
    shards = replicas = 1

    def __init__(self):
        from chdb import session

        self.folder = tempfile.mkdtemp(prefix="ccr-audit-chdb-")
        self.session = session.Session(os.path.join(self.folder, "data"))
        self.known = set(self.session.query("SELECT name FROM system.settings", "TabSeparated").bytes().decode().split())
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = outer.answer(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.http = self.server.server_address[1]
        self.nodes = [self]

    columns = clusters.Node.columns
    url = property(lambda self: f"http://127.0.0.1:{self.http}/ccr_audit")

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.session.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def answer(self, parameters, body):
        try:
            query = parameters.pop("query", None)
            parameters.pop("wait_end_of_query", None)
            for name in parameters:
                if name not in self.known:
                    return 404, b"Code: 115. DB::Exception: Unknown setting"
            if query is None:
                return 200, self.session.query(body.decode(), "TabSeparated").bytes()
            table, columns = re.fullmatch(r"INSERT INTO (\S+) \((.*)\) FORMAT RowBinary", query).groups()
            types = dict(
                line.split("\t")[:2]
                for line in self.session.query(f"DESCRIBE TABLE {table}", "TabSeparated").bytes().decode().splitlines())
            structure = ", ".join(f"{name} {types[name]}" for name in columns.split(", "))
            path = os.path.join(self.folder, "rows.bin")
            with open(path, "wb") as file:
                file.write(body)
            self.session.query(
                f"INSERT INTO {table} ({columns}) SELECT * FROM file('{path}', 'RowBinary', '{structure}')")
            return 200, b""
        except Exception as error:  # noqa: BLE001
            return 500, str(error).encode()

    def query(self, sql, **_):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/", sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()[:600]) from None
