/// A table of comma-separated values as RFC 4180 has it: quoted cells may hold separators, quotes and line ends. A byte
/// order mark, CR LF, and semicolons or tabs in place of commas are taken, too.
struct CSVTable {
  /// The cells of the first line, without white space at their ends.
  let header: [String]
  /// The other lines, with the number of the line on which each begins; empty lines are left out.
  let rows: [(line: Int, cells: [String])]

  /// `nil` where the text has no header of at least two cells.
  init?(_ text: String) {
    var scalars = Substring(text).unicodeScalars
    if scalars.first == "\u{feff}" { scalars.removeFirst() }
    let first = scalars.prefix { $0 != "\n" && $0 != "\r" }
    let separator =
      ([",", ";", "\t"] as [Unicode.Scalar]).max { left, right in
        first.count { $0 == left } < first.count { $0 == right }
      } ?? ","
    var lines: [(line: Int, cells: [String])] = []
    var cells: [String] = []
    var cell = String.UnicodeScalarView()
    var (line, start) = (1, 1)
    var isQuoted = false
    var iterator = scalars.makeIterator()
    var next = iterator.next()
    func end(_ lines: inout [(line: Int, cells: [String])]) {
      cells.append(String(cell))
      if cells.count > 1 || !cells[0].isEmpty { lines.append((start, cells)) }
      cells = []
      cell = String.UnicodeScalarView()
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
          if scalar == "\n" { line += 1 }
          cell.append(scalar)
        }
      } else if scalar == "\"", cell.isEmpty {
        isQuoted = true
      } else if scalar == separator {
        cells.append(String(cell))
        cell = String.UnicodeScalarView()
      } else if scalar == "\n" || scalar == "\r" {
        if scalar == "\r", next == "\n" { next = iterator.next() }
        end(&lines)
        line += 1
        start = line
      } else {
        cell.append(scalar)
      }
    }
    if !cell.isEmpty || !cells.isEmpty { end(&lines) }
    guard let titles = lines.first?.cells, titles.count > 1 else { return nil }
    header = titles.map { $0.trimmed }
    rows = Array(lines.dropFirst())
  }

  /// The column of a title, whatever its case.
  func column(_ title: String) -> Int? {
    header.firstIndex { $0.lowercased() == title.lowercased() }
  }

  /// Whether all these titles are there.
  func has(_ titles: String...) -> Bool { titles.allSatisfy { column($0) != nil } }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    String(
      drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
