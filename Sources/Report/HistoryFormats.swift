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
  /// The audit of all days of the history; `nil` where prices could not be read.
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
    return JSONText.object(
      [
        ("schema_version", .count(1)), ("generated_at", .string(ISOTime.second(generatedAt))),
        (
          "period",
          .object([
            ("since", .text(days?.lowerBound.description)), ("until", .text(days?.upperBound.description)),
          ])
        ), ("grouped_by", .string(byOrigin ? "origin" : "model")), ("models", .array(trends.map(Self.model))),
        ("plans", .array((report?.plans ?? []).map(Self.plan))),
      ] + scope.members
    ).pretty + "\n"
  }

  private static func model(_ trend: Trend) -> JSONText {
    .object([
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
            .object([
              ("day", .string(day.description)), ("cost_usd", .money(point.cost)),
              ("baseline_cost_usd", .money(point.baselineCost)), ("ratio", .ratio(point.ratio)),
            ])
          })
      ),
    ])
  }

  private static func plan(_ plan: PlanAudit) -> JSONText {
    .object([
      ("plan", .string(plan.name)), ("period_fee_usd", .money(plan.feeShare)),
      ("period_baseline_cost_usd", .money(plan.plain.periodCost)), ("ratio", .ratio(plan.plain.ratio)),
    ])
  }

  /// CSV (RFC 4180): a line for each day and model with a ratio.
  package var csv: String {
    let rows = trends.flatMap { trend in
      trend.points.sorted { $0.key < $1.key }.map { day, point in
        [day.description] + (byOrigin ? [SafeText.csv(trend.origin ?? "")] : []) + [
          SafeText.csv(trend.model.provider), SafeText.csv(trend.model.model), point.cost.description,
          point.baselineCost.description, point.ratio?.description ?? "", trend.isAssumed ? "assumed" : "",
        ]
      }
    }.sorted { $0.lexicographicallyPrecedes($1) }
    let names =
      ["day"] + (byOrigin ? ["origin"] : []) + [
        "provider", "model", "cost_usd", "baseline_cost_usd", "ratio", "provider_assumed",
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
      let words = ReportSentences(report: report, quote: SafeText.markdown, assumedMark: " (assumed)")
      let plans =
        HistoryReport.mixed(words)
        + report.plans.map { plan in
          "plan \(words.quote(plan.name)): \(words.ratio(of: plan) ?? "no measured work: no ratio")"
        }
      if !plans.isEmpty { text.add("") }
      text.addList(plans)
    }
    return text.text
  }
}
