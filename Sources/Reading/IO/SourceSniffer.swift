/// What wrote a file.
package indirect enum SourceKind: Hashable, Sendable {
  /// A claude-code-router 1.x or 2.x log.
  case claudeCodeRouter
  /// A Claude Code transcript.
  case claudeCode
  /// A free-claude-code log.
  case freeClaudeCode
  /// An SQLite database; whose, its schema tells.
  case sqlite
  /// One of these, compressed.
  case gzip(SourceKind)
}

/// Tells what wrote a file by the file's content, never by its name.
package enum SourceSniffer {
  /// How many bytes are looked at.
  package static let reach = 1 << 16

  /// What wrote a file; `nil` where it is nothing that we read.
  /// - Throws: `LogError.unreadable`; `LogError.badArchive` for an archive that gives nothing that could be told.
  package static func kind(ofFileAt path: String) throws(LogError) -> SourceKind? {
    let front = try front(of: FileSource(path: path))
    return try kind(of: front, path: path)
  }

  /// What wrote the bytes of which these are the first.
  /// - Parameter path: names the source in errors.
  package static func kind(of front: [UInt8], path: String) throws(LogError) -> SourceKind? {
    guard front.starts(with: [0x1f, 0x8b]) else { return plainKind(of: front.span) }
    var archive = GzipSource(MemorySource(front), path: path)
    var inner: [UInt8] = []
    do throws(LogError) {
      try fill(&inner, from: &archive)
    } catch {
      // The front of a long archive ends in its middle. What could be unpacked is enough to tell.
      if inner.isEmpty { throw error }
    }
    return plainKind(of: inner.span).map { .gzip($0) }
  }

  private static func plainKind(of front: Span<UInt8>) -> SourceKind? {
    if front.holds("SQLite format 3\0", at: 0) { return .sqlite }
    var start = 0
    while start < front.count {
      let end = front.firstIndex(of: UInt8(ascii: "\n"), from: start)
      if let kind = kind(ofLine: front.extracting(start..<(end ?? front.count)), isWhole: end != nil) { return kind }
      start = (end ?? front.count) + 1
    }
    return nil
  }

  private static func front(of source: consuming FileSource) throws(LogError) -> [UInt8] {
    var source = source
    var front: [UInt8] = []
    try fill(&front, from: &source)
    return front
  }

  private static func fill<Source: ByteSource & ~Copyable>(
    _ bytes: inout [UInt8], from source: inout Source
  ) throws(LogError) {
    var buffer = [UInt8](repeating: 0, count: reach)
    while bytes.count < reach {
      let count = try source.read(into: &buffer, from: bytes.count)
      if count == 0 { return }
      bytes += buffer[bytes.count..<(bytes.count + count)]
    }
  }

  /// Top-level keys of a line, as far as it goes.
  private struct Keys: OptionSet {
    var rawValue: Int
    static let session = Keys(rawValue: 1)
    static let transcript = Keys(rawValue: 2)
    static let type = Keys(rawValue: 4)
    static let leaf = Keys(rawValue: 8)
    static let time = Keys(rawValue: 16)
    static let level = Keys(rawValue: 32)
    static let message = Keys(rawValue: 64)
    static let module = Keys(rawValue: 128)
    static let function = Keys(rawValue: 256)
  }

  private static func kind(ofLine bytes: Span<UInt8>, isWhole: Bool) -> SourceKind? {
    guard bytes.holds("{\"", at: 0) else { return nil }
    if bytes.holds("{\"level\":", at: 0), let level = bytes.number(at: 9), bytes.holds(",\"time\":", at: level.end) {
      return .claudeCodeRouter
    }
    var keys: Keys = []
    do throws(JSONFault) {
      var cursor = JSONCursor(at: 1)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        let isString = try cursor.atString(bytes)
        keys.formUnion(mark(bytes, key, isString: isString))
        try cursor.skip(bytes)
      }
    } catch {
      if isWhole { return nil }
    }
    if keys.contains(.session) && !keys.isDisjoint(with: [.transcript, .type])
      || keys.contains([.type, .leaf])
    {
      return .claudeCode
    }
    let ends: Keys = isWhole ? [.module, .function] : []
    return keys.contains([.time, .level, .message]) && keys.contains(ends) ? .freeClaudeCode : nil
  }

  private static func mark(_ bytes: Span<UInt8>, _ key: Range<Int>, isString: Bool) -> Keys {
    let start = key.lowerBound
    return switch key.count {
    case 9 where isString && bytes.holds("sessionId", at: start): .session
    case 10 where bytes.holds("parentUuid", at: start), 11 where bytes.holds("isSidechain", at: start): .transcript
    case 8 where bytes.holds("leafUuid", at: start) || bytes.holds("snapshot", at: start): .leaf
    case 4 where isString && bytes.holds("type", at: start): .type
    case 4 where isString && bytes.holds("time", at: start): .time
    case 5 where isString && bytes.holds("level", at: start): .level
    case 7 where isString && bytes.holds("message", at: start): .message
    case 6 where isString && bytes.holds("module", at: start): .module
    case 8 where isString && bytes.holds("function", at: start): .function
    default: []
    }
  }
}
