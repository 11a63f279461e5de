import Model

/// Models and prices as people write them in `pricing/*.yaml`: what the loader reads again to the last digit.
enum EntryText {
  /// A model's lines, the first with its dash.
  static func lines(_ model: PricedModel) -> [String] {
    var lines = ["- model: \(scalar(model.id.model))"]
    if !model.aliases.isEmpty { lines.append("  aliases: [\(model.aliases.map(scalar).joined(separator: ", "))]") }
    if model.isFree { lines.append("  billing: free") }
    if let factor = model.tokenFactor { lines.append("  baseline_token_factor: \"\(factor)\"") }
    if !model.modifiers.factors.isEmpty { lines.append("  " + modifiers(model.modifiers.factors)) }
    if let fee = model.modifiers.webSearch { lines.append("  fees: {web_search: \"\(fee)\"}") }
    if !model.succession.isEmpty {
      lines.append("  succession:")
      for successor in model.succession {
        let name =
          successor.model.provider == model.id.provider ? successor.model.model : successor.model.description
        lines.append("    - {from: \(instant(successor.from)), model: \(scalar(name))}")
      }
    }
    if !model.prices.isEmpty {
      lines.append("  prices:")
      lines += items(model.prices.map(Self.lines)).map { "    " + $0 }
    }
    return lines
  }

  /// What multiplies a model's rates, as a line.
  static func modifiers(_ factors: [String: TokenFactor]) -> String {
    let pairs = factors.sorted { $0.key < $1.key }.map { "\($0.key): \"\($0.value)\"" }
    return "modifiers: {\(pairs.joined(separator: ", "))}"
  }

  /// An entry's lines, without indentation.
  static func lines(_ entry: PriceEntry) -> [String] {
    var lines = ["from: \(instant(entry.from))"]
    if let rates = entry.rates { lines += Self.rates(rates).map { "\($0): \($1)" } } else { lines.append("ends: true") }
    if !entry.tiers.isEmpty {
      lines.append("tiers:")
      for tier in entry.tiers {
        lines.append("  - above_input_tokens: \(tier.aboveInputTokens)")
        lines += Self.rates(tier.rates).map { "    \($0): \($1)" }
      }
    }
    if !entry.windows.isEmpty {
      lines.append("windows:")
      for window in entry.windows {
        let rates = Self.rates(window.rates).map { ", \($0): \($1)" }.joined()
        for (span, days) in window.spans {
          let days = days.isEmpty ? "" : ", days: \"\(days)\""
          lines.append("  - {utc: \"\(span)\"\(days)\(rates)}")
        }
      }
    }
    if !entry.factors.isEmpty { lines.append(modifiers(entry.factors)) }
    if let recorded = entry.recorded { lines.append("recorded: \(recorded)") }
    if let source = entry.source { lines.append("source: \(scalar(source))") }
    if let verified = entry.verified { lines.append("verified: \(verified)") }
    if let list = entry.imported {
      let version = list.version.map { ", version: \"\($0)\"" } ?? ""
      lines.append("imported: {from: \(scalar(list.list))\(version), on: \(list.on)}")
    }
    return lines
  }

  /// Entries as elements of a list.
  static func items(_ entries: [[String]]) -> [String] {
    entries.flatMap { entry in entry.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 } }
  }

  private static func rates(_ rates: Rates) -> [(String, String)] {
    [TokenClass.input, .output, .cacheRead, .cacheWrite5m, .cacheWrite1h].compactMap { tokenClass in
      rates[tokenClass].map { (tokenClass.rawValue, "\"\($0)\"") }
    }
  }

  /// `2026-06-24`, or `2026-08-16T16:00Z`.
  static func instant(_ milliseconds: Int64) -> String {
    let day = CivilDay(utc: milliseconds)
    let seconds = (milliseconds - day.utcStart) / 1000
    guard seconds != 0 else { return day.description }
    let rest = seconds % 60 == 0 ? "" : ":" + (seconds % 60).digits(2)
    return "\(day)T\((seconds / 3600).digits(2)):\((seconds / 60 % 60).digits(2))\(rest)Z"
  }

  /// A text as YAML: bare where that is safe, else in quotes.
  static func scalar(_ text: String) -> String {
    let words: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    if text.wholeMatch(of: #/[A-Za-z][A-Za-z0-9._\/-]*/#) != nil, !words.contains(text.lowercased()) { return text }
    return quoted(text)
  }

  /// A text as YAML in quotes.
  static func quoted(_ text: String) -> String { JSONText.string(text).line }
}
