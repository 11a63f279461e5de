package import Model
import Audit
import Pricing

/// What a report for people says beside the audit's own figures.
package struct ReportNotes: Hashable, Sendable {
  /// Why the tokens of a model's requests are in no record, where somebody knows: a clause in our own words, without a
  /// full stop and without names from logs.
  package var reasons: [ModelID: String]
  /// Lines of the logs that could not be read.
  package var skippedLines: Int

  /// Notes.
  package init(reasons: [ModelID: String] = [:], skippedLines: Int = 0) {
    self.reasons = reasons
    self.skippedLines = skippedLines
  }
}

/// The sentences of a report, the same in every format for people.
struct Words: Sendable {
  var report: AuditReport
  var notes = ReportNotes()
  /// Makes a name from outside harmless where it will stand.
  var quote: @Sendable (String) -> String
  /// Makes a command of text that is harmless already.
  var code: @Sendable (String) -> String = { $0 }

  /// An amount in the report's currency.
  func money(_ money: Money?) -> String { Figures.money(money, in: report.currency) }

  /// An amount, or between what it lies.
  func money(_ money: Money?, _ range: ClosedRange<Money>?) -> String {
    guard let range else { return self.money(money) }
    let (low, high) = (self.money(range.lowerBound), self.money(range.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  /// A ratio, or between what it lies.
  func ratio(_ row: AuditRow) -> String {
    guard let range = row.range?.ratio else { return Figures.ratio(row.ratio(by: report.judgedBy) ?? row.ratio) }
    let (low, high) = (Figures.ratio(range.lowerBound), Figures.ratio(range.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  /// A row's model, with a mark where its provider is inferred.
  func name(_ row: AuditRow) -> String { name(row.key.model) + (row.assumed > 0 ? assumedMark : "") }

  /// What says that a provider is assumed: a mark with a footnote, or the word.
  var assumedMark = "*"

  /// The baseline: what a dated alias stood for where it was one model, else the family's name.
  var baseline: String {
    let stood = report.successors
    if stood.count == 1 { return short(stood[0].model) }
    return report.baseline.model == "claude-sonnet" ? "Sonnet" : short(report.baseline)
  }

  /// The same with all that a dated alias stood for: `Sonnet 4.6, from 2026-06-30 on Sonnet 5`.
  var baselineOverTime: String {
    let stood = report.successors
    guard let first = stood.first, stood.count > 1 || first.model != report.baseline else {
      return name(report.baseline)
    }
    let later = stood.dropFirst().map {
      ", from \(CivilDay(milliseconds: $0.from, in: report.period.timeZone)) on \(short($0.model))"
    }
    return "\(short(first.model))\(later.joined()), the newest Sonnet of the day"
  }

  /// `Sonnet 4.6`, or the model's whole name.
  func short(_ model: ModelID) -> String {
    let name = model.model
    let version = name.dropFirst("claude-sonnet-".count)
    guard name.hasPrefix("claude-sonnet-"), version.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) else {
      return quote(model.description)
    }
    return "Sonnet " + version.split(separator: "-").joined(separator: ".")
  }

  func name(_ model: ModelID) -> String { quote(model.description) }

  /// The whole report in a sentence: the money, the verdicts, and how much of the traffic stands behind neither.
  var headline: String {
    guard report.coverage.counts.requests > 0 else { return "No requests in this period" }
    let compared = report.models.filter { !isBaseline($0) && Self.comparing.contains($0.verdict(by: report.judgedBy)) }
      .sorted { left, right in
        let (one, other) = (weight(left), weight(right))
        return one == other ? left.key < right.key : other < one
      }
    var parts = [paid] + compared.prefix(2).map { "\(quote($0.key.model.model)) \(ratio($0)), \(word($0))" }
    let rest = compared.dropFirst(2).map(word)
    if !rest.isEmpty {
      let counts = Dictionary(grouping: rest) { $0 }.mapValues(\.count).sorted { $0.key < $1.key }
      parts.append("of \(rest.count) more " + counts.map { "\($1) \($0)" }.joined(separator: ", "))
    }
    let others = report.models.filter { [.perToken, .unpriced].contains($0.key.billing) && !isBaseline($0) }
    if compared.isEmpty, !others.isEmpty { parts.append("no per-token model can be compared") }
    return parts.joined(separator: "; ") + gap
  }

  private static let comparing: Set<Verdict> = [.cheaper, .dearer, .equal, .uncertain]

  /// Dearer models first, and of those alike the one that costs more.
  private func weight(_ row: AuditRow) -> (Int, Money) {
    (row.verdict(by: report.judgedBy) == .dearer ? 1 : 0, row.cost ?? row.range?.cost?.upperBound ?? .zero)
  }

  private func word(_ row: AuditRow) -> String {
    switch row.verdict(by: report.judgedBy) {
    case .equal: "as dear"
    case .uncertain: "dearer or cheaper"
    case let verdict: verdict.rawValue
    }
  }

  /// What was paid, and for what.
  private var paid: String {
    let totals = report.totals
    let cost = "Paid \(money(totals.cost, totals.range == nil ? nil : totals.costs))"
    guard let ends = totals.baselineCosts else { return "\(cost); what \(baseline) would have cost is not known" }
    // What its own prompt cache would have saved it, where that is more than a twentieth.
    let cached = totals.baselineCachedCost.flatMap {
      ($0.picodollars - ends.lowerBound.picodollars).magnitude * 20 > ends.lowerBound.picodollars.magnitude ? $0 : nil
    }
    let low = min(ends.lowerBound, cached ?? ends.lowerBound)
    return "\(cost) for work that \(baseline) would have done for "
      + money(ends.lowerBound, low...max(ends.upperBound, cached ?? ends.upperBound))
  }

  /// Whether a row is the baseline's own work, which is no model to compare. A dated alias begins the names of the models
  /// that it stands for.
  func isBaseline(_ row: AuditRow) -> Bool {
    row.verdict == .equal && row.key.model.provider == report.baseline.provider
      && row.key.model.model.hasPrefix(report.baseline.model)
  }

  /// How much of the traffic stands behind no figure, for the end of a sentence; empty where all is measured and priced.
  var gap: String {
    let coverage = report.coverage
    func part(_ count: Int, _ words: String) -> String {
      guard count > 0, let share = Ratio(count, of: coverage.answered) else { return "" }
      return "; \(Figures.percent(share)) \(words)"
    }
    return part(coverage.answered - coverage.counts.measured, "of requests not measured")
      + part(coverage.unpriced, "without a price")
  }

  /// What the figures are about.
  var subject: String {
    let period = report.period
    let days = period.since == period.until ? "\(period.since)" : "\(period.since) to \(period.until)"
    return "\(days) (\(period.zoneName)), compared with \(baselineOverTime); prices "
      + report.pricingVersion.prefix(12) + (report.knownOn.map { " as known on \($0)" } ?? "")
  }

  /// The verdict, with the baseline's name or without.
  func verdict(_ row: AuditRow, naming: Bool) -> String {
    let than = naming ? " than \(baseline)" : ""
    let ratio = ratio(row)
    switch row.verdict(by: report.judgedBy) {
    case .cheaper: return "cheaper\(than) (\(ratio))"
    case .dearer: return "dearer\(than) (\(ratio))"
    case .equal: return naming ? "as dear as \(baseline)" : "equal"
    case .uncertain: return "dearer or cheaper (\(ratio))"
    case .plan: return naming ? "plan \(quote(row.key.billing.plan ?? ""))" : "plan"
    case .free: return "free"
    case .unpriced: return row.key.billing == .unpriced ? "no price" : "no baseline price"
    case .noUsage: return "no measured tokens"
    }
  }

  /// What else there is to know of the figures; each only where it applies.
  var remarks: [String] {
    let compared = report.models.filter { $0.ratio != nil && !$0.others.isEmpty }
    var lines: [String] = []
    if report.models.contains(where: { $0.assumed > 0 }) {
      let mark = assumedMark == "*" ? "* provider assumed" : "Assumed"
      lines.append("\(mark): only the client's record tells of these requests, and it does not name who was called")
    }
    let unsplit = report.models.reduce(0) { $0 + $1.splitUnknown }
    if unsplit > 0 {
      lines.append(
        "What caches served of \(Figures.count(unsplit, "request")) is not known: costs are ranges, from as much as like "
          + "requests had, or all, to nothing")
    }
    lines += compared.map { row in
      let ratios = [(report.baseline, row.ratio)] + row.others.map { ($0.baseline, $0.ratio) }
      return "\(name(row.key.model)): "
        + ratios.map { "\(Figures.ratio($1)) of \(short($0))" }.joined(separator: ", ")
    }
    for row in report.models where row.isDisputed {
      let observed = Self.word(row.verdict, than: baseline)
      let cached = row.verdictCached.map { Self.word($0, than: "it") } ?? ""
      let decides = report.judgedBy == .plain ? "the observed tokens decide" : "caching decides"
      lines.append(
        "\(name(row.key.model)) is \(observed) by its observed tokens (\(Figures.ratio(row.ratio))), but had "
          + "\(baseline) been called directly, with prompt caching, \(cached) (\(Figures.ratio(row.ratioCached))): "
          + "\(decides)")
    }
    for row in report.models where row.tokenFactor != .one && row.counts.measured > 0 {
      lines.append(
        "\(baseline) is taken to make \(row.tokenFactor) tokens of the text of each token of \(name(row.key.model)): the "
          + "providers publish how their tokenizers differ")
    }
    lines += recordedTime + report.corrections.map(correction)
    if let currency = report.currency {
      lines.append(
        "Amounts are in \(currency.code) at \(Figures.money(currency.rate.dollars)) each, the rate since "
          + "\(currency.rate.day)")
    }
    return lines
  }

  private func correction(_ correction: Correction) -> String {
    let (before, after) = (correction.before, correction.after)
    let then = report.knownOn.map { "as known on \($0)" } ?? "in the history"
    var line =
      "\(name(correction.model)): prices were corrected since: \(money(before.cost)) \(then), \(money(after.cost)) now"
    if before.baselineCost != after.baselineCost {
      line += "; at \(baseline) \(money(before.baselineCost)) then, \(money(after.baselineCost)) now"
    }
    if let old = before.ratio, let new = after.ratio, old != new {
      line += "; \(Figures.ratio(old)) then, \(Figures.ratio(new)) now"
    }
    return line
  }

  private static func word(_ verdict: Verdict, than other: String) -> String {
    verdict == .equal ? "as dear as \(other)" : "\(verdict.rawValue) than \(other)"
  }

  /// The sentences on what the figures cover, and on what they rest.
  var coverage: [String] {
    let coverage = report.coverage
    let counts = coverage.counts
    let kinds = [
      (counts.unknown, "with unknown tokens"), (counts.estimated, "estimated"), (coverage.unpriced, "unpriced"),
    ]
    let gaps = kinds.filter { $0.0 > 0 }.map { "\(Figures.count($0.0)) \($0.1)" }.joined(separator: ", ")
    var lines = [
      "\(Figures.count(coverage.covered)) of \(Figures.count(coverage.answered, "answered request")) "
        + (coverage.share.map { "(\(Figures.percent($0))) " } ?? "") + "have measured tokens and a price"
        + (gaps.isEmpty ? "" : "; the others: \(gaps)")
        + (counts.failed > 0 ? "; \(Figures.count(counts.failed)) more failed" : "")
    ]
    lines += sources
    let models = Dictionary(grouping: report.models, by: \.key.model).sorted { $0.key < $1.key }
    for (model, rows) in models {
      let counts = rows.reduce(RequestCounts.zero) { $0 + $1.counts }
      // What we estimated is in no record either.
      let unrecorded = counts.unknown + rows.reduce(0) { $0 + ($1.estimated?.requests ?? 0) }
      if unrecorded > 0 {
        let reason = notes.reasons[model] ?? Self.usualReasons
        lines.append(
          "\(Figures.count(unrecorded)) of \(Figures.count(counts.requests, "request")) to \(name(model)) "
            + "\(unrecorded == 1 ? "has" : "have") no tokens in any record: \(reason)")
      }
    }
    for row in report.models {
      if row.key.billing == .unpriced {
        let names = row.nearest.map(name).joined(separator: ", ")
        let near = names.isEmpty ? "" : "; names like it in the table: \(names)"
        lines.append(
          "\(name(row.key.model)) has no price in the table at the time of "
            + "\(Figures.count(row.counts.requests, "request")) (\(Figures.count(row.counts.measured)) measured, "
            + "\(Figures.count(row.tokens.total, "token")))\(near); "
            + Cure.clause(for: row.key.model, row.lack, offers: row.offers, quote: quote, code: code))
      }
      if row.baselineUnpriced > 0 {
        lines.append(
          "\(baseline) has no price at the time of \(Figures.count(row.baselineUnpriced, "measured request")) "
            + "to \(name(row.key.model)), so that they have no ratio")
      }
    }
    return lines + fallbacks + skipped
  }

  private var fallbacks: [String] {
    var sums: [RateFallback: Int64] = [:]
    for fallback in report.models.flatMap(\.fallbacks) {
      var key = fallback
      key.tokens = 0
      sums[key, default: 0] += fallback.tokens
    }
    return sums.map { fallback, tokens in
      "\(Figures.count(tokens)) \(Self.word(fallback.tokenClass)) tokens are priced at the "
        + "\(Self.word(fallback.from)) rate of \(name(fallback.model)), which publishes none of their own"
    }.sorted()
  }

  private var skipped: [String] {
    notes.skippedLines == 0
      ? [] : ["\(Figures.count(notes.skippedLines, "line")) of the logs could not be read and were skipped"]
  }

  private static let usualReasons =
    "the router logs none for an Anthropic passthrough, for a stream whose upstream sends none, for one whose usage "
    + "arrives together with its end, nor below log level debug"

  private static func word(_ tokenClass: TokenClass) -> String {
    switch tokenClass {
    case .input: "input"
    case .cacheRead: "cache read"
    case .cacheWrite5m: "5-minute cache write"
    case .cacheWrite1h: "1-hour cache write"
    case .output: "output"
    }
  }
}

extension AuditRow {
  /// The colour of the verdict that decides.
  func paint(by kind: RatioKind) -> Paint {
    switch verdict(by: kind) {
    case .cheaper, .free: .good
    case .dearer: .bad
    case .unpriced, .noUsage, .uncertain: .unsure
    case .equal, .plan: .plain
    }
  }
}
