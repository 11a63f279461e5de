/// What a file is.
package indirect enum SourceKind: Hashable, Sendable {
  /// A log of that source.
  case log(SourceName)
  /// An SQLite database; whose, its schema tells.
  case sqlite
  /// One of these, compressed.
  case gzip(SourceKind)
  /// Files of which the first that is told is one of these, in an archive that is not compressed by gzip.
  case archive(Packing, SourceKind)
  /// One of these, in lines that have something around them (`UnwrappedSource`).
  case wrapped(SourceKind)
  /// The same as UTF-16 text.
  case encoded(SourceKind)
  /// The records of a source that writes lines, spread over several.
  case document(SourceName)
  /// Something that a program packed whose files are not unpacked here.
  case packed(by: String)

  /// Whose log it is, compressed or not; `nil` where it is none.
  package var log: SourceName? {
    switch self {
    case .log(let name), .document(let name): name
    case .sqlite, .packed: nil
    case .gzip(let inner), .archive(_, let inner), .wrapped(let inner), .encoded(let inner): inner.log
    }
  }

  /// How it is packed; `nil` where it is plain.
  package var packing: Packing? {
    switch self {
    case .log, .sqlite, .packed, .wrapped, .encoded, .document: nil
    case .gzip: .gzip
    case .archive(let packing, _): packing
    }
  }

  /// Whether its lines have to be unwrapped.
  package var isWrapped: Bool {
    switch self {
    case .wrapped, .encoded: true
    case .gzip(let inner), .archive(_, let inner): inner.isWrapped
    case .log, .sqlite, .packed, .document: false
    }
  }

  /// Whether a source that writes lines has its records spread over several.
  package var isDocument: Bool {
    switch self {
    case .document: true
    case .gzip(let inner), .archive(_, let inner), .wrapped(let inner), .encoded(let inner): inner.isDocument
    case .log, .sqlite, .packed: false
    }
  }

  /// Whether its bytes have to be decoded before they are text.
  package var isEncoded: Bool {
    if case .encoded = self { return true }
    return false
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
    guard Packing(front) == .zip else { return try kind(of: front, path: path, among: sources) }
    let plain = try ZipArchive.contents(of: FileSource(path: path), path: path)
    return try archived(Array(plain.prefix(reach)), path: path, among: sources).map { .archive(.zip, $0) }
  }

  /// What packed a file that is not unpacked here; `nil` for any other, and for one that cannot be read.
  package static func packer(ofFileAt path: String) -> String? {
    guard var source = try? FileSource(path: path) else { return nil }
    var front = [UInt8](repeating: 0, count: 8)
    guard let count = try? source.read(into: &front, from: 0) else { return nil }
    return Packing.foreign(Array(front[..<count]))
  }

  /// What wrote the bytes of which these are the first.
  /// - Parameter path: names the source in errors.
  package static func kind(
    of front: [UInt8], path: String, among sources: Sources = .all
  ) throws(LogError) -> SourceKind? {
    switch Packing(front) {
    case nil:
      if let packer = Packing.foreign(front) { return .packed(by: packer) }
      return try told(front, path: path, among: sources)
    case .zip: return .packed(by: "ZIP")
    case .gzip:
      var archive = TarSource(GzipSource(MemorySource(front), path: path), path: path)
      return try kind(in: &archive, path: path, among: sources).map { .gzip($0) }
    case .tar:
      var archive = TarSource(MemorySource(front), path: path)
      return try kind(in: &archive, path: path, among: sources).map { .archive(.tar, $0) }
    }
  }

  private static func kind<Source: ByteSource & ~Copyable>(
    in archive: inout Source, path: String, among sources: Sources
  ) throws(LogError) -> SourceKind? {
    var inner: [UInt8] = []
    do throws(LogError) {
      try fill(&inner, from: &archive)
    } catch {
      // The front of a long archive ends in its middle. What could be unpacked is enough to tell.
      if inner.isEmpty { throw error }
    }
    return try archived(inner, path: path, among: sources)
  }

  /// - Throws: `LogError.utf16`: between the files of an archive stand line ends of one byte.
  private static func archived(
    _ front: [UInt8], path: String, among sources: Sources
  ) throws(LogError) -> SourceKind? {
    if UTF16Source<MemorySource>.isEncoded(front) { throw .utf16(path: path) }
    return try told(front, path: path, among: sources)
  }

  /// What wrote the bytes of which these are the first, which are not packed.
  /// - Throws: what they are, where that is of a known source and in a form that is not read.
  private static func told(
    _ front: [UInt8], path: String, among sources: Sources
  ) throws(LogError) -> SourceKind? {
    if let kind = textKind(of: front, among: sources) { return kind }
    if isProtobuf(front) { throw .protobuf(path: path) }
    if isSpendTable(front) { throw .table(path: path) }
    if isPrinted(front.span) { throw .printed(path: path) }
    if let filter = CollectedLines.filter(front.span, among: sources) { throw .collected(path: path, filter: filter) }
    return nil
  }

  private static func textKind(of front: [UInt8], among sources: Sources) -> SourceKind? {
    if let kind = plainKind(of: front.span, among: sources) {
      return kind.log != nil && isCutByJournal(front.span) ? .wrapped(kind) : kind
    }
    if let plain = UnwrappedSource.front(front),
      let kind = plainKind(of: plain.span, among: sources) ?? indentedKind(of: plain.span, among: sources)
    {
      return UTF16Source<MemorySource>.isEncoded(front) ? .encoded(kind) : .wrapped(kind)
    }
    return indentedKind(of: front.span, among: sources)
  }

  /// Whether a line was cut as the journal cuts them, which `journalctl -o cat` shows without a word.
  private static func isCutByJournal(_ front: Span<UInt8>) -> Bool {
    var start = 0
    while let end = front.firstIndex(of: UInt8(ascii: "\n"), from: start) {
      if front.holds("{", at: start), WrappedLine.isCutByJournal(front.extracting(start..<end)) { return true }
      start = end + 1
    }
    return false
  }

  /// Whether bytes that are no text name Claude Code as the sender of telemetry.
  private static func isProtobuf(_ front: [UInt8]) -> Bool {
    guard front.prefix(64).contains(where: { $0 < 0x20 && ![0x09, 0x0a, 0x0d].contains($0) }) else { return false }
    return front.span.firstIndex(of: "service.name") != nil
      && (front.span.firstIndex(of: "claude-code") != nil || front.span.firstIndex(of: "claude_code.") != nil)
  }

  /// Whether the first line names the columns of LiteLLM's table of spend logs, by whichever separator.
  private static func isSpendTable(_ front: [UInt8]) -> Bool {
    let line = front.prefix { $0 != 0x0a }
    let names = String(decoding: line.prefix(4096), as: UTF8.self)
      .split { !$0.isLetter && $0 != "_" }.map { $0.lowercased() }
    return Set(["request_id", "call_type", "spend", "prompt_tokens"]).isSubset(of: names) && line.first != 0x7b
  }

  /// Whether the first object is one of those that `claude -p` prints by `--output-format json` or `stream-json`.
  private static func isPrinted(_ front: Span<UInt8>) -> Bool {
    var start = front.firstVisible(from: front.markLength)
    if front.holds("[", at: start) { start = front.firstVisible(from: start + 1) }
    guard front.holds("{", at: start), let keys = LineKeys(front, at: start, mayEnd: true) else { return false }
    return keys.have("type", .string) && keys.have("session_id", .string)
      && (keys.have("subtype", .string) || keys.have("parent_tool_use_id"))
  }

  private static func plainKind(of front: Span<UInt8>, among sources: Sources) -> SourceKind? {
    if front.holds("SQLite format 3\0", at: 0) { return .sqlite }
    var start = front.markLength
    let isArray = front.opensArray(at: start)
    while start < front.count {
      let end = front.firstIndex(of: UInt8(ascii: "\n"), from: start)
      // The element in which the front of an array ends looks like a line that is cut.
      if end == nil, isArray { break }
      let line = front.extracting(start..<(end ?? front.count))
      if let kind = kind(ofLine: line, isWhole: end != nil, among: sources) { return kind }
      start = (end ?? front.count) + 1
    }
    return document(front, framed: .values, among: sources).map { .log($0) }
  }

  /// Of whom an indented object or an array is that nobody writes so: somebody made it readable.
  private static func indentedKind(of front: Span<UInt8>, among sources: Sources) -> SourceKind? {
    let start = front.firstVisible(from: front.markLength)
    if front.holds("{", at: start) {
      var next = start + 1
      while next < front.count, [0x20, 0x09, 0x0D].contains(front[next]) { next += 1 }
      guard front.holds("\n", at: next) else { return nil }
    }
    return document(front, framed: .lines, among: sources).map { .document($0) }
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
    // What goes on behind an object is no line of records, but an element of an array.
    if isWhole, let last = bytes.lastVisible, last != UInt8(ascii: "}") { return nil }
    guard let keys = LineKeys(bytes, mayEnd: !isWhole) else { return nil }
    return sources.logs.first { $0.wrote(bytes, keys) }.map { .log($0.name) }
  }

  /// Of a document it is the first object that tells: the first of an array, or of a page's `data`.
  private static func document(
    _ bytes: Span<UInt8>, framed framing: LogFraming, among sources: Sources
  ) -> SourceName? {
    do throws(JSONFault) {
      var cursor = JSONCursor(at: bytes.markLength)
      while [UInt8(ascii: "["), UInt8(ascii: ",")].contains(try cursor.peek(bytes)) { cursor.position += 1 }
      guard try cursor.peek(bytes) == UInt8(ascii: "{"),
        let keys = LineKeys(bytes, at: cursor.position, mayEnd: true)
      else { return nil }
      let object = bytes.extracting(cursor.position..<bytes.count)
      return sources.logs.first { $0.framing == framing && $0.wrote(object, keys) }?.name
    } catch {
      return nil
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether an array of objects begins at or behind a place.
  fileprivate func opensArray(at start: Int) -> Bool {
    let place = firstVisible(from: start)
    return holds("[", at: place) && holds("{", at: firstVisible(from: place + 1))
  }
}
