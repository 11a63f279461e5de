/// A table of comma-separated values as RFC 4180 has it: quoted cells may hold separators, quotes and line ends. A byte
/// order mark, CR LF, semicolons, tabs or bars in place of commas, and a spreadsheet's line `sep=;` are taken, too. So
/// are lines above the titles, such as a report's name.
struct CSVTable {
  /// What stands between cells.
  let separator: Unicode.Scalar
  /// The cells of the first line, without white space at their ends.
  let header: [String]
  /// The other lines, with the number of the line on which each begins; empty lines are left out.
  private(set) var rows: [(line: Int, cells: [String])]
  /// The first place where quotes are not as they have to be.
  let badQuotes: BadQuotes?
  /// Whether the last line ends as a line does.
  let endsWithLine: Bool

  /// Where quotes are not as they have to be.
  enum BadQuotes: Equatable {
    /// A quoted cell that begins on this line has no end.
    case open(line: Int)
    /// Something stands behind a cell's closing quote.
    case textBehind(line: Int)
  }

  /// `nil` where the text has no header of at least two cells.
  /// - Parameter titles: which titles its header has, where that is known.
  init?(_ text: String, titles wanted: [String] = []) {
    var scalars = Substring(text).unicodeScalars
    if scalars.first == "\u{feff}" { scalars.removeFirst() }
    var line = 1
    var named: Unicode.Scalar?
    if let first = Self.firstLine(scalars), let sign = Self.namedSeparator(first) {
      named = sign
      scalars = scalars[first.endIndex...]
      if scalars.first == "\r" { scalars.removeFirst() }
      if scalars.first == "\n" { scalars.removeFirst() }
      line = 2
    }
    let separator = named ?? Self.separator(scalars, titles: wanted)
    self.separator = separator
    var lines: [(line: Int, cells: [String])] = []
    var cells: [String] = []
    var cell = String.UnicodeScalarView()
    var start = line
    var (isQuoted, wasQuoted, quote) = (false, false, line)
    var bad: BadQuotes?
    var iterator = scalars.makeIterator()
    var next = iterator.next()
    func endCell() {
      cells.append(String(cell))
      cell = String.UnicodeScalarView()
      wasQuoted = false
    }
    func endLine() {
      endCell()
      if cells.count > 1 || !cells[0].isEmpty { lines.append((start, cells)) }
      cells = []
    }
    while let scalar = next {
      next = iterator.next()
      if isQuoted {
        if scalar == "\"" {
          if next == "\"" {
            cell.append(scalar)
            next = iterator.next()
          } else {
            isQuoted = false
          }
        } else {
          if scalar == "\n" || (scalar == "\r" && next != "\n") { line += 1 }
          cell.append(scalar)
        }
      } else if scalar == "\"", !wasQuoted, cell.allSatisfy({ $0 == " " }) {
        // Some programs write a space behind each separator.
        cell = String.UnicodeScalarView()
        (isQuoted, wasQuoted, quote) = (true, true, line)
      } else if scalar == separator {
        endCell()
      } else if scalar == "\n" || scalar == "\r" {
        if scalar == "\r", next == "\n" { next = iterator.next() }
        endLine()
        line += 1
        start = line
      } else {
        if wasQuoted, scalar != " ", bad == nil { bad = .textBehind(line: line) }
        cell.append(scalar)
      }
    }
    endsWithLine = cell.isEmpty && cells.isEmpty && !wasQuoted
    if !endsWithLine { endLine() }
    badQuotes = bad ?? (isQuoted ? .open(line: quote) : nil)
    let top = lines.prefix(Self.mostAbove + 1)
    let place = top.firstIndex { Self.has(wanted, $0.cells) } ?? top.firstIndex { $0.cells.count > 1 }
    guard let place else { return nil }
    header = lines[place].cells.map { $0.trimmed }
    rows = Array(lines[(place + 1)...])
  }

  /// How many lines may stand above the titles.
  private static let mostAbove = 20

