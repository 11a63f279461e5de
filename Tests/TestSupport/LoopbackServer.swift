import Foundation
import Synchronization

/// A real HTTP server on 127.0.0.1 that answers as badly as it is told to. One thread a connection.
package final class LoopbackServer: Sendable {
  /// What it does with one request.
  package enum Answer: Sendable {
    case status(Int, headers: [String: String] = [:], body: String = "ok")
    /// Waits, then answers 200.
    case slow(seconds: Double)
    /// Takes the request and says nothing until the client goes.
    case silent
    /// Closes without a byte.
    case closed
    /// Closes in the middle of the status line.
    case cutInHead
    /// Promises more of a body than it sends, and closes.
    case cutInBody
    /// A body of that many bytes.
    case large(bytes: Int)
    /// A body that goes on until the client leaves.
    case endless
    /// These bytes, and then this text as fast as it goes until the client leaves.
    case flood(String, with: String)
    /// These bytes.
    case raw(String)
  }

  /// A request as it came.
  package struct Received: Sendable {
    package var head: String
    package var body: String
  }

  package let port: UInt16
  private let answers: Mutex<[Answer]>
  private let requests = Mutex<[Received]>([])
  private let leavers = Mutex(0)

  /// Gives the answers one after the other, the last one for ever.
  package init(_ answers: Answer...) {
    self.answers = Mutex(answers)
    let listener = Self.socket()
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = unsafe Self.withLoopback(port: 0) { pointer in
      unsafe bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
    }
    let isNamed = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe getsockname(listener, pointer, &length) == 0
      }
    }
    precondition(isListening && isNamed)
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [weak self] in
      // Only this thread closes the listener: its number would be another socket's at once.
      defer { close(listener) }
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        guard let server = self else {
          close(connection)
          return
        }
        Thread.detachNewThread {
          server.serve(connection)
          close(connection)
        }
      }
    }
  }

  /// Wakes the thread that accepts, which then sees that nobody is there any more.
  deinit {
    let waker = Self.socket()
    unsafe Self.withLoopback(port: port) {
      unsafe _ = connect(waker, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    close(waker)
  }

  package var received: [Received] { requests.withLock { $0 } }

  /// How many clients of a silent answer have gone.
  package var left: Int { leavers.withLock { $0 } }

  package var address: String { "http://127.0.0.1:\(port)/services/SECRET" }

  private func serve(_ connection: Int32) {
    guard let request = read(connection) else { return }
    requests.withLock { $0.append(request) }
    let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    switch answer {
    case .status(let status, let headers, let body):
      let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
      send("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)", connection)
    case .slow(let seconds):
      Thread.sleep(forTimeInterval: seconds)
      send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", connection)
    case .silent:
      waitForEnd(connection)
      leavers.withLock { $0 += 1 }
    case .closed: break
    case .cutInHead: send("HTTP/1.1 2", connection)
    case .cutInBody: send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", connection)
    case .large(let bytes):
      send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\n\r\n", connection)
      let chunk = String(repeating: "x", count: 100_000)
      for _ in 0..<bytes / 100_000 where !send(chunk, connection) { return }
    case .raw(let text): send(text, connection)
    case .flood(let begin, let text):
      send(begin, connection)
      let chunk = String(repeating: text, count: 100_000 / text.utf8.count)
      while send(chunk, connection) {}
    case .endless:
      send("HTTP/1.1 200 OK\r\n\r\n", connection)
      while send("x", connection) { Thread.sleep(forTimeInterval: 0.01) }
    }
  }

  private static func socket() -> Int32 {
    #if canImport(Darwin)
      Foundation.socket(AF_INET, SOCK_STREAM, 0)
    #else
      Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
  }

  private static func withLoopback<Value>(port: UInt16, _ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
    }
  }

  private func read(_ connection: Int32) -> Received? {
    var bytes: [UInt8] = []
    while true {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe recv(connection, &chunk, chunk.count, 0)
      // A TLS client begins with this byte, and is turned away.
      guard count > 0, chunk[0] != 0x16 else { return nil }
      bytes += chunk[..<count]
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
      let head = String(text[..<end.lowerBound])
      let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        .flatMap { Int($0.split(separator: ":")[1].filter { $0 != " " }) }
      let body = text[end.upperBound...]
      if body.utf8.count >= length ?? 0 { return Received(head: head, body: String(body)) }
    }
  }

  @discardableResult
  private func send(_ text: String, _ connection: Int32) -> Bool {
    #if canImport(Darwin)
      var on: Int32 = 1
      unsafe setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { buffer in
        unsafe Foundation.send(connection, buffer.baseAddress, buffer.count, flags)
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private func waitForEnd(_ connection: Int32) {
    var byte: UInt8 = 0
    while unsafe recv(connection, &byte, 1, 0) > 0 {}
  }
}

/// A port of this machine that refuses connections for as long as this lives: taken, and not listened to, so that no
/// other test can get it meanwhile.
package final class ClosedPort: Sendable {
  package let port: UInt16
  private let descriptor: Int32

  package init() {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    descriptor = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isNamed = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
      }
    }
    precondition(isNamed)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(descriptor) }
}
