import Foundation

/// The part of an address that says who was called.
enum Endpoint {
  /// The host of a URL, lower case, with its port where one is named; `nil` where there is none. Nothing else of the
  /// address is looked at: a path or a query can hold a key.
  static func host(of url: String) -> String? {
    guard let mark = url.range(of: "://") else { return nil }
    let authority = url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    // What stands before an @ is a user's name and password.
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    let isHost = host.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || ".-:[]_".utf8.contains(byte)
    }
    return host.isEmpty || !isHost || host.utf8.count > 255 ? nil : host.lowercased()
  }
}
