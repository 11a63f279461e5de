import Commands
import Foundation
import TestSupport
import Testing

/// The way that the program takes, against a real server.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TransportTests {
  private let transport = liveTransport

  private func post(_ server: LoopbackServer, timeout: Double = 5) throws -> Result<HTTPResponse, HTTPFailure> {
    let url = try WebhookURL(server.address, source: "test")
    do throws(HTTPFailure) {
      return .success(try transport.send(HTTPRequest(.post(json: #"{"text":"ä"}"#), url, timeout: timeout)))
    } catch {
      return .failure(error)
    }
  }

  @Test func sendsTheBodyOnceAndReadsTheAnswer() throws {
    let server = LoopbackServer(.status(200, headers: ["X-A": "b"]))
    let response = try post(server).get()
    #expect(response.status == 200)
    #expect(response.headers["x-a"] == "b")
    #expect(response.body == Array("ok".utf8))
    #expect(response.isComplete)
    #expect(server.received.count == 1)
    #expect(server.received[0].body == #"{"text":"ä"}"#)
    #expect(server.received[0].head.hasPrefix("POST /services/SECRET HTTP/1.1"))
    #expect(server.received[0].head.lowercased().contains("content-type: application/json"))
  }

  @Test(arguments: [400, 403, 404, 410, 429, 500, 503]) func handsOverEveryStatus(status: Int) throws {
    let server = LoopbackServer(.status(status, headers: ["Retry-After": "7"]))
    let response = try post(server).get()
    #expect(response.status == status)
    #expect(response.headers["retry-after"] == "7")
    #expect(server.received.count == 1)
  }

  @Test(arguments: [301, 302, 303, 307, 308]) func doesNotFollowRedirects(status: Int) throws {
    let target = LoopbackServer(.status(200))
    let server = LoopbackServer(.status(status, headers: ["Location": target.address]))
    #expect(try post(server).get().status == status)
    #expect(target.received.isEmpty)
    #expect(server.received.count == 1)
  }

  @Test func waitsForASlowAnswer() throws {
    #expect(try post(LoopbackServer(.slow(seconds: 0.7))).get().status == 200)
  }

  @Test func timesOutWithoutAnAnswer() throws {
    let server = LoopbackServer(.silent)
    let begin = Date()
    #expect(try post(server, timeout: 1) == .failure(HTTPFailure(.timedOut, bodySent: true)))
    #expect(Date().timeIntervalSince(begin) < 3)
    #expect(server.received.count == 1)
  }

  @Test(arguments: [true, false]) func saysThatTheMessageWasSentWhenTheConnectionBreaks(atOnce: Bool) throws {
    let result = try post(LoopbackServer(atOnce ? .closed : .cutInHead))
    guard case .failure(let failure) = result else {
      Issue.record("an answer from nowhere: \(result)")
      return
    }
    #expect(failure.bodySent)
    #expect(failure.kind == .connectionLost)
  }

  @Test func countsTheStatusOfABodyThatBreaksOff() throws {
    let response = try post(LoopbackServer(.cutInBody)).get()
    #expect(response.status == 200)
    #expect(!response.isComplete)
  }

  @Test func keepsNoMoreThanTheBeginningOfALargeBody() throws {
    let response = try post(LoopbackServer(.large(bytes: 10_000_000))).get()
    #expect(response.status == 200)
    #expect(response.body.count == HTTPResponse.maximumBody)
    #expect(!response.isComplete)
  }

  @Test func leavesAnEndlessBody() throws {
    let begin = Date()
    let response = try post(LoopbackServer(.endless), timeout: 1).get()
    #expect(response.status == 200)
    #expect(!response.isComplete)
    #expect(Date().timeIntervalSince(begin) < 3)
  }

  @Test(arguments: [
    "HTTP/1.1 500 X\r\n\r\n", "HTTP/1.1 200 X\r\nX-A: ", "",
  ]) func storesNoFlood(begin: String) throws {
    let begun = Date()
    let server = LoopbackServer(.flood(begin, with: "x"))
    _ = try post(server, timeout: 3)
    #expect(Date().timeIntervalSince(begun) < 6)
    // Other tests use memory, too; a flood that is stored fills gigabytes.
    #expect(peakBytes() < 1_500_000_000)
  }

  /// The most memory that this process or one of those it waited for has ever held.
  private func peakBytes() -> Int {
    func peak(_ who: Int32) -> Int {
      var usage = rusage()
      #if canImport(Darwin)
        return unsafe getrusage(who, &usage) == 0 ? usage.ru_maxrss : .max
      #else
        return unsafe getrusage(__rusage_who_t(who), &usage) == 0 ? usage.ru_maxrss * 1024 : .max
      #endif
    }
    return max(peak(0), peak(-1))
  }

  @Test(arguments: [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 103 X\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\n\r\nok", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    "HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
  ]) func readsOddButClearAnswers(text: String) throws {
    #expect([200, 204].contains(try post(LoopbackServer(.raw(text))).get().status))
  }

  @Test(arguments: ["SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "\u{0}\u{0}", "HTTP/9.9 999999 x\r\n\r\n"])
  func takesNothingElseForAnAnswer(text: String) throws {
    guard case .failure(let failure) = try post(LoopbackServer(.raw(text))) else {
      Issue.record("took it for an answer")
      return
    }
    #expect(failure.bodySent)
  }

  @Test func sendsALongMessageAtOnce() throws {
    let server = LoopbackServer(.status(200))
    let url = try WebhookURL(server.address, source: "test")
    let json = "\"" + String(repeating: "x", count: 15_000) + "\""
    let begin = Date()
    #expect(try transport.send(HTTPRequest(.post(json: json), url)).status == 200)
    #expect(Date().timeIntervalSince(begin) < 0.9)
    #expect(server.received.map(\.body) == [json])
  }

  @Test func saysThatNothingWasSentWhereNobodyListens() throws {
    let silent = ClosedPort()
    let url = try WebhookURL("http://127.0.0.1:\(silent.port)/SECRET", source: "test")
    #expect(throws: HTTPFailure(.cannotConnect, bodySent: false)) {
      try transport.send(HTTPRequest(.post(json: "{}"), url, timeout: 5))
    }
    withExtendedLifetime(silent) {}
  }

  @Test func saysThatNothingWasSentWithoutTLS() throws {
    let server = LoopbackServer(.status(200))
    let url = try WebhookURL("https://127.0.0.1:\(server.port)/SECRET", source: "test")
    let failure = #expect(throws: HTTPFailure.self) {
      try transport.send(HTTPRequest(.post(json: "{}"), url, timeout: 5))
    }
    #expect(failure?.bodySent == false)
    #expect(failure?.description.contains("SECRET") == false)
  }

  @Test func heartbeatWarnsWithoutTheURL() throws {
    let good = LoopbackServer(.status(200))
    #expect(Heartbeat.send(to: try WebhookURL(good.address, source: "test"), over: transport) == nil)
    #expect(good.received.first?.head.hasPrefix("GET /services/SECRET") == true)
    let bad = LoopbackServer(.status(503))
    let warning = Heartbeat.send(to: try WebhookURL(bad.address, source: "test"), over: transport)
    #expect(warning == "the heartbeat was answered with HTTP 503")
  }

  @Test func readsTheProxyVariables() {
    func proxy(_ host: String, _ environment: [String: String], scheme: String = "https") -> ProxySettings {
      ProxySettings(scheme: scheme, host: host, environment: environment)
    }
    let proxies = ["HTTPS_PROXY": "http://user:word@proxy.example:3128/", "NO_PROXY": "internal, .corp.example"]
    #expect(proxy("hooks.slack.com", proxies) == .proxy(host: "proxy.example", port: 3128))
    #expect(proxy("hooks.slack.com", [:]) == .unset)
    #expect(proxy("internal", proxies) == .none)
    #expect(proxy("chat.corp.example", proxies) == .none)
    #expect(proxy("notcorp.example", proxies) == .proxy(host: "proxy.example", port: 3128))
    #expect(proxy("127.0.0.1", proxies) == .none)
    #expect(proxy("a.example", ["HTTPS_PROXY": "p", "NO_PROXY": "*"]) == .none)
    #expect(proxy("a.example", ["HTTP_PROXY": "p:1"], scheme: "http") == .unset)
    #expect(proxy("a.example", ["http_proxy": "p:1"], scheme: "http") == .proxy(host: "p", port: 1))
    #expect(proxy("a.example", ["https_proxy": "p:99999"]) == .unset)
  }
}
