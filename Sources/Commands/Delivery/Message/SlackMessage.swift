import Audit
import Pricing
import Model
import Report

/// The JSON for an incoming webhook: Slack's Block Kit, and a `text` that says the same to everything else (Slack's
/// notifications, Mattermost, Discord's `/slack`).
package struct SlackMessage: Sendable {
  /// Slack takes at most 50 blocks; https://docs.slack.dev/reference/block-kit/blocks
  static let maximumBlocks = 50
  /// The text of a header, UTF-16 units.
  static let maximumHeader = 150
  /// Slack refuses all blocks together beyond some 13,200 bytes with `msg_blocks_too_long`, which it does not document.
  static let maximumBlockBytes = 12_000
  /// Discord refuses a longer text.
  static let maximumText = 2000

  private let message: AlertMessage

  package init(_ message: AlertMessage) { self.message = message }

  /// The payload; the same message gives the same bytes.
  package var json: String {
    JSONText.object([("text", .string(fallback)), ("blocks", .array(blocks))]).line
  }

  private var title: String {
    let offenders = message.offenders.count
    let recovered = message.recovered.count
    let subject =
      if offenders > 0 {
        "\(Figures.count(offenders, "model")) \(above)"
      } else if recovered > 0 {
        "\(Figures.count(recovered, "model")) no longer \(above)"
      } else {
        "nothing to report"
      }
    let title = "\(message.isTest ? "TEST: " : "")ccr-audit \(message.day): \(subject)"
    return SafeText.plain(title, limit: 120)
  }

  /// What a model above the limit is.
  private var above: String {
    Ratio(decimal: message.limit) == .one
      ? "dearer than \(message.baselineName)" : "above \(message.limit)× of \(message.baselineName)"
  }

  private var preface: String {
    var lines: [String] = []
    if message.isTest {
      lines.append("This message only tests the way from ccr-audit to here; its figures are no finding.")
    }
    lines.append(
      "Baseline \(SafeText.code(message.baselineName)) at the rates of \(SafeText.sentence(message.baselineDate)), "
        + "limit \(SafeText.sentence(message.limit))")
    return lines.joined(separator: "\n")
  }

  private var blocks: [JSONText] {
    // Escaping can make five characters of one.
    let header = SafeText.cut(SafeText.escaped(title), to: Self.maximumHeader)
    let head: [JSONText] = [
      .object([
        ("type", .string("header")),
        ("text", .object([("type", .string("plain_text")), ("text", .string(header))])),
      ]),
      Self.section(preface),
    ]
    let entries =
      message.offenders.map { (details(of: $0, isOffender: true), $0) }
      + message.recovered.map { (details(of: $0, isOffender: false), $0) }
    var shown: [JSONText] = []
    // What is left for the models: a section at the end may have to name the rest.
    var room = Self.maximumBlockBytes - (head + context).reduce(0) { $0 + $1.line.utf8.count + 2 } - 1500
    for (text, _) in entries {
      let block = Self.section(text)
      let size = block.line.utf8.count + 2
      guard size <= room, head.count + shown.count < Self.maximumBlocks - 2 else { break }
      room -= size
      shown.append(block)
    }
    let rest = entries.dropFirst(shown.count).map(\.1)
    return head + shown + (rest.isEmpty ? [] : [Self.section(Self.summary(of: rest, limit: 1200))]) + context
  }

  /// Whose records these are, and where to read on: small print in Slack.
  private var small: String {
    var parts: [String] = []
    if let origin = message.origin { parts.append("origin \(SafeText.code(origin, limit: 64))") }
    if let url = message.reportURL { parts.append("report <\(SafeText.escaped(url))>") }
    return parts.joined(separator: " · ")
  }

  private var context: [JSONText] {
    guard !small.isEmpty else { return [] }
    let element = JSONText.object([("type", .string("mrkdwn")), ("text", .string(small)), ("verbatim", .bool(true))])
    return [.object([("type", .string("context")), ("elements", .array([element]))])]
  }

  private func details(of entry: AlertMessage.Entry, isOffender: Bool) -> String {
    var lines = [
      "\(SafeText.code("\(entry.model)")) ratio *\(SafeText.sentence(entry.ratio, limit: 40))*"
        + (isOffender ? "" : ", at or below the limit again"),
      "cost \(Self.dollars(entry.cost)), the baseline would have cost \(Self.baseline(entry)); "
        + "\(Figures.count(entry.requests, "request")), \(Self.coverage(of: entry))\(Self.assumed(entry))",
    ]
    if !entry.weekTrend.isEmpty { lines.append("week: \(SafeText.sentence(entry.weekTrend))") }
    if !entry.action.isEmpty { lines.append("→ \(SafeText.sentence(entry.action))") }
    return lines.joined(separator: "\n")
  }

  /// Plain lines, with as many models as fit.
  private var fallback: String {
    let head = [SafeText.sentence(title), preface, small].filter { !$0.isEmpty }.joined(separator: "\n")
    let entries = message.offenders + message.recovered
    guard !entries.isEmpty else { return head }
    return head + "\n"
      + Self.lines(for: entries, limit: Self.maximumText - head.utf16.count - 1) { entry in
        let trend = entry.weekTrend.isEmpty ? "" : "; week: \(SafeText.sentence(entry.weekTrend, limit: 100))"
        let action = entry.action.isEmpty ? "" : " → \(SafeText.sentence(entry.action, limit: 200))"
        return "• \(SafeText.code("\(entry.model)")) ratio \(SafeText.sentence(entry.ratio, limit: 40)): "
          + "\(Self.dollars(entry.cost)) instead of \(Self.baseline(entry)), "
          + "\(Figures.count(entry.requests, "request")), \(Self.coverage(of: entry))\(Self.assumed(entry))\(trend)\(action)"
      }
  }

  private static func summary(of entries: [AlertMessage.Entry], limit: Int) -> String {
    lines(for: entries, limit: limit) {
      "• \(SafeText.code("\($0.model)", limit: 60)) ratio \(SafeText.sentence($0.ratio, limit: 40))"
    }
  }

  /// A line an entry as long as all fits the limit, counted in UTF-8 bytes, and then how many more there are.
  private static func lines(
    for entries: [AlertMessage.Entry], limit: Int, line: (AlertMessage.Entry) -> String
  ) -> String {
    let all = entries.map(line)
    let note = { (count: Int) in "and \(count) more; `ccr-audit report` shows all" }
    var kept: [String] = []
    var room = limit - note(all.count).utf8.count
    for text in all {
      room -= text.utf8.count + 1
      guard room >= 0 else { break }
      kept.append(text)
    }
    if kept.count < all.count { kept.append(note(all.count - kept.count)) }
    return kept.joined(separator: "\n")
  }

  static func section(_ text: String) -> JSONText {
    // `verbatim`: Slack makes no links and no mentions of what only looks like one.
    .object([
      ("type", .string("section")),
      ("text", .object([("type", .string("mrkdwn")), ("text", .string(text)), ("verbatim", .bool(true))])),
    ])
  }

  private static func assumed(_ entry: AlertMessage.Entry) -> String { entry.isAssumed ? "; provider assumed" : "" }

  /// What the baseline would have cost, with its own prompt cache and without where they are apart, the smaller first.
  private static func baseline(_ entry: AlertMessage.Entry) -> String {
    guard let other = entry.otherBaselineCost else { return dollars(entry.baselineCost) }
    let (low, high) = (min(entry.baselineCost, other), max(entry.baselineCost, other))
    return "\(dollars(low)) to \(dollars(high)), by its own prompt cache"
  }

  /// Cents from a dollar on, else as many places as it takes to see something.
  static func dollars(_ amount: Money) -> String {
    guard let dollar = Money(decimal: "1"), let mill = Money(decimal: "0.0001") else { return "$\(amount)" }
    if amount >= dollar || amount == .zero { return "$\(amount.rounded(places: 2))" }
    return amount >= mill ? "$\(amount.rounded(places: 4))" : "$\(amount)"
  }

  /// `118 measured (98.3 %)`, rounded down, so that only all is 100 %.
  static func coverage(of entry: AlertMessage.Entry) -> String {
    guard entry.requests > 0 else { return "none measured" }
    let permille = entry.covered * 1000 / entry.requests
    return "\(entry.covered) measured (\(permille / 10).\(permille % 10) %)"
  }
}
