#if os(Linux)
  import Commands
  import Foundation
  import TestSupport
  import Testing

  /// What Linux's way to other machines promises beside what every way does (`TransportTests`): certificates, proxies,
  /// and an end with the process that sends.
  @Suite(.timeLimit(.minutes(1))) struct CurlTransportTests {
    private let folder = TemporaryFolder()

    private func failure(
      to address: String = "https://hooks.example.invalid/SECRET", environment: [String: String] = [:],
      _ method: HTTPRequest.Method = .post(json: "{}")
    ) throws -> HTTPFailure? {
      let url = try WebhookURL(address, source: "test")
      do throws(HTTPFailure) {
        _ = try CurlTransport(environment: environment).send(HTTPRequest(method, url, timeout: 10))
        return nil
      } catch {
        #expect(!error.description.contains("SECRET"))
        return error
      }
    }

    @Test func trustsACertificateOfTheFileThatTheVariableNames() throws {
      let server = try TLSServer(in: folder)
      let distrusted = try failure(to: server.address)
      #expect(distrusted?.kind == .insecure && distrusted?.bodySent == false)
      #expect(distrusted?.description.contains("self-signed certificate") == true)
      // OpenSSL's test server answers a GET only.
      #expect(try failure(to: server.address, environment: ["SSL_CERT_FILE": server.certificate], .get) == nil)
    }

    @Test func namesWhyACertificateDoesNotFit() throws {
      let server = try TLSServer(in: folder, name: "other.example")
      let other = try failure(to: server.address, environment: ["SSL_CERT_FILE": server.certificate])
      #expect(other?.kind == .insecure)
      #expect(
        other?.description.contains("does not match") == true || other?.description.contains("no alternative") == true)
      let missing = try failure(to: server.address, environment: ["SSL_CERT_FILE": "\(folder.path)/missing.pem"])
      #expect(missing?.kind == .insecure && missing?.description.contains("missing.pem") == true)
    }

    @Test(arguments: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
    func asksTheProxyThatAVariableNames(variable: String) throws {
      let proxy = LoopbackServer(.raw("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
      let refused = try failure(environment: [variable: "http://127.0.0.1:\(proxy.port)"])
      #expect(refused?.description == "the proxy refused: it answered HTTP 407")
      #expect(proxy.received.map(\.head).allSatisfy { $0.hasPrefix("CONNECT hooks.example.invalid:443 ") })
      #expect(proxy.received.count == 1)
    }

    @Test func goesAroundTheProxyToThisMachineAndToExemptHosts() throws {
      let proxy = LoopbackServer(.status(500))
      let server = LoopbackServer(.status(200))
      let proxies = ["all_proxy": "http://127.0.0.1:\(proxy.port)", "no_proxy": "example.invalid"]
      #expect(try failure(to: server.address, environment: proxies) == nil)
      #expect(try failure(environment: proxies)?.kind == .cannotFindHost)
      #expect(proxy.received.isEmpty && server.received.count == 1)
    }

    @Test func sendsAnyTextAsItIs() throws {
      let server = LoopbackServer(.status(201, headers: ["X-A": "ä"], body: "\u{0}\n\"é"))
      let json = "\"\\n\u{2028}ä\""
      let url = try WebhookURL(server.address, source: "test")
      let transport = CurlTransport(environment: [:])
      let response = try transport.send(HTTPRequest(.post(json: json), url))
      #expect(response.status == 201 && response.body == Array("\u{0}\n\"é".utf8))
      #expect(try transport.send(HTTPRequest(.get, url)).status == 201)
      #expect(server.received.map { $0.head.prefix(5) } == ["POST ", "GET /"])
      #expect(server.received.map(\.body) == [json, ""])
    }

    /// A run that is killed notes nothing; what it began to send must not go on behind the next one's back.
    @Test func aRequestEndsWithTheProgram() throws {
      let server = LoopbackServer(.silent)
      let process = Process()
      process.executableURL = builtProgram
      process.arguments = ["alert", "test"]
      process.environment = ["HOME": folder.path, "CCR_AUDIT_SLACK_WEBHOOK_URL": server.address]
      process.standardError = FileHandle.nullDevice
      try process.run()
      wait { !server.received.isEmpty }
      #expect(server.received.count == 1 && server.left == 0)
      kill(process.processIdentifier, SIGKILL)
      wait { server.left > 0 }
      #expect(server.left == 1)
    }

    private func wait(until isDone: () -> Bool) {
      for _ in 0..<400 where !isDone() { Thread.sleep(forTimeInterval: 0.05) }
    }

    @Test func theURLIsInNeitherArgumentsNorEnvironmentOfAnotherProcess() throws {
      let server = LoopbackServer(.silent)
      let secret = folder.file("webhook", server.address)
      let seen = try runBinary(
        "alert", "test", environment: ["HOME": folder.path, "PATH": "/usr/bin:/bin"],
        shell: """
          export CCR_AUDIT_SLACK_WEBHOOK_URL="$(cat '\(secret)')"
          "$@" 2>/dev/null & child=$!; unset CCR_AUDIT_SLACK_WEBHOOK_URL; sleep 1
          for process in /proc/$child /proc/[0-9]*; do
            if [ "$process" = "/proc/$child" ] || grep -qs "^PPid:.$child$" "$process/status"; then
              echo "$process"; tr '\\0' ' ' <"$process/cmdline"; echo
            fi
          done
          kill -KILL $child
          """)
      #expect(seen.output.contains("alert test"))
      #expect(!seen.output.contains("SECRET"))
      #expect(seen.output.split(separator: "\n").filter { $0.hasPrefix("/proc/") }.count <= 2, "it starts no process")
    }
  }

  /// OpenSSL's test server with a certificate that it signed itself.
  private final class TLSServer {
    let address: String
    let certificate: String
    private let process = Process()

    init(in folder: TemporaryFolder, name: String = "localhost") throws {
      let port = Tool.freePort()
      certificate = "\(folder.path)/certificate.pem"
      address = "https://localhost:\(port)/SECRET"
      let made = try Tool.run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout", "\(folder.path)/key.pem",
        "-out", certificate,
      ])
      try #require(made.status == 0, "\(made.output)")
      process.executableURL = URL(filePath: try #require(Tool.path("openssl")))
      process.arguments = [
        "s_server", "-accept", "\(port)", "-cert", certificate, "-key", "\(folder.path)/key.pem", "-www",
      ]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      var said = Data()
      while !String(decoding: said, as: UTF8.self).contains("ACCEPT") {
        let more = output.fileHandleForReading.availableData
        try #require(!more.isEmpty, "it ended: \(String(decoding: said, as: UTF8.self))")
        said += more
      }
    }

    deinit { process.terminate() }
  }
#endif
