"""Real ClickHouse servers and a keeper on loopback, for the tests of the fleet: 3 shards of 1 or 2 replicas."""

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SERVER = shutil.which("clickhouse-server")
KEEPER = "/usr/share/java/zookeeper.jar"


def missing():
    """Why there can be no cluster here; None where there can."""
    if SERVER is None:
        return "clickhouse-server is not installed (apt-get install clickhouse-server zookeeper)"
    if not os.path.exists(KEEPER):
        return "zookeeper is not installed (apt-get install zookeeper)"
    if shutil.which("java") is None:
        return "java is not installed"
    return None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def certificates(folder):
    """A root, and a server's certificate for ch.example of it."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "2",
            "-subj", "/CN=a root of this test")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj",
            "/CN=ch.example")
    with open(os.path.join(folder, "names"), "w") as file:
        file.write("subjectAltName=DNS:ch.example\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out",
            "server.pem", "-days", "2", "-extfile", "names")


class Node:
    def __init__(self, cluster, number, http, https, tcp, inter):
        self.cluster, self.number = cluster, number
        self.http, self.https, self.tcp, self.inter = http, https, tcp, inter
        self.folder = os.path.join(cluster.folder, f"node{number}")
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http}/ccr_audit"

    def start(self):
        os.makedirs(os.path.join(self.folder, "data"), exist_ok=True)
        with open(os.path.join(self.folder, "config.xml"), "w") as file:
            file.write(self.cluster.config(self))
        with open(os.path.join(self.folder, "users.xml"), "w") as file:
            file.write(USERS)
        log = open(os.path.join(self.folder, "console.log"), "ab")
        self.process = subprocess.Popen(
            [SERVER, f"--config-file={self.folder}/config.xml"], cwd=self.folder, stdout=log, stderr=log)

    def wait(self, seconds=180):
        end = time.time() + seconds
        while time.time() < end:
            try:
                # A server of 2018 can end itself when it is given work before it has found its keeper.
                if self.query("SELECT count() > 0 FROM system.zookeeper WHERE path = '/'") == "1\n":
                    return
            except (OSError, RuntimeError, http.client.HTTPException):
                pass
            if self.process.poll() is not None:
                raise RuntimeError(f"node {self.number} ended; see {self.folder}")
            time.sleep(0.1)
        raise RuntimeError(f"node {self.number} does not answer; see {self.folder}")

    def stop(self, kill=False):
        if self.process is None:
            return
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()
        self.process = None

    def query(self, sql, user="admin", password="admin-secret", timeout=60, **settings):
        parameters = urllib.parse.urlencode({"user": user, "password": password, **settings})
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/?{parameters}", sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()[:600]) from None

    def columns(self, table):
        """The names of a table's columns, in their order."""
        return [row.split("\t")[0] for row in self.query(f"DESCRIBE TABLE ccr_audit.{table}").splitlines()]


