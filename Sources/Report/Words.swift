package import Usage
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

  /// `Sonnet 4.6`, or the model's whole name.
  var baseline: String {
    let name = report.baseline.model
    let version = name.dropFirst("claude-sonnet-".count)
    guard name.hasPrefix("claude-sonnet-"), version.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) else {
      return quote(report.baseline.description)
    }
    return "Sonnet " + version.split(separator: "-").joined(separator: ".")
  }

  func name(_ model: ModelID) -> String { quote(model.description) }

  /// The whole report in a line.
  var headline: String {
    var verdicts: [ModelID: Set<Verdict>] = [:]
    for row in report.models where [.perToken, .unpriced].contains(row.key.billing) {
      verdicts[row.key.model, default: []].insert(row.verdict)
    }
    guard report.coverage.counts.requests > 0 else { return "No requests in this period" }
    guard !verdicts.isEmpty else { return "No per-token model: all traffic is on plans or free" }
    let compared = verdicts.values.count { !$0.isDisjoint(with: [.cheaper, .dearer, .equal]) }
    let dearer = verdicts.values.count { $0.contains(.dearer) }
    let open = verdicts.count - compared
    guard compared > 0 else {
      return "No per-token model can be compared with \(baseline): no measured tokens, or no price"
    }
    var line: String
    switch (dearer, compared) {
    case (0, 1): line = "The only per-token model measured is not dearer than \(baseline)"
    case (0, _): line = "None of \(compared) per-token models is dearer than \(baseline)"
    case (1, 1): line = "The only per-token model measured is dearer than \(baseline)"
    case (1, _): line = "1 of \(compared) per-token models is dearer than \(baseline)"
    default: line = "\(dearer) of \(compared) per-token models are dearer than \(baseline)"
    }
    if open > 0 { line += "; \(open) more cannot be compared" }
    return line
  }

  /// What the figures are about.
  var subject: String {
    let period = report.period
    let days = period.since == period.until ? "\(period.since)" : "\(period.since) to \(period.until)"
    return "\(days) (\(period.zoneName)), compared with \(name(report.baseline)); prices "
      + report.pricingVersion.prefix(12)
  }

  /// The verdict, with the baseline's name or without.
  func verdict(_ row: AuditRow, naming: Bool) -> String {
    let than = naming ? " than \(baseline)" : ""
    switch row.verdict {
    case .cheaper: return "cheaper\(than) (\(Figures.ratio(row.ratio)))"
    case .dearer: return "dearer\(than) (\(Figures.ratio(row.ratio)))"
    case .equal: return naming ? "as dear as \(baseline)" : "equal"
    case .plan: return naming ? "plan \(quote(row.key.billing.plan ?? ""))" : "plan"
    case .free: return "free"
    case .unpriced: return row.key.billing == .unpriced ? "no price" : "no baseline price"
    case .noUsage: return "no measured tokens"
    }
  }

  /// The sums.
  var totals: String {
    let totals = report.totals
    let paid =
      "\(Figures.money(totals.cost)) paid (\(Figures.money(totals.perTokenCost)) by the token, "
      + "\(Figures.money(totals.planFees)) as this period's part of plan fees)"
    guard let baselineCost = totals.baselineCost, let saved = totals.saved else {
      let why = report.coverage.covered == 0 ? "nothing is measured" : "it has no price for a part of the period"
      return "\(paid); what \(baseline) would have cost is not known: \(why)"
    }
    let outcome =
      saved < .zero ? "\(Figures.money(.zero - saved)) more than \(baseline)" : "\(Figures.money(saved)) saved"
    let line = "\(paid) for measured work that \(baseline) does for \(Figures.money(baselineCost)): \(outcome)"
    let unmeasured = report.models.filter { $0.key.billing.plan != nil }.contains {
      $0.counts.unknown + $0.counts.estimated > 0
    }
    guard unmeasured else { return line }
    return line + ". The fees also paid for requests without measured tokens, which count nothing here"
  }

  /// The sentences on a plan; the first begins with its name.
  func sentences(on plan: PlanAudit) -> [String] {
    let models = plan.models.map(name).joined(separator: ", ")
    var lines = ["\(quote(plan.name)): \(Figures.money(plan.fee)) for \(Self.month(plan.month)), covers \(models)"]
    let soFar = plan.monthIsOver ? "the month" : "the month so far"
    let cost = Figures.money(plan.baselineCost)
    let share = plan.utilisation.map { "\(Figures.percent($0)) of the fee" } ?? "no share of the fee"
    let projection = plan.monthIsOver ? "" : ", \(Figures.money(plan.projected)) projected for all of it"
    switch plan.status {
    case .pays, .underBreakEven:
      let word = plan.status == .pays ? "it pays" : "under break-even"
      lines.append("\(cost) at \(baseline) prices in \(soFar)\(projection): \(share), \(word)")
    case .tooEarly: lines.append("\(cost) at \(baseline) prices in \(soFar): too early in the month to project")
    case .noUsage: lines.append("not used in \(soFar)")
    case .unmeasured:
      lines.append("\(Figures.count(plan.counts.requests, "request")) in \(soFar), none with measured tokens")
    case .unpriced: lines.append("cannot be judged: \(baseline) or the plan has no price for a part of \(soFar)")
    }
    let unmeasured = plan.counts.unknown + plan.counts.estimated
    if unmeasured > 0, plan.counts.measured > 0 {
      lines.append(
        "\(Figures.count(unmeasured)) of its \(Figures.count(plan.counts.requests, "request")) "
          + "\(unmeasured == 1 ? "has" : "have") no measured tokens: the true use is higher")
    }
    if let nominal = plan.breakEvenNominal {
      let actual = plan.breakEvenActualMix.map { ", \(Figures.count($0)) in the mix that it really runs" } ?? ""
      lines.append("breaks even at \(Figures.count(nominal)) tokens a month\(actual)")
    }
    if plan.monthsBelow > 0 {
      let advice = plan.advisesChange ? ": downgrade it, or move its route to a cheap per-token model" : ""
      lines.append("below its fee for \(Figures.count(plan.monthsBelow, "whole month")) in a row\(advice)")
    }
    return lines
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
            + "\(Figures.count(row.counts.requests, "request")) (\(Figures.count(row.tokens.total)) tokens)\(near)")
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

  private static func month(_ day: CivilDay) -> String { String(day.description.dropLast(3)) }
}

extension AuditRow {
  /// The colour of the verdict.
  var paint: Paint {
    switch verdict {
    case .cheaper, .free: .good
    case .dearer: .bad
    case .unpriced, .noUsage: .unsure
    case .equal, .plan: .plain
    }
  }
}
