import Foundation

/// Which proxy the usual variables name for a host.
package enum ProxySettings: Hashable, Sendable {
  /// No variable says anything: the system's own settings hold.
  case unset
  /// To be reached without one.
  case none
  /// Through this one.
  case proxy(host: String, port: Int)

  /// This machine is never behind a proxy.
  package init(scheme: String, host: String, environment: [String: String]) {
    if WebhookURL.isLoopback(host) {
      self = .none
      return
    }
    guard let named = Self.named(scheme: scheme, environment: environment) else {
      self = .unset
      return
    }
    if Self.isExempt(host.lowercased(), by: Self.exemptions(environment)) {
      self = .none
    } else {
      self = Self.parse(named)
    }
  }

  /// The proxy as `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names it, each in lower case first. `HTTP_PROXY` in upper
  /// case is left out as curl does: a web server may set it from a request's header.
  static func named(scheme: String, environment: [String: String]) -> String? {
    first(scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"], in: environment)
      ?? first(["all_proxy", "ALL_PROXY"], in: environment)
  }

  /// Which hosts are reached without one, as `NO_PROXY` names them.
  static func exemptions(_ environment: [String: String]) -> String {
    first(["no_proxy", "NO_PROXY"], in: environment) ?? ""
  }

  private static func first(_ names: [String], in environment: [String: String]) -> String? {
    names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
  }

  /// `NO_PROXY`: names separated by commas or spaces; a name covers itself and what ends in `.name`; `*` covers all.
  private static func isExempt(_ host: String, by list: String) -> Bool {
    list.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
      let name = entry.drop(while: { $0 == "." })
      return entry == "*" || host == name || (!name.isEmpty && host.hasSuffix("." + name))
    }
  }

  /// `[scheme://][user:password@]host[:port][/]`
  private static func parse(_ text: String) -> ProxySettings {
    var rest = text[...]
    if let scheme = rest.range(of: "://") { rest = rest[scheme.upperBound...] }
    rest = rest.prefix(while: { $0 != "/" })
    if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
    let parts = rest.split(separator: ":")
    guard let host = parts.first, parts.count <= 2 else { return .unset }
    guard parts.count == 2 else { return .proxy(host: String(host), port: 1080) }
    guard let port = UInt16(parts[1]) else { return .unset }
    return .proxy(host: String(host), port: Int(port))
  }
}
