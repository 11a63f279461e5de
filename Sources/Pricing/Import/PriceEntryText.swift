import Model

/// The lines of a price entry, as people write them in `pricing/*.yaml`.
struct PriceEntryText {
  var from: CivilDay
  var price: ImportedPrice
  /// When the table learns of it, where that is later than it applies.
  var recorded: CivilDay?
  var source: String
  var verified: CivilDay

  /// Without indentation.
  var lines: [String] {
    var lines = ["from: \(from)"] + Self.rates(price.rates).map { "\($0): \($1)" }
    if !price.tiers.isEmpty {
      lines.append("tiers:")
      for tier in price.tiers {
        lines.append("  - above_input_tokens: \(tier.aboveInputTokens)")
        lines += Self.rates(tier.rates).map { "    \($0): \($1)" }
      }
    }
    if !price.windows.isEmpty {
      lines.append("windows:")
      for window in price.windows {
        let rates = Self.rates(window.rates).map { ", \($0): \($1)" }.joined()
        lines.append("  - {utc: \"\(window.span)\"\(rates)}")
      }
    }
    if let recorded { lines.append("recorded: \(recorded)") }
    return lines + ["source: \(Self.scalar(source))", "verified: \(verified)"]
  }

  private static func rates(_ rates: Rates) -> [(String, String)] {
    [TokenClass.input, .output, .cacheRead, .cacheWrite5m, .cacheWrite1h].compactMap { tokenClass in
      rates[tokenClass].map { (tokenClass.rawValue, "\"\($0)\"") }
    }
  }

  /// A text as YAML: bare where that is safe, else in quotes.
  static func scalar(_ text: String) -> String {
    let words: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    if text.wholeMatch(of: #/[A-Za-z][A-Za-z0-9._\/-]*/#) != nil, !words.contains(text.lowercased()) { return text }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
