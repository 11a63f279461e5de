/// Names as they leave a machine: local servers name a model by its path, and a host of the local network by its owner.
package enum SentName {
  private static let separators: Set<Character> = ["/", "\\"]

  /// A model's name; of a path the last part alone.
  package static func model(_ name: String) -> String {
    guard isPath(name) else { return name }
    return name.split(whereSeparator: separators.contains).last.map(String.init) ?? "path"
  }

  /// A host with or without a port, or a provider that is called by it; of a host of the local network (RFC 6762) only
  /// that it is one, and the port.
  package static func host(_ name: String) -> String {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let host = parts[0].lowercased()
    guard host.hasSuffix(".local") || host.hasSuffix(".local.") else { return name }
    return (["local"] + parts.dropFirst().map(String.init)).joined(separator: ":")
  }

  private static func isPath(_ name: String) -> Bool {
    if ["/", "./", "../", "~/", "\\", ".\\", "..\\", "~\\"].contains(where: name.hasPrefix) { return true }
    if name.lowercased().hasPrefix("file:") { return true }
    // A drive of Windows.
    let start = Array(name.prefix(3))
    return start.count == 3 && start[0].isASCII && start[0].isLetter && start[1] == ":" && separators.contains(start[2])
  }
}
