/// The part of an address that says who was called.
package enum Endpoint {
  /// The host of a URL, lower case, with its port where one is named; `nil` where there is none. Nothing else of the
  /// address is looked at: a path or a query can hold a key.
  static func host(of url: String) -> String? {
    guard let rest = withoutScheme(url) else { return nil }
    let authority = authority(of: rest)
    // What stands before an @ is a user's name and password.
    let host = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[$0...].dropFirst() } ?? authority
    let isHost = host.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || ".-:[]_".utf8.contains(byte)
    }
    return host.isEmpty || !isHost || host.count > 255 ? nil : String(Substring(host)).lowercased()
  }

  /// Every call has an address, so that it is read by bytes.
  private static func withoutScheme(_ url: String) -> Substring.UTF8View? {
    let bytes = url.utf8
    var rest = bytes[...]
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      rest = rest[bytes.index(after: colon)...]
      if rest.starts(with: "//".utf8) { return rest.dropFirst(2) }
    }
    return nil
  }

  private static func authority(of rest: Substring.UTF8View) -> Substring.UTF8View {
    rest.prefix { $0 != UInt8(ascii: "/") && !endsPath($0) }
  }

  private static func endsPath(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") }

  /// Words of a path that begin a plan's endpoint where its host sells by the token, too, such as
  /// `api.z.ai/api/coding/paas/v4` and `opencode.ai/zen/go/v1`.
  private static let planWords: Set<Substring> = ["coding", "plan", "step_plan"]

  /// Who was called, as a host alone does not say where it has a plan's endpoint beside the general one: that word of the
  /// path, after a slash (`/coding`); else empty. No other part of a path is kept: it can hold a key.
  static func planMark(in url: String) -> String {
    guard let rest = withoutScheme(url) else { return "" }
    let path = rest[authority(of: rest).endIndex...].prefix { !endsPath($0) }
    let words = path.split(separator: UInt8(ascii: "/")).map(Substring.init)
    let mark = words.first(where: planWords.contains) ?? (words.starts(with: ["zen", "go"]) ? "go" : "")
    guard !mark.isEmpty, let host = host(of: url), !isNearby(host) else { return "" }
    return "/\(mark)"
  }

  /// Ports on which the usual servers of local models listen: no router does.
  private static let modelPorts: Set<Substring> = ["11434", "1234"]

  /// Whether a host, with its port where one is named, can be a router of one's own: this machine, one of a private
  /// network, or one that has a name only there.
  package static func isNearby(_ host: String) -> Bool {
    let isBracketed = host.hasPrefix("[")
    let parts = isBracketed ? [] : host.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2, modelPorts.contains(parts[1]) { return false }
    if isBracketed {
      return ["[::1]", "[fc", "[fd", "[fe80"].contains { host.hasPrefix($0) }
    }
    let name = parts.first ?? ""
    if name.isEmpty { return false }
    let numbers = name.split(separator: ".").map { UInt8($0) }
    if numbers.count == 4, let first = numbers[0], let second = numbers[1] {
      return first == 127 || first == 10 || first == 192 && second == 168 || first == 172 && (16...31).contains(second)
        || first == 0
    }
    let isOwn = [".local", ".internal", ".lan", ".home", ".localhost", ".svc"].contains { name.hasSuffix($0) }
    return isOwn || !name.contains(".")
  }
}
