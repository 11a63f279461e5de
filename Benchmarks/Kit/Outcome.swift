/// A bar and what was measured.
package struct Outcome: Sendable {
  package enum Verdict: String, Sendable {
    case pass
    case short
    /// Nothing was measured, or there is no bar.
    case none = "–"
  }

  /// What was measured.
  package var name: String
  package var bar: Bar?
  package var unit: Bar.Unit
  /// `nil` where it could not be measured; `note` says why.
  package var value: Double?
  /// The figures behind it.
  package var note: String

  /// A measurement that has to reach a bar.
  package init(_ name: String, _ bar: Bar, _ value: Double?, note: String) {
    (self.name, self.bar, self.unit, self.value, self.note) = (name, bar, bar.unit, value, note)
  }

  /// A figure without a bar.
  package init(_ name: String, _ unit: Bar.Unit, _ value: Double?, note: String) {
    (self.name, self.bar, self.unit, self.value, self.note) = (name, nil, unit, value, note)
  }

  package var verdict: Verdict {
    guard let bar, let value else { return .none }
    return bar.holds(value) ? .pass : .short
  }

  /// Whether the bar is missed by more than half of it.
  package var isFar: Bool {
    guard let bar, let value else { return false }
    return bar.isFarFrom(value)
  }

  /// All of them as a Markdown table.
  package static func table(_ outcomes: [Outcome]) -> String {
    MarkdownTable.text(
      ["what", "measured", "bar", "verdict", "how"],
      outcomes.map { outcome in
        [
          outcome.name, outcome.value.map(outcome.unit.text) ?? "not measured", outcome.bar?.text ?? "",
          outcome.verdict.rawValue, outcome.note,
        ]
      })
  }
}

/// A table that can be read as it is and as Markdown.
package enum MarkdownTable {
  package static func text(_ head: [String], _ rows: [[String]]) -> String {
    let all = [head] + rows.map { $0.map { $0.replacing("|", with: "\\|") } }
    let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = "|" + widths.map { " " + String(repeating: "-", count: $0) + " |" }.joined() + "\n"
    return line(all[0]) + rule + all.dropFirst().map(line).joined()
  }
}

/// The middle one of some values; of an even number, the lower of the two.
package func median(_ values: [Double]) -> Double? {
  values.isEmpty ? nil : values.sorted()[(values.count - 1) / 2]
}
