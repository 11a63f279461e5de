package import Audit
import Pricing
import Model

/// A check for people and for programs.
package enum GateReport {
  /// For a terminal; a line end after each line.
  package static func table(_ gate: Gate, style: Style) -> String {
    let width = max(20, style.width)
    let style = Style(color: style.color, width: width)
    var lines = [style.paint(gate.headline, gate.outcome == .passed ? .good : .bad)]
    let words = ReportSentences(report: gate.report, quote: SafeText.terminal)
    lines += ([gate.subject(words)] + gate.report.scope.sentences).flatMap { $0.wrapped(to: width) }
    let shown = Shortened(gate.rows, to: Shortened<GateRow>.longestTable) {
      $0.isViolation ? .max : $0.audited.counts.requests
    }
    if !gate.rows.isEmpty {
      let grid = Grid(
        columns: [
          .init(title: "Model"), .init(title: "Requests", isNumber: true), .init(title: "Base", isNumber: true),
          .init(title: "Ratio", isNumber: true), .init(title: "Check"),
        ],
        rows: shown.shown.map { row in
          [
            .init(text: words.name(row.audited)),
            .init(text: Figures.count(row.audited.counts.requests)), .init(text: Figures.ratio(row.base)),
            .init(text: gate.ratio(of: row)),
            .init(text: row.words, paint: row.isViolation ? .bad : .plain),
          ]
        })
      lines.append("")
      lines += grid.width <= width ? grid.lines(style) : shown.shown.flatMap { stacked($0, words, gate, style) }
      if shown.rest > 0 { lines.append("and \(Figures.count(shown.rest, "more model")); --format json has all") }
    }
    let messages = GateMessage.all(of: gate).map { "\($0.level.rawValue): \($0.text)" }.shortened()
    let remarks = GateMessage.kept(gate) + [words.assumption, words.undeclaredPlan].compactMap(\.self)
    if !messages.isEmpty || !remarks.isEmpty { lines.append("") }
    lines += (messages + remarks).flatMap { $0.wrapped(to: width, hanging: "  ") }
    return lines.map { $0 + "\n" }.joined()
  }

  /// A row on lines of its own.
  private static func stacked(_ row: GateRow, _ words: ReportSentences, _ gate: Gate, _ style: Style) -> [String] {
    let ratio = row.audited.ratios(by: gate.report.judgedBy).map { _ in ", \(gate.ratio(of: row))" } ?? ""
    let base = row.base.map { ", \(Figures.ratio($0)) on the base" } ?? ""
    return words.name(row.audited).wrapped(to: style.width, hanging: "  ")
      + "\(Figures.count(row.audited.counts.requests, "request"))\(ratio)\(base): \(row.words)"
      .wrapped(to: style.width, indent: "  ", hanging: "  ").map { style.paint($0, row.isViolation ? .bad : .plain) }
  }

  /// For programs: `{"schema_version", "outcome", "models": […], "messages": […]}`.
  package static func json(_ gate: Gate) -> String {
    let (report, rules) = (gate.report, gate.rules)
    var comparison: [(String, JSONText)] = [("made", .bool(false)), ("reset", .null), ("base_pricing", .null)]
    switch gate.comparison {
    case .none: break
    case .made(let version): comparison = [("made", .bool(true)), ("reset", .null), ("base_pricing", .string(version))]
    case .reset(let reason): comparison[1].1 = .string(reason)
    }
    var members: [(String, JSONText)] = [
      ("schema_version", .integer(1)),
      ("outcome", .string(gate.outcome.rawValue)),
      (
        "period",
        .object([
          ("since", .string(report.period.since.description)), ("until", .string(report.period.until.description)),
          ("timezone", .string(report.period.zoneName)),
        ])
      ),
      (
        "baseline",
        .object([("provider", .string(report.baseline.provider)), ("model", .string(report.baseline.model))])
      ),
      ("pricing", .object([("sha256", .string(report.pricingVersion))])),
      (
        "rules",
        .object([
          ("max_ratio", .money(Money(picodollars: rules.maxRatio))), ("max_increase", .ratio(rules.maxIncrease)),
          ("min_requests", .count(rules.minRequests)), ("min_cost_usd", .money(rules.minCost)),
          ("min_coverage", .ratio(rules.minCoverage)), ("fail_on_unpriced", .bool(rules.failsOnUnpriced)),
          ("only_new", .bool(rules.onlyNew)), ("budgets", .bool(gate.asksForBudgets)),
          ("reconciled_within_days", gate.reconciledWithin.map { .count($0) } ?? .null),
        ])
      ),
      ("comparison", .object(comparison)),
      ("coverage", .ratio(report.coverage.share)),
      ("judged_by", .string(report.judgedBy.rawValue)),
      ("models", .array(gate.rows.map { model($0, report.judgedBy) })),
      (
        "budgets",
        .array(gate.demands.compactMap { if case .budget(let state) = $0 { BudgetSummary.json(state) } else { nil } })
      ),
      ("bills", .array(gate.demands.compactMap(bill))),
      (
        "messages",
        .array(
          GateMessage.all(of: gate).map {
            .object([("level", .string($0.level.rawValue)), ("title", .string($0.title)), ("text", .string($0.text))])
          })
      ),
    ]
    members += report.scope.members
    return JSONText.object(members).pretty + "\n"
  }

  private static func bill(_ demand: GateDemand) -> JSONText? {
    guard case .reconciled(let provider, let last, let since) = demand else { return nil }
    return .object([
      ("provider", .string(provider)), ("since", .string(since.description)),
      ("last_bill", .text(last?.description)), ("reconciled", .bool(!demand.isViolation)),
    ])
  }

  private static func model(_ row: GateRow, _ kind: RatioKind) -> JSONText {
    let (audited, range) = (row.audited, row.audited.ratios(by: kind))
    return .object([
      ("provider", .string(audited.key.model.provider)), ("model", .string(audited.key.model.model)),
      ("billing", .text(audited.key.billing.word)), ("plan", .text(audited.key.billing.plan)),
      ("requests", .count(audited.counts.requests)), ("measured", .count(audited.counts.measured)),
      ("assumed", .bool(audited.assumed > 0)),
      ("cost_usd", .money(audited.cost)), ("baseline_cost_usd", .money(audited.baselineCost)),
      ("ratio", .ratio(audited.ratio(by: kind))), ("ratio_low", .ratio(range?.lowerBound)),
      ("ratio_high", .ratio(range?.upperBound)), ("base_ratio", .ratio(row.base)),
      ("status", .string(row.status.rawValue)),
    ])
  }

  /// In GitHub's Markdown, for a job's summary or a comment.
  package static func markdown(_ gate: Gate) -> String {
    let words = ReportSentences(
      report: gate.report, quote: SafeText.markdown, code: SafeText.markdownCode, assumedMark: " (assumed)")
    var lines = ["## \(gate.headline)", "", gate.subject(words)]
    lines += gate.report.scope.sentences.flatMap { ["", $0] }
    if !gate.rows.isEmpty {
      lines += ["", "| Model | Requests | Base | Ratio | Check |", "| --- | ---: | ---: | ---: | --- |"]
      lines += gate.rows.prefix(limit).map { row in
        let cells = [
          words.name(row.audited), Figures.count(row.audited.counts.requests),
          Figures.ratio(row.base), gate.ratio(of: row),
          row.isViolation ? "**\(row.words)**" : row.words,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
      }
      if gate.rows.count > limit { lines += ["", "and \(Figures.count(gate.rows.count - limit, "more model"))"] }
    }
    let messages = GateMessage.all(of: gate, quote: SafeText.markdown, code: SafeText.markdownCode)
    if !messages.isEmpty { lines.append("") }
    lines += messages.prefix(limit).map { "- **\($0.level.rawValue)**: \($0.text)" }
    lines +=
      (GateMessage.kept(gate, quote: SafeText.markdown) + [words.assumption, words.undeclaredPlan].compactMap(\.self))
      .flatMap { ["", $0] }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Rows that a page takes; a summary may hold a mebibyte.
  private static let limit = 200
}
