package import Foundation
package import Model

/// What the router's own `config.json` says that its logs do not: which provider an address belongs to, and which
/// model is the usual one. Its keys are never decoded.
package struct RouterConfiguration: Hashable, Sendable {
  /// A provider's name and address.
  package struct Provider: Hashable, Sendable {
    /// The router's name of it.
    package var name: String
    /// Where it is called, without query.
    package var url: String
    /// The models that it is asked for.
    package var models: [String]
    /// The names of the transformers that all of its calls go through.
    package var transformers: Set<String>
    /// The names of further transformers, by the model whose calls go through them.
    package var modelTransformers: [String: Set<String>]

    /// A provider.
    package init(
      name: String, url: String, models: [String] = [], transformers: Set<String> = [],
      modelTransformers: [String: Set<String>] = [:]
    ) {
      self.name = name
      self.url = url
      self.models = models
      self.transformers = transformers
      self.modelTransformers = modelTransformers
    }
  }

  /// The providers, in the order of the file.
  package var providers: [Provider]
  /// The routing: `provider,model` by the router's word for the route.
  package var routes: [String: String]
  /// Whether the router writes a log: always, unless `LOG` is `false`.
  package var log = true
  /// The log level, where one is set; without one the router takes `debug`.
  package var logLevel: String?

  /// No configuration: addresses are named by their host, and a route that the log does not name is unknown.
  package static let none = RouterConfiguration(providers: [], routes: [:])

  /// A configuration.
  package init(providers: [Provider], routes: [String: String]) {
    self.providers = providers
    self.routes = routes
  }

  /// Reads the router's file, which may be JSON5 as the router allows.
  /// - Throws: `LogError.badRouterConfiguration`; never with any of the file's text.
  package init(contentsOf data: Data, path: String) throws(LogError) {
    struct File: Decodable {
      struct Provider: Decodable {
        var name: String?
        var apiBaseURL: String?
        var models: [Value]?
        var transformer: Transformers?
        enum CodingKeys: String, CodingKey {
          case name
          case models
          case transformer
          case apiBaseURL = "api_base_url"
        }
      }
      /// `use` lists names, or lists that begin with one; a model's own transformers stand under its name.
      struct Transformers: Decodable {
        var names: Set<String> = []
        var ofModels: [String: Set<String>] = [:]
        struct Key: CodingKey {
          var stringValue: String
          var intValue: Int? { nil }
          init(stringValue: String) { self.stringValue = stringValue }
          init?(intValue: Int) { nil }
        }
        init(from decoder: any Decoder) throws {
          guard let object = try? decoder.container(keyedBy: Key.self) else { return }
          for key in object.allKeys {
            if key.stringValue != "use" {
              ofModels[key.stringValue] = (try? object.decode(Transformers.self, forKey: key))?.names
              continue
            }
            guard var list = try? object.nestedUnkeyedContainer(forKey: key) else { continue }
            while !list.isAtEnd {
              if let name = try? list.decode(String.self) {
                names.insert(name)
              } else if var inner = try? list.nestedUnkeyedContainer() {
                if let name = try? inner.decode(String.self) { names.insert(name) }
              } else {
                _ = try? list.decode(Value.self)
              }
            }
          }
        }
      }
      enum Value: Decodable {
        case text(String)
        case flag(Bool)
        case other
        init(from decoder: any Decoder) throws {
          let value = try? decoder.singleValueContainer()
          self =
            (try? value?.decode(String.self)).map(Value.text) ?? (try? value?.decode(Bool.self)).map(Value.flag)
            ?? .other
        }
      }
      var providers: [Provider]?
      var router: [String: Value]?
      var log: Value?
      var logLevel: Value?
      enum CodingKeys: String, CodingKey {
        case providers = "Providers"
        case router = "Router"
        case log = "LOG"
        case logLevel = "LOG_LEVEL"
      }
    }
    let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    // Foundation's decoder of JSON5 traps on bytes that are no UTF-8, and recurses into what is nested.
    guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
      throw .badRouterConfiguration(path: path, reason: data.isEmpty ? "it is empty" : "it is not UTF-8 text")
    }
    guard bytes.count <= Self.largestFile, Self.depth(of: bytes) <= Self.deepest else {
      throw .badRouterConfiguration(path: path, reason: "it is too large, or nested too deeply")
    }
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    guard let file = try? decoder.decode(File.self, from: Data(text.utf8)) else {
      throw .badRouterConfiguration(path: path, reason: "its `Providers` and `Router` cannot be read")
    }
    self.providers = (file.providers ?? []).compactMap { provider in
      guard let name = provider.name, let url = provider.apiBaseURL else { return nil }
      let models = (provider.models ?? []).compactMap { if case .text(let text) = $0 { text } else { nil } }
      return Provider(
        name: name, url: RouterAddress.withoutSecrets(url), models: models,
        transformers: provider.transformer?.names ?? [], modelTransformers: provider.transformer?.ofModels ?? [:])
    }
    self.routes = (file.router ?? [:]).compactMapValues { if case .text(let text) = $0 { text } else { nil } }
    if case .flag(false) = file.log { log = false }
    if case .text(let level) = file.logLevel { logLevel = level }
  }

  private static let largestFile = 16 << 20
  private static let deepest = 128

  /// How deeply brackets are nested, those in strings and comments counted too.
  private static func depth(of bytes: Data) -> Int {
    var (depth, deepest) = (0, 0)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return deepest
  }

  /// The names of the providers that an address can belong to, most often one or none: those with the same address,
  /// else with the longest address that begins it, else the only one on the same host.
  func owners(of url: String) -> [String] {
    let same = providers.filter { $0.url == url }
    if !same.isEmpty { return same.map(\.name) }
    let beginning = providers.filter { !$0.url.isEmpty && url.hasPrefix($0.url) }
    if let longest = beginning.map(\.url.utf8.count).max() {
      return beginning.filter { $0.url.utf8.count == longest }.map(\.name)
    }
    let host = RouterAddress.host(of: url)
    let sameHost = Set(providers.filter { RouterAddress.host(of: $0.url) == host }.map(\.name))
    return sameHost.count == 1 ? Array(sameHost) : []
  }

  /// Where a provider is called; `nil` where none, or several, have the name.
  func address(of provider: String) -> String? {
    let named = providers.filter { $0.name == provider && !$0.url.isEmpty }
    return named.count == 1 ? named[0].url : nil
  }

  /// Why the router chose a model, where its log does not say.
  /// - Parameters:
  ///   - pair: `provider,model` as called.
  ///   - asked: what the client's call named.
  package func route(to pair: String, asked: String) -> Route {
    if routes.isEmpty { return .unknown }
    if routes["default"] == pair { return routes["webSearch"] == pair ? .defaultOrWebSearch : .default }
    if routes["webSearch"] == pair { return .webSearch }
    return asked.utf8.contains(UInt8(ascii: ",")) ? .explicit : .subagent
  }
}

