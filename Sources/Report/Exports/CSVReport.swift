package import Audit
import Pricing
import Model

/// The report's rows as CSV (RFC 4180): a line of names, then a line a row. What is not known is empty, never 0.
package enum CSVReport {
  /// The text; lines end with LF, as all our output does.
  package static func text(_ report: AuditReport) -> String {
    let group =
      report.grouping == .model
      ? []
      : report.grouping == .session
        ? ["session", "project", "first_request", "last_request"] : [report.grouping.rawValue]
    let names =
      group + [
        "provider", "model", "billing", "plan", "requests", "measured", "estimated", "unknown", "failed", "unpriced",
      ] + TokenClass.allCases.map(\.rawValue) + [
        "reasoning", "cost_usd", "baseline_cost_usd", "ratio", "verdict", "baseline_cached_cost_usd", "ratio_cached",
        "provider_assumed", "split_unknown", "cost_usd_low", "cost_usd_high", "baseline_cost_usd_low",
        "baseline_cost_usd_high", "ratio_low", "ratio_high",
      ] + EstimateColumns.names + ["cure"]
    return lines([names] + report.rows.map { fields($0, grouping: report.grouping) })
  }

  /// Lines of fields.
  static func lines(_ lines: [[String]]) -> String {
    lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func fields(_ row: AuditRow, grouping: Grouping) -> [String] {
    let (key, counts) = (row.key, row.counts)
    let group: [String] =
      switch grouping {
      case .model: []
      case .day, .week, .month: [key.period(grouping) ?? ""]
      case .route: [key.route?.rawValue ?? ""]
      case .session:
        [SafeText.csv(key.session ?? ""), SafeText.csv(row.project ?? "")]
          + [row.times?.lowerBound, row.times?.upperBound].map { $0.map(ISOTime.text) ?? "" }
      case .project, .origin, .team, .program: [SafeText.csv(key.label ?? "")]
      case .source: [key.source?.rawValue ?? ""]
      }
    let names = [key.model.provider, key.model.model].map(SafeText.csv)
    let requests = [
      counts.requests, counts.measured, counts.estimated, counts.unknown, counts.failed, row.unpriced,
    ].map(String.init)
    let classes = TokenClass.allCases.map { row.tokens[$0] } + [row.tokens.reasoning]
    let tokens = classes.map { counts.measured > 0 ? String($0) : "" }
    let money = [row.cost?.description ?? "", row.baselineCost?.description ?? "", row.ratio?.description ?? ""]
    var fields = group + names
    fields += [key.billing.word ?? "", SafeText.csv(key.billing.plan ?? "")]
    fields += requests
    fields += tokens
    fields += money
    fields += [row.verdict.rawValue, row.baselineCachedCost?.description ?? "", row.ratioCached?.description ?? ""]
    fields += [row.assumed > 0 ? "assumed" : "", String(row.splitUnknown)]
    fields += ends(row)
    fields += EstimateColumns.fields(row)
    let isUnpriced = key.billing == .unpriced
    fields.append(isUnpriced ? SafeText.csv(Cure.command(for: key.model, row.lack, offers: row.offers)) : "")
    return fields
  }

  /// The lower and the upper end of each amount; twice the amount where it is known.
  private static func ends(_ row: AuditRow) -> [String] {
    let (cost, baseline) = (row.costs, row.baselineCosts)
    let ratio = row.range?.ratio ?? row.ratio.map { $0...$0 }
    let amounts: [Money?] = [cost?.lowerBound, cost?.upperBound, baseline?.lowerBound, baseline?.upperBound]
    let ratios: [Ratio?] = [ratio?.lowerBound, ratio?.upperBound]
    return amounts.map { $0?.description ?? "" } + ratios.map { $0?.description ?? "" }
  }

  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return field }
    return "\"" + SafeText.escaping(field) { $0 == "\"" ? "\"\"" : nil } + "\""
  }
}
