/// A document in GitHub's Markdown that fits a comment: GitHub takes 65,536 characters. What does not fit is left out whole,
/// a row or a sentence at a time, and the document says how much that is.
struct MarkdownText {
  /// What GitHub takes. Counted in UTF-16 units, which are never fewer than characters.
  static let limit = 65_536
  /// What is kept for saying what is missing.
  private static let reserve = 600

  private var lines: [String] = []
  private var size = 0
  private var missing: [String] = []

  var text: String {
    let notes =
      missing.isEmpty
      ? [] : ["", "*Left out, because GitHub takes no longer comment: \(missing.joined(separator: "; "))*"]
    return (lines + notes).map { $0 + "\n" }.joined()
  }

  /// GitHub takes what stands between two dollar signs for mathematics; inside of code it does not.
  static func escapingDollars(_ line: String) -> String {
    var (escaped, isCode) = (String.UnicodeScalarView(), false)
    for scalar in line.unicodeScalars {
      if scalar == "`" { isCode.toggle() }
      if scalar == "$", !isCode { escaped.append("\\") }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  private func fits(_ line: String, keeping reserve: Int = Self.reserve) -> Bool {
    size + line.utf16.count + 1 + reserve <= Self.limit
  }

  /// Adds lines that have to be there.
  mutating func add(_ lines: String...) { for line in lines { put(Self.escapingDollars(line)) } }

  private mutating func put(_ line: String) {
    guard fits(line, keeping: 0) else { return }
    lines.append(line)
    size += line.utf16.count + 1
  }

  /// Adds as many rows as fit.
  /// - Parameters:
  ///   - room: what is kept for what comes behind.
  ///   - command: what shows all of them.
  mutating func addTable(
    titles: [String], isNumber: [Bool], rows: [[String]], foot: [String]? = nil, keeping room: Int = 0,
    of command: String
  ) {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    add("", row(titles), row(isNumber.map { $0 ? "---:" : "---" }))
    let foot = foot.map(row)
    let kept = Self.reserve + room + (foot?.utf16.count ?? 0)
    var count = 0
    for cells in rows {
      let line = Self.escapingDollars(row(cells))
      guard fits(line, keeping: kept) else { break }
      put(line)
      count += 1
    }
    if let foot { put(Self.escapingDollars(foot)) }
    if count < rows.count {
      missing.append(
        "\(Figures.count(rows.count - count)) of \(Figures.count(rows.count, "row")), \(command) shows all")
    }
  }

  /// Adds as many sentences as fit.
  mutating func addList(_ sentences: [String], indent: String = "", keeping room: Int = 0) {
    for (index, sentence) in sentences.enumerated() {
      let line = Self.escapingDollars("\(indent)- \(sentence)")
      guard fits(line, keeping: Self.reserve + room) else {
        missing.append(Figures.count(sentences.count - index, "sentence"))
        return
      }
      put(line)
    }
  }
}