/// Addresses of providers. They can carry keys, so only host and path are ever kept.
enum RouterAddress {
  /// The address without user, query and fragment.
  static func withoutSecrets(_ url: String) -> String {
    if isPlain(url) { return url }
    guard var parts = URLComponents(string: url) else { return "" }
    parts.user = nil
    parts.password = nil
    parts.query = nil
    parts.fragment = nil
    return parts.string ?? ""
  }

  /// Whether an address is a scheme, a host, at the most a port, and a path of letters and digits: what nearly all are,
  /// told without the cost of taking it apart.
  private static func isPlain(_ url: String) -> Bool {
    var rest = Substring(url).utf8
    guard let scheme = ["http://", "https://"].first(where: { rest.starts(with: $0.utf8) }) else { return false }
    rest = rest.dropFirst(scheme.utf8.count)
    func isName(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    let host = rest.prefix(while: isName)
    rest = rest.dropFirst(host.count)
    if rest.first == UInt8(ascii: ":") {
      let port = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard (1...5).contains(port.count) else { return false }
      rest = rest.dropFirst(1 + port.count)
    }
    return !host.isEmpty && (rest.first ?? UInt8(ascii: "/")) == UInt8(ascii: "/")
      && rest.allSatisfy { isName($0) || $0 == UInt8(ascii: "/") }
  }

  /// The model that an address names, as it does where the body names none: `/models/NAME:generateContent` (Gemini, and
  /// Vertex), `/model/ID/invoke` (Bedrock), `/deployments/NAME/…` (Azure).
  static func model(in url: String) -> String? {
    let path = url.prefix { $0 != "?" && $0 != "#" }
    func part(after mark: String) -> Substring? {
      guard let range = path.range(of: mark, options: .backwards) else { return nil }
      return path[range.upperBound...]
    }
    let name: Substring? =
      if let rest = part(after: "/models/"), let colon = rest.lastIndex(of: ":") {
        rest[..<colon]
      } else if let rest = part(after: "/model/"), let slash = rest.lastIndex(of: "/") {
        rest[..<slash]
      } else if let rest = part(after: "/deployments/") {
        rest.prefix { $0 != "/" }
      } else {
        nil
      }
    guard let name, !name.isEmpty, !name.contains("/") else { return nil }
    return String(name).removingPercentEncoding ?? String(name)
  }

  /// Host, and port where one is written.
  static func host(of url: String) -> String {
    guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else { return "unknown" }
    return parts.port.map { "\(host):\($0)" } ?? host
  }
}
