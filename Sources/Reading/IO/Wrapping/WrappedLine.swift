/// What a program wrote, out of a line of another one: of Docker's `json-file` driver, the journal, pm2, Loki, Vector,
/// or with their prefix before it (`docker compose logs`, `kubectl logs`, a container's file under `/var/log/pods`,
/// `journalctl`, syslog), in colours or not.
struct WrappedLine {
  /// Who writes lines of which pieces are put together.
  enum Writer: Hashable, Comparable {
    /// Nobody is named.
    case bare
    /// A program and its process, as the journal's short form has it: `ccr[123]:`.
    case process(String)
    /// Standard output, or standard error, of somebody.
    case stream(String)
  }

  enum End {
    /// The line ends here.
    case whole
    /// It goes on.
    case cut
    /// It goes on unless what is there is an object.
    case open
  }

  var bytes: [UInt8]
  var writer = Writer.bare
  var end = End.whole

  /// How many bytes of a line can be somebody's prefix.
  static let longestPrefix = 256
  /// How many programs can stand one around the other.
  static let deepest = 3
  /// The journal cuts what a program writes after so many bytes, and drops blanks where it cuts.
  private static let journalLine = (49152 - 256)...49152

  init(bytes: [UInt8], writer: Writer = .bare, end: End = .whole) {
    (self.bytes, self.writer, self.end) = (bytes, writer, end)
  }

  /// A line that is cut where it is as long as the journal's lines can be.
  init(bytes: [UInt8], writer: Writer, isJournal: Bool) {
    (self.bytes, self.writer) = (bytes, writer)
    end = isJournal && Self.isCutByJournal(bytes.span) ? .cut : .whole
  }

  /// What a line holds; `nil` where it has nothing around it.
  static func text(of line: Span<UInt8>) -> WrappedLine? {
    if line.firstIndex(of: 0x1B, from: 0) != nil {
      let plain = uncoloured(line)
      return text(of: plain.span) ?? WrappedLine(bytes: plain)
    }
    guard let start = opening(line) else { return nil }
    if line[start] == UInt8(ascii: "{") {
      if let text = WrappingObject(line, at: start)?.text { return text }
      return isCutByJournal(line) ? WrappedLine(bytes: line.array, end: .cut) : nil
    }
    return container(line, from: start) ?? prefixed(line, from: start)
  }

  /// Whether a line is a JSON object of another program.
  static func isObject(_ line: Span<UInt8>) -> Bool {
    guard let start = opening(line), line[start] == UInt8(ascii: "{") else { return false }
    return WrappingObject(line, at: start)?.text != nil
  }

  /// Whether bytes are an object and nothing else.
  static func isWholeObject(_ bytes: Span<UInt8>) -> Bool {
    bytes.lastVisible == UInt8(ascii: "}") && bytes.isWholeValue
  }

  /// Where a line begins behind blanks, a byte order mark, or the mark of JSON sequences; `nil` where it is blank.
  private static func opening(_ line: Span<UInt8>) -> Int? {
    let start = line.firstVisible(from: line.markLength)
    return start < line.count ? start : nil
  }

  static func isCutByJournal(_ line: Span<UInt8>) -> Bool {
    journalLine.contains(line.count) && !isWholeObject(line)
  }

  /// `2026-11-26T15:00:00.1Z stdout F …`, a file of a Kubernetes container: `P` is a piece.
  private static func container(_ line: Span<UInt8>, from start: Int) -> WrappedLine? {
    guard (0x30...0x39).contains(line[start]),
      let space = line.firstIndex(of: UInt8(ascii: " "), from: start), space - start < 48
    else { return nil }
    for name in ["stdout", "stderr"] where line.holds(name, at: space + 1) {
      let tag = space + 8
      guard line.holds(" ", at: tag - 1),
        let end = line.firstIndex(of: UInt8(ascii: " "), from: tag), end - tag < 16
      else { return nil }
      let isPiece = line[tag] == UInt8(ascii: "P")
      guard isPiece || line[tag] == UInt8(ascii: "F") else { return nil }
      return WrappedLine(
        bytes: line.extracting((end + 1)..<line.count).array, writer: .stream(name), end: isPiece ? .cut : .whole)
    }
    return nil
  }

  /// A few words before an object, with a number, a bar or a bracket among them: `ccr-1  | {`, `0|ccr | {`,
  /// `Nov 26 15:00:00 host ccr[123]: {`, `[pod/ccr-1/ccr] {`, `2026-11-26T15:00:00Z {`.
  private static func prefixed(_ line: Span<UInt8>, from start: Int) -> WrappedLine? {
    var (words, isMarked, index, word) = (1, false, start, start)
    while index < min(line.count, longestPrefix) {
      switch line[index] {
      case UInt8(ascii: "{"):
        let isApart = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "|"), UInt8(ascii: ":")]
          .contains(line[index - 1])
        var cursor = JSONCursor(at: index + 1)
        guard isMarked, isApart, words <= 9, (try? cursor.peek(line)) == UInt8(ascii: "\"") else { return nil }
        let name = line.extracting(word..<index).array.prefix { $0 != 0x20 }
        let isProcess = name.last == UInt8(ascii: ":")
        return WrappedLine(
          bytes: line.extracting(index..<line.count).array,
          writer: isProcess ? .process(String(decoding: name, as: UTF8.self)) : .bare, isJournal: isProcess)
      case UInt8(ascii: "\""), UInt8(ascii: "}"), 0..<UInt8(ascii: "\t"), 0x0A..<0x20: return nil
      case UInt8(ascii: "|"), UInt8(ascii: "["), UInt8(ascii: "0")...UInt8(ascii: "9"): isMarked = true
      case UInt8(ascii: " ") where line.holds(" ", at: index + 1) == false && line.holds("{", at: index + 1) == false:
        words += 1
        word = index + 1
      default: break
      }
      index += 1
    }
    return nil
  }

  /// The line without the sequences that colour a terminal's text.
  private static func uncoloured(_ line: Span<UInt8>) -> [UInt8] {
    var plain: [UInt8] = []
    plain.reserveCapacity(line.count)
    var index = 0
    while index < line.count {
      guard line[index] == 0x1B, line.holds("[", at: index + 1) else {
        if line[index] != 0x1B { plain.append(line[index]) }
        index += 1
        continue
      }
      index += 2
      // Numbers and their separators, up to a letter.
      while index < line.count, (0x20...0x3F).contains(line[index]) { index += 1 }
      index += 1
    }
    return plain
  }
}
