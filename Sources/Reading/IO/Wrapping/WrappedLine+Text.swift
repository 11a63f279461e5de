extension WrappedLine {
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

  /// Where a line begins behind blanks, a byte order mark, or the mark of JSON sequences; `nil` where it is blank.
  private static func opening(_ line: Span<UInt8>) -> Int? {
    let start = line.firstVisible(from: line.markLength)
    return start < line.count ? start : nil
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
        let isApart = [
          UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "|"), UInt8(ascii: ":"), UInt8(ascii: "]"),
        ].contains(line[index - 1])
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
