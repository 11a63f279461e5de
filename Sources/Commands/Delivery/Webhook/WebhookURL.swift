package import Foundation

/// A URL that requests may go to: `https`, or anything on this machine. It is a secret: its path is all that a sender
/// to Slack needs. So it prints as its host at most.
package struct WebhookURL: Hashable, Sendable {
  /// All of it: for the request alone.
  package let url: URL

  /// Reads a URL.
  /// - Parameters:
  ///   - text: the URL, with nothing around it.
  ///   - source: where the text comes from, for the error's sentence.
  /// - Throws: `DeliveryError.notAURL`, `.notSecure`.
  package init(_ text: String, source: String) throws(DeliveryError) {
    func refuse(_ reason: String) -> DeliveryError { .notAURL(source: source, reason: reason) }
    guard !text.isEmpty else { throw refuse("it is empty") }
    guard text.utf8.count <= 2048 else { throw refuse("it is longer than 2048 bytes") }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }) else {
      throw refuse("it holds spaces, line ends or characters beyond ASCII")
    }
    guard let components = URLComponents(string: text), let url = components.url, let host = components.encodedHost,
      !host.isEmpty, let scheme = components.scheme?.lowercased()
    else { throw refuse("it is not of the form https://host/path") }
    guard components.user == nil, components.password == nil else { throw refuse("it holds a user name") }
    guard (1...65_535).contains(components.port ?? 443) else { throw refuse("its port is out of range") }
    guard scheme == "https" || scheme == "http" else { throw refuse("it is neither https nor http") }
    guard scheme == "https" || Self.isLoopback(host) else { throw .notSecure(source: source) }
    self.url = url
  }

  /// Whether the host is this machine: `localhost`, `127.0.0.0/8` written as four plain numbers, `::1`.
  static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased()
    if host == "localhost" || host == "::1" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    // `0127.0.0.1` is octal to some resolvers and decimal to others, so only the canonical spelling counts.
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
  }
}

extension WebhookURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The scheme and the host, never the rest.
  package var description: String { "\(url.scheme ?? "")://\(url.host() ?? "")/…" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
