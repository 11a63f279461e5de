extension String {
  /// How many columns a terminal gives the text: two for East Asian wide characters and emoji, none for marks.
  package var displayWidth: Int {
    // Most texts are plain, and each byte of those is a column.
    if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return utf8.count }
    return reduce(0) { $0 + $1.displayWidth }
  }

  /// The text without the spaces at its end.
  package var withoutTrailingSpaces: String { lastIndex(where: { $0 != " " }).map { String(self[...$0]) } ?? "" }

  /// The text, cut to a width with `…` where it is longer.
  package func truncated(to width: Int) -> String {
    guard displayWidth > width else { return self }
    var (kept, columns) = ("", 1)
    for character in self {
      columns += character.displayWidth
      guard columns <= width else { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// Lines of at most `width` columns, broken at spaces, or anywhere in a word that is longer than a line.
  /// - Parameters:
  ///   - indent: stands before the first line.
  ///   - hanging: stands before the others.
  package func wrapped(to width: Int, indent: String = "", hanging: String = "") -> [String] {
    // A command at the end has a line of its own, whole, so that it can be copied.
    if let command = ranges(of: ": ccr-audit ").last {
      let sentence = String(self[...command.lowerBound])
      return sentence.wrapped(to: width, indent: indent, hanging: hanging)
        + [hanging + "  " + String(self[command.lowerBound...].dropFirst(2))]
    }
    var (lines, line) = ([String](), indent)
    var (isFresh, columns) = (true, indent.displayWidth)
    func breakLine() {
      lines.append(line)
      (line, isFresh, columns) = (hanging, true, hanging.displayWidth)
    }
    for word in split(separator: " ").map(String.init) {
      let wordWidth = word.displayWidth
      if !isFresh, columns + 1 + wordWidth > width { breakLine() }
      if !isFresh {
        line += " "
        columns += 1
      }
      if columns + wordWidth <= width {
        line += word
        (isFresh, columns) = (false, columns + wordWidth)
        continue
      }
      for character in word {
        let characterWidth = character.displayWidth
        if !isFresh, columns + characterWidth > width { breakLine() }
        line.append(character)
        (isFresh, columns) = (false, columns + characterWidth)
      }
    }
    return lines + [line]
  }
}

extension Character {
  /// Columns of the character: as many as its widest part has.
  var displayWidth: Int { unicodeScalars.map(\.displayWidth).max() ?? 0 }
}

extension Unicode.Scalar {
  fileprivate var displayWidth: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    if properties.isEmojiPresentation { return 2 }
    return Self.wide.contains { $0.contains(value) } ? 2 : 1
  }

  /// The blocks that Unicode's EastAsianWidth.txt calls wide or full-width.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
