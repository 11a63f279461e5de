import Model

/// Who sells under which names, at which endpoints.
struct ProviderNames: Hashable, Sendable {
  /// What a file says of its provider.
  struct Provider: Hashable, Sendable {
    var aliases: [String] = []
    var hosts: [String] = []
    var freeSuffixes: [String] = []
  }

  private(set) var providers: [String: Provider] = [:]
  /// The table's own name by any name in lower case.
  private var canonicalNames: [String: String] = [:]
  private var exactHosts: [String: String] = [:]
  private var hostPatterns: [(pattern: String, provider: String)] = []

  /// Makes a name stand for a provider.
  /// - Returns: the provider that it stood for already; the names then stay as they were.
  mutating func add(name: String, for canonical: String) -> String? {
    if let other = canonicalNames[name.lowercased()] { return other }
    canonicalNames[name.lowercased()] = canonical
    if providers[canonical] == nil { providers[canonical] = Provider() }
    if name != canonical { providers[canonical]?.aliases.append(name) }
    return nil
  }

  /// Makes a host a provider's.
  /// - Returns: the provider that it stood for already.
  mutating func add(host: String, of canonical: String) -> String? {
    if let other = exactHosts[host] ?? hostPatterns.first(where: { $0.pattern == host })?.provider {
      return other == canonical ? nil : other
    }
    providers[canonical]?.hosts.append(host)
    if host.contains("*") { hostPatterns.append((host, canonical)) } else { exactHosts[host] = canonical }
    return nil
  }

  /// Makes all models of a provider that end so cost nothing.
  mutating func add(freeSuffixes suffixes: [String], of canonical: String) {
    let known = providers[canonical]?.freeSuffixes ?? []
    providers[canonical]?.freeSuffixes += suffixes.filter { !known.contains($0) }
  }

  /// The table's own name of a provider; a provider that the table does not know keeps its name.
  func canonical(_ name: String) -> String { canonicalNames[name.lowercased()] ?? name }

  /// All names of a provider, lower case.
  func names(of canonical: String) -> Set<String> {
    Set(([canonical] + (providers[canonical]?.aliases ?? [])).map { $0.lowercased() })
  }

  /// The provider whose endpoint a host is. A plan's word after it (`api.z.ai/coding`) goes before the host alone.
  func provider(atHost host: String) -> String? {
    let host = host.lowercased()
    func owner(_ host: String) -> String? {
      exactHosts[host] ?? hostPatterns.first { host.fits(pattern: $0.pattern) }?.provider
    }
    return owner(host) ?? host.firstIndex(of: "/").flatMap { owner(String(host[..<$0])) }
  }

  /// Whether a name's end says that the model costs nothing at its provider.
  func isFree(_ name: ModelID) -> Bool {
    let suffixes = providers[canonical(name.provider)]?.freeSuffixes ?? []
    return suffixes.contains { name.model.count > $0.count && name.model.lowercased().hasSuffix($0.lowercased()) }
  }

  static func == (left: ProviderNames, right: ProviderNames) -> Bool { left.providers == right.providers }
  func hash(into hasher: inout Hasher) { hasher.combine(providers) }
}
