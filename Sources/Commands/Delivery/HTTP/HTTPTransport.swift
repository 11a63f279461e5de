/// Sends one request and waits for its answer. Nothing else in this program reaches the network.
package protocol HTTPTransport: Sendable {
  /// Sends the request. Redirects are answers, not followed.
  /// - Throws: `HTTPFailure` where no status came back.
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse
}

/// What is asked for.
package struct HTTPRequest: Sendable {
  /// `GET` or `POST`.
  package enum Method: Hashable, Sendable {
    case get
    /// With a JSON body.
    case post(json: String)
    /// A POST of any bytes; the headers say what they are.
    case upload([UInt8], headers: [String: String])
  }

  /// How, and with what.
  package var method: Method
  /// Where.
  package var url: WebhookURL
  /// Seconds until the first byte of the body must have gone out.
  package var connectTimeout: Double
  /// Seconds for all of it.
  package var timeout: Double
  /// The most that is kept of an answer's body, bytes.
  package var maximumAnswer = HTTPResponse.maximumBody

  package init(_ method: Method, _ url: WebhookURL, connectTimeout: Double = 10, timeout: Double = 30) {
    self.method = method
    self.url = url
    self.connectTimeout = connectTimeout
    self.timeout = timeout
  }
}

package struct HTTPResponse: Hashable, Codable, Sendable {
  /// The most that is kept of a body where nobody asks for more, bytes.
  package static let maximumBody = 65_536

  package var status: Int
  /// The headers, names in lower case.
  package var headers: [String: String]
  /// The body's first bytes.
  package var body: [UInt8]
  /// Whether the body came whole. The status counts either way.
  package var isComplete: Bool

  package init(status: Int, headers: [String: String] = [:], body: [UInt8] = [], isComplete: Bool = true) {
    self.status = status
    self.headers = headers
    self.body = body
    self.isComplete = isComplete
  }
}

/// Why there is no answer. It never holds the URL.
package struct HTTPFailure: Error, Hashable, Codable, Sendable, CustomStringConvertible {
  package enum Kind: String, Codable, Sendable {
    case cannotFindHost = "the host's name is not known"
    case cannotConnect = "no connection"
    case timedOut = "timed out"
    case connectionLost = "the connection broke off"
    case insecure = "no secure connection: the certificate or the TLS version does not fit"
    case proxyRefused = "the proxy refused"
    case noSender = "messages cannot be sent"
    case other = "the request failed"
  }

  package var kind: Kind
  /// Whether some of the body had gone out, so that the other side may have acted on it.
  package var bodySent: Bool
  /// Which file it is about, and what to do.
  package var detail: String?

  package init(_ kind: Kind, bodySent: Bool, detail: String? = nil) {
    self.kind = kind
    self.bodySent = bodySent
    self.detail = detail
  }

  package var description: String {
    kind.rawValue + (detail.map { ": \($0)" } ?? "") + (bodySent ? ", after the message had been sent" : "")
  }
}