class Cluster:
    def __init__(self, replicas=1, shards=3, secure=False, disk=None):
        """`disk`: the first server's data lies on one of so many MB."""
        self.shards, self.replicas = shards, replicas
        self.disk, self.secure = disk, secure
        nodes = shards * replicas
        self.folder = tempfile.mkdtemp(prefix="ccr-audit-fleet-")
        ports = free_ports(1 + 4 * nodes)
        self.keeper_port = ports[0]
        self.keeper = None
        self.nodes = [Node(self, n, *ports[1 + 4 * n : 5 + 4 * n]) for n in range(nodes)]

    def start(self):
        if self.secure:
            certificates(self.folder)
        if self.disk:
            os.makedirs(self.small, exist_ok=True)
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={self.disk}m", "tmpfs", self.small], check=True)
        self.start_keeper()
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait()

    def start_keeper(self):
        data = os.path.join(self.folder, "keeper")
        os.makedirs(data, exist_ok=True)
        path = os.path.join(self.folder, "zoo.cfg")
        with open(path, "w") as file:
            file.write(
                f"tickTime=2000\ndataDir={data}\nclientPort={self.keeper_port}\nclientPortAddress=127.0.0.1\n"
                "admin.enableServer=false\nmaxClientCnxns=0\n")
        log = open(os.path.join(self.folder, "keeper.log"), "ab")
        self.keeper = subprocess.Popen(
            # Up with a third of the work: no compiler that optimizes, one thread of the collector.
            ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"/etc/zookeeper/conf:{KEEPER}",
             "org.apache.zookeeper.server.quorum.QuorumPeerMain", path], cwd=self.folder, stdout=log, stderr=log)
        end = time.time() + 180
        while time.time() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.keeper_port), 5) as one:
                    one.sendall(b"srvr")
                    if b"Mode: " in one.recv(4096):
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("the keeper does not answer")

    def stop_keeper(self, kill=True):
        if self.keeper is not None:
            self.keeper.kill() if kill else self.keeper.terminate()
            self.keeper.wait()
            self.keeper = None

    def stop(self):
        for node in self.nodes:
            node.stop(kill=True)
        self.stop_keeper()
        if self.disk:
            subprocess.run(["umount", self.small], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def small(self):
        """Where the small disk is."""
        return os.path.join(self.nodes[0].folder, "data")

    def config(self, node):
        def replica(one):
            return (
                f"<replica><host>127.0.0.1</host><port>{one.tcp}</port><user>admin</user>"
                "<password>admin-secret</password></replica>")

        shards = "".join(
            "<shard><internal_replication>true</internal_replication>"
            + "".join(replica(one) for one in self.nodes[n :: self.shards]) + "</shard>"
            for n in range(self.shards))
        secure = f"""
  <https_port>{node.https}</https_port>
  <openSSL><server><certificateFile>{self.folder}/server.pem</certificateFile>
    <privateKeyFile>{self.folder}/server.key</privateKeyFile><verificationMode>none</verificationMode>
    <loadDefaultCAFile>false</loadDefaultCAFile></server></openSSL>""" if self.secure else ""
        return f"""<yandex>{secure}
  <logger><level>warning</level><log>{node.folder}/server.log</log><errorlog>{node.folder}/error.log</errorlog></logger>
  <http_port>{node.http}</http_port><tcp_port>{node.tcp}</tcp_port>
  <interserver_http_port>{node.inter}</interserver_http_port><interserver_http_host>127.0.0.1</interserver_http_host>
  <listen_host>127.0.0.1</listen_host><max_concurrent_queries>100</max_concurrent_queries>
  <uncompressed_cache_size>8388608</uncompressed_cache_size><mark_cache_size>268435456</mark_cache_size>
  <path>{node.folder}/data/</path><tmp_path>{node.folder}/tmp/</tmp_path>
  <users_config>users.xml</users_config><default_profile>default</default_profile>
  <default_database>default</default_database><timezone>UTC</timezone>
  <macros><shard>{node.number % self.shards}</shard><replica>r{node.number // self.shards}</replica></macros>
  <zookeeper><node index="1"><host>127.0.0.1</host><port>{self.keeper_port}</port></node>
    <session_timeout_ms>6000</session_timeout_ms></zookeeper>
  <distributed_ddl><path>/clickhouse/ddl</path></distributed_ddl>
  <remote_servers><fleet>{shards}</fleet></remote_servers>
</yandex>
"""


# Of a cluster that lives for a test. The reader may set settings and read; the pusher may read and insert; the watcher
# may set nothing, and the stranger sees another database alone.
PASSWORDS = {
    "admin": "admin-secret", "pusher": "push-secret", "reader": "read-secret", "watcher": "watch-secret",
    "stranger": "strange-secret"}
USERS = """<yandex>
  <profiles>
    <default><max_memory_usage>4000000000</max_memory_usage></default>
    <reader><readonly>2</readonly><max_memory_usage>4000000000</max_memory_usage></reader>
    <watcher><readonly>1</readonly></watcher>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default><password>none-of-yours</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
    <admin><password>admin-secret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></admin>
    <pusher><password>push-secret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <allow_databases><database>ccr_audit</database></allow_databases></pusher>
    <reader><password>read-secret</password><networks><ip>127.0.0.1</ip></networks><profile>reader</profile><quota>default</quota>
      <allow_databases><database>ccr_audit</database></allow_databases></reader>
    <watcher><password>watch-secret</password><networks><ip>127.0.0.1</ip></networks><profile>watcher</profile><quota>default</quota>
      <allow_databases><database>ccr_audit</database></allow_databases></watcher>
    <stranger><password>strange-secret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <allow_databases><database>elsewhere</database></allow_databases></stranger>
  </users>
</yandex>
"""
