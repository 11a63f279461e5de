/// What a file is.
package indirect enum SourceKind: Hashable, Sendable {
  /// A log of that source.
  case log(SourceName)
  /// An SQLite database; whose, its schema tells.
  case sqlite
  /// One of these, compressed.
  case gzip(SourceKind)

  /// Whose log it is, compressed or not; `nil` where it is none.
  package var log: SourceName? {
    switch self {
    case .log(let name): name
    case .sqlite: nil
    case .gzip(let inner): inner.log
    }
  }
}

/// Tells what wrote a file by the file's content, never by its name.
package enum SourceSniffer {
  /// How many bytes are looked at.
  package static let reach = 1 << 16

  /// What wrote a file; `nil` where it is nothing that we read.
  /// - Throws: `LogError.unreadable`; `LogError.badArchive` for an archive that gives nothing that could be told.
  package static func kind(
    ofFileAt path: String, among sources: Sources = .all
  ) throws(LogError) -> SourceKind? {
    let front = try front(of: FileSource(path: path))
    return try kind(of: front, path: path, among: sources)
  }

  /// What wrote the bytes of which these are the first.
  /// - Parameter path: names the source in errors.
  package static func kind(
    of front: [UInt8], path: String, among sources: Sources = .all
  ) throws(LogError) -> SourceKind? {
    guard isPacked(front) else {
      if isUTF16(front) { throw .utf16(path: path) }
      return plainKind(of: front.span, among: sources)
    }
    var archive = GzipSource(MemorySource(front), path: path)
    var inner: [UInt8] = []
    do throws(LogError) {
      try fill(&inner, from: &archive)
    } catch {
      // The front of a long archive ends in its middle. What could be unpacked is enough to tell.
      if inner.isEmpty { throw error }
    }
    if isUTF16(inner) { throw .utf16(path: path) }
    return plainKind(of: inner.span, among: sources).map { .gzip($0) }
  }

  /// Whether bytes are those of a gzip archive, whatever its name.
  package static func isPacked(_ front: [UInt8]) -> Bool { front.starts(with: [0x1f, 0x8b]) }

  /// Whether bytes are UTF-16 text: by its mark, or by the zero beside the brace that every record begins with.
  private static func isUTF16(_ front: [UInt8]) -> Bool {
    let brace = UInt8(ascii: "{")
    return [[0xFF, 0xFE], [0xFE, 0xFF], [brace, 0], [0, brace]].contains { front.starts(with: $0) }
  }

  private static func plainKind(of front: Span<UInt8>, among sources: Sources) -> SourceKind? {
    if front.holds("SQLite format 3\0", at: 0) { return .sqlite }
    var start = 0
    if front.holds("\u{FEFF}", at: 0) { start = 3 }
    while start < front.count {
      let end = front.firstIndex(of: UInt8(ascii: "\n"), from: start)
      let line = front.extracting(start..<(end ?? front.count))
      if let kind = kind(ofLine: line, isWhole: end != nil, among: sources) { return kind }
      start = (end ?? front.count) + 1
    }
    return kind(ofDocument: front, among: sources)
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

  private static func kind(
    ofLine bytes: Span<UInt8>, isWhole: Bool, among sources: Sources
  ) -> SourceKind? {
    guard let keys = LineKeys(bytes, mayEnd: !isWhole) else { return nil }
    return sources.logs.first { $0.wrote(bytes, keys) }.map { .log($0.name) }
  }

  /// Of a document it is the first object that tells: the first of an array, or of a page's `data`.
  private static func kind(ofDocument bytes: Span<UInt8>, among sources: Sources) -> SourceKind? {
    do throws(JSONFault) {
      var cursor = JSONCursor()
      while [UInt8(ascii: "["), UInt8(ascii: ",")].contains(try cursor.peek(bytes)) { cursor.position += 1 }
      guard try cursor.peek(bytes) == UInt8(ascii: "{"),
        let keys = LineKeys(bytes, at: cursor.position, mayEnd: true)
      else { return nil }
      let object = bytes.extracting(cursor.position..<bytes.count)
      return sources.logs.first { $0.framing == .values && $0.wrote(object, keys) }.map { .log($0.name) }
    } catch {
      return nil
    }
  }
}
