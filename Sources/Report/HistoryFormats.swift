package import Audit
import Model
import Pricing

/// How ratios went over a history, for programs and for documents.
package struct HistoryDocument: Sendable {
  /// The trends, of which each has the same days.
  package var trends: [Trend]
  /// Whose traffic it is.
  package var scope: AuditScope
  /// Whether origins are told apart.
  package var byOrigin: Bool
  /// The audit of all days of the history, for programs by day; `nil` where prices could not be read.
  package var report: AuditReport?
  /// When it was made, epoch milliseconds.
  package var generatedAt: Int64

  package init(_ trends: [Trend], scope: AuditScope, byOrigin: Bool, report: AuditReport?, generatedAt: Int64) {
    self.trends = trends
    self.scope = scope
    self.byOrigin = byOrigin
    self.report = report
    self.generatedAt = generatedAt
  }

  /// JSON: a contract, version 1.
  package var json: String {
    let days = trends.first?.days
    let paid = payments
    return JSONText.object(
      [
        ("schema_version", .count(1)), ("generated_at", .string(ISOTime.second(generatedAt))),
        (
          "period",
          .object([
            ("since", .text(days?.lowerBound.description)), ("until", .text(days?.upperBound.description)),
          ])
        ), ("grouped_by", .string(byOrigin ? "origin" : "model")),
        ("models", .array(trends.map { Self.model($0, paid) })),
        ("plans", .array((report?.plans ?? []).map(Self.plan))),
      ] + scope.members
    ).pretty + "\n"
  }

  private static func model(_ trend: Trend, _ paid: [Payments.Key: Payments]?) -> JSONText {
    func measured(_ day: CivilDay?) -> [(String, JSONText)] {
      let paid = paid.map { $0[Payments.Key(model: trend.model, day: day)] ?? Payments() }
      return [
        ("measured_per_token", paid.map { .count($0.perToken) } ?? .null),
        ("measured_on_plans", paid.map { .count($0.onPlans) } ?? .null),
      ]
    }
    return .object(
      [
        ("provider", .string(trend.model.provider)), ("model", .string(trend.model.model)),
        ("origin", .text(trend.origin)), ("requests", .count(trend.counts.requests)),
        ("measured", .count(trend.counts.measured)), ("failed", .count(trend.counts.failed)),
        ("assumed", .bool(trend.isAssumed)),
        ("first_ratio", .ratio(trend.first)), ("latest_ratio", .ratio(trend.latest)),
        ("direction", .string(trend.direction.rawValue)),
        (
          "days",
          .array(
            trend.points.sorted { $0.key < $1.key }.map { day, point in
              .object(
                [
                  ("day", .string(day.description)), ("cost_usd", .money(point.cost)),
                  ("baseline_cost_usd", .money(point.baselineCost)), ("ratio", .ratio(point.ratio)),
                ] + measured(day))
            })
        ),
      ] + measured(nil))
  }

  /// How many measured requests were paid by the token, of which a ratio is, and how many a plan paid for.
  struct Payments {
    var perToken = 0
    var onPlans = 0

    /// A model, on a day or on all of them.
    struct Key: Hashable {
      var model: ModelID
      var day: CivilDay?
    }
  }

  /// `nil` where prices could not be read, and where origins are told apart, which the audit does not.
  private var payments: [Payments.Key: Payments]? {
    guard let report, !byOrigin else { return nil }
    var payments: [Payments.Key: Payments] = [:]
    for row in report.rows {
      for day in Set([nil, row.key.day]) {
        let key = Payments.Key(model: row.key.model, day: day)
        if row.key.billing == .perToken { payments[key, default: Payments()].perToken += row.counts.measured }
        if row.key.billing.plan != nil { payments[key, default: Payments()].onPlans += row.counts.measured }
      }
    }
    return payments
  }

  private static func plan(_ plan: PlanAudit) -> JSONText {
    .object([
      ("plan", .string(plan.name)), ("period_fee_usd", .money(plan.feeShare)),
      ("period_baseline_cost_usd", .money(plan.plain.periodCost)), ("ratio", .ratio(plan.plain.ratio)),
    ])
  }

  /// CSV (RFC 4180): a line for each day and model with a ratio.
  package var csv: String {
    let paid = payments
    let rows = trends.flatMap { trend in
      trend.points.sorted { $0.key < $1.key }.map { day, point -> [String] in
        let paid = paid.map { $0[Payments.Key(model: trend.model, day: day)] ?? Payments() }
        return [day.description] + (byOrigin ? [SafeText.csv(trend.origin ?? "")] : []) + [
          SafeText.csv(trend.model.provider), SafeText.csv(trend.model.model), point.cost.description,
          point.baselineCost.description, point.ratio?.description ?? "", trend.isAssumed ? "assumed" : "",
          paid?.perToken.description ?? "", paid?.onPlans.description ?? "",
        ]
      }
    }.sorted { $0.lexicographicallyPrecedes($1) }
    let names =
      ["day"] + (byOrigin ? ["origin"] : []) + [
        "provider", "model", "cost_usd", "baseline_cost_usd", "ratio", "provider_assumed",
        "measured_per_token", "measured_on_plans",
      ]
    return CSVReport.lines([names] + rows)
  }

  /// GitHub's Markdown.
  package var markdown: String {
    guard let days = trends.first?.days else { return "The history is empty\n" }
    var text = MarkdownText()
    text.add("## Cost ÷ baseline cost by day, \(Figures.days(days)); below 1 pays")
    for sentence in scope.sentences { text.add("", sentence) }
    let titles = (byOrigin ? ["Origin"] : []) + ["Model", "Measured", "Days", "First", "Latest", "Ratio", "Trend"]
    text.addTable(
      titles: titles, isNumber: titles.map { ["Measured", "Days", "First", "Latest"].contains($0) },
      rows: trends.map { trend in
        (byOrigin ? [trend.origin.map(SafeText.markdown) ?? "(none)"] : []) + [
          trend.name(SafeText.markdown, mark: " (assumed)"), trend.coverage, Figures.count(trend.points.count),
          Figures.ratio(trend.first), Figures.ratio(trend.latest),
          trend.first == nil ? "–" : "`\(trend.sparkline(columns: 30))`", trend.words,
        ]
      }, of: "`ccr-audit history`")
    if let report {
      let remarks = HistoryReport.remarks(
        ReportSentences(report: report, quote: SafeText.markdown, assumedMark: " (assumed)"))
      if !remarks.isEmpty { text.add("") }
      text.addList(remarks)
    }
    return text.text
  }
}
