/// Tells a claude-code-router log by its content.
package enum LogSniffer {
  /// Whether one of the lines at the front of a file begins as this router's lines do.
  /// - Throws: `LogError.unreadable`.
  package static func isRouterLog(_ path: String) throws(LogError) -> Bool {
    var source = try FileSource(path: path)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = try source.read(into: &buffer, from: 0)
    return buffer[..<count].split(separator: UInt8(ascii: "\n")).contains { line in
      line.starts(with: #"{"level":"#.utf8) && line.dropFirst(11).starts(with: #","time":"#.utf8)
    }
  }
}
