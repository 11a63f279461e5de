"""A door to a server that breaks as it is told to: for one connection, once."""

import socket
import threading


class Proxy:
    def __init__(self, port):
        self.target = port
        self.fault = None
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def break_next(self, kind, after=0):
        """`cut`: the connection breaks after so many bytes of a request that inserts. `lose`: the request arrives, its
        answer does not. `500`: the request arrives, and HTTP 500 is answered."""
        self.fault = (kind, after)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:
            client.close()
            return
        head = b""
        try:
            while b"\r\n\r\n" not in head:
                more = client.recv(65536)
                if not more:
                    return
                head += more
            fault = None
            if self.fault is not None and b"INSERT" in head.split(b"\r\n", 1)[0]:
                fault, self.fault = self.fault, None
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
                server.sendall(rest)
                sent += len(rest)
                if sent >= total:
                    break
                rest = client.recv(65536)
                if not rest:
                    return
            answer = b""
            while True:
                more = server.recv(65536)
                if not more:
                    break
                if fault is None:
                    client.sendall(more)
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
