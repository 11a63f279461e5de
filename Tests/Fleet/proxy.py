"""Doors to a server: one that breaks as it is told to, for one connection, once; and one like a company's proxy."""

import socket
import threading


class Door:
    """Listens on a port of its own, and leads to another one."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()


def head_of(client):
    """What a client sends up to its head's end, and what comes with that; None where it leaves before."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(65536)
        if not more:
            return None
        head += more
    return head


class Proxy(Door):
    fault = None

    def break_next(self, kind, after=0, action=None, table=None, skipped=0):
        """`cut`: the connection breaks after so many bytes of a request. `lose`: the request arrives, its answer does not.
        `500`: the request arrives, and HTTP 500 is answered. `cut answer`: so many bytes of the answer arrive. `act`: after
        so many bytes something is done, and the bytes go on. Of a request with fewer bytes it happens before its answer.
        `table`: only of a request that inserts into it; without one, of a question. `skipped`: after so many of these."""
        self.table = f".{table}%20".encode() if table else None
        self.skipped = skipped
        self.action = action
        self.fault = (kind, after)

    def taken(self, line):
        """What happens to the request of this line, once."""
        is_meant = b"INSERT" not in line if self.table is None else self.table in line
        if self.fault is None or not is_meant:
            return None
        self.skipped -= 1
        if self.skipped >= 0:
            return None
        fault, self.fault = self.fault, None
        return fault

    def act(self):
        action, self.action = self.action, None
        if action:
            action()

    def relay(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:
            client.close()
            return
        try:
            head = head_of(client)
            if head is None:
                return
            fault = self.taken(head.split(b"\r\n", 1)[0])
            end = head.index(b"\r\n\r\n") + 4
            length = 0
            for line in head[:end].lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            sent, rest = 0, head
            total = end + length
            while True:
                if fault and fault[0] == "cut" and sent + len(rest) >= fault[1]:
                    server.sendall(rest[: max(0, fault[1] - sent)])
                    return
                if fault and fault[0] == "act" and sent + len(rest) >= fault[1]:
                    server.sendall(rest[: max(0, fault[1] - sent)])
                    self.act()
                    rest, sent = rest[max(0, fault[1] - sent) :], max(sent, fault[1])
                    fault = None
                server.sendall(rest)
                sent += len(rest)
                if sent >= total:
                    break
                rest = client.recv(65536)
                if not rest:
                    return
            if fault and fault[0] == "act":
                self.act()
                fault = None
            answer = b""
            while True:
                more = server.recv(65536)
                if not more:
                    break
                if fault is None:
                    client.sendall(more)
                elif fault[0] == "cut answer":
                    client.sendall(more[: max(0, fault[1] - len(answer))])
                    if len(answer) + len(more) >= fault[1]:
                        return
                answer += more
                if complete(answer):
                    break
            if fault and fault[0] == "500":
                body = b"Code: 319, e.displayText() = DB::Exception: Unknown status"
                client.sendall(
                    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                    % (len(body), body))
        except OSError:
            pass
        finally:
            server.close()
            client.close()


def complete(answer):
    if b"\r\n\r\n" not in answer:
        return False
    head, body = answer.split(b"\r\n\r\n", 1)
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return False


class Tunnel(Door):
    """A proxy as companies have one: it takes CONNECT for any name, and leads to one port here. Counts what goes in."""

    def __init__(self, port):
        self.bytes = 0
        self.names = set()
        super().__init__(port)

    def relay(self, client):
        try:
            head = head_of(client)
            if head is None:
                return
            self.names.add(head.split(b" ")[1].decode())
            server = socket.create_connection(("127.0.0.1", self.target), 5)
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=self.pipe, args=(server, client, False), daemon=True).start()
            self.pipe(client, server, True)
        except OSError:
            pass
        finally:
            client.close()

    def pipe(self, source, target, is_counted):
        try:
            while True:
                more = source.recv(65536)
                if not more:
                    break
                if is_counted:
                    self.bytes += len(more)
                target.sendall(more)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