  /// Whether cells are these titles, and perhaps others.
  private static func has(_ titles: [String], _ cells: [String]) -> Bool {
    let cells = Set(cells.map { $0.trimmed.lowercased() })
    return !titles.isEmpty && titles.allSatisfy { cells.contains($0.lowercased()) }
  }

  /// The tables that stand one behind the other, each below the same titles: files that somebody joined.
  var parts: [CSVTable] {
    func isHeader(_ cells: [String]) -> Bool {
      // Behind a byte order mark in the middle of a file a quote is a letter like others.
      cells.count == header.count
        && zip(cells, header).allSatisfy {
          $0 == $1 || String($0.filter { $0 != "\u{feff}" && $0 != "\"" }).trimmed == $1
        }
    }
    return rows.split(omittingEmptySubsequences: false) { isHeader($0.cells) }.map { rows in
      var part = self
      part.rows = Array(rows)
      return part
    }
  }

  /// The table without the lines that are equal to earlier ones, cell by cell, and how many those are.
  /// - Parameter most: how often a line may stand in it.
  func withoutRepeats(most: ([String]) -> Int = { _ in 1 }) -> (table: CSVTable, repeats: Int) {
    var seen: [[String]: Int] = [:]
    var table = self
    table.rows = rows.filter { row in
      let count = seen[row.cells, default: 0] + 1
      seen[row.cells] = count
      return count == 1 || count <= most(row.cells)
    }
    return (table, rows.count - table.rows.count)
  }

  /// Whether the same lines, in the same order, stand in it several times: a file that somebody joined with itself.
  var isRepeatedWhole: Bool {
    guard Set(rows.map(\.cells)).count > 1 else { return false }
    return (2..<max(2, rows.count / 2 + 1)).contains { length in
      rows.count.isMultiple(of: length)
        && rows.indices.allSatisfy { rows[$0].cells == rows[$0 % length].cells }
    }
  }

  private static func firstLine(_ scalars: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
    let line = scalars.prefix { $0 != "\n" && $0 != "\r" }
    return line.endIndex < scalars.endIndex ? line : nil
  }

  /// `sep=;`, with which spreadsheets begin a file.
  private static func namedSeparator(_ line: Substring.UnicodeScalarView) -> Unicode.Scalar? {
    let bare = line.filter { $0 != "\"" }
    guard bare.count == 5, String(String.UnicodeScalarView(bare)).lowercased().hasPrefix("sep=") else { return nil }
    return bare.last
  }

  /// What the first line has most of that holds any, outside of quotes; of known titles the line that holds all of them.
  private static func separator(
    _ scalars: Substring.UnicodeScalarView, titles: [String]
  ) -> Unicode.Scalar {
    let signs: [Unicode.Scalar] = [",", ";", "\t", "|"]
    var counts: [Unicode.Scalar: Int] = [:]
    var first: Unicode.Scalar?
    var isQuoted = false
    var start = scalars.startIndex
    var above = 0
    for place in scalars.indices {
      let scalar = scalars[place]
      if scalar == "\"" { isQuoted.toggle() }
      if isQuoted { continue }
      guard scalar == "\n" || scalar == "\r" else {
        if signs.contains(scalar) { counts[scalar, default: 0] += 1 }
        continue
      }
      // The first of those that stand there most often.
      if let most = counts.values.max(), let sign = signs.first(where: { counts[$0] == most }) {
        let line = String(scalars[start..<place]).lowercased()
        if titles.isEmpty || titles.allSatisfy({ line.contains($0.lowercased()) }) { return sign }
        first = first ?? sign
      }
      above += 1
      if above > mostAbove { break }
      counts = [:]
      start = scalars.index(after: place)
    }
    return first ?? signs.first { (counts[$0] ?? 0) == counts.values.max() } ?? ","
  }

  /// The column of a title, whatever its case.
  func column(_ title: String) -> Int? {
    header.firstIndex { $0.lowercased() == title.lowercased() }
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    // Most cells have none, as their first and their last byte tell.
    guard let first = utf8.first, let last = utf8.last else { return self }
    if (0x21...0x7e).contains(first), (0x21...0x7e).contains(last) { return self }
    return String(
      drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
