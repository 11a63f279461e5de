package import Audit
import Model

/// The trend of every model's ratio, for a person at a terminal.
package enum HistoryReport {
  /// The text, with a line end after each line.
  package static func text(
    _ trends: [Trend], scope: AuditScope = AuditScope(.routed), byOrigin: Bool = false, style: Style
  ) -> String {
    guard let days = trends.first?.days else { return "The history is empty\n" }
    let width = max(20, style.width)
    let heading = "Cost ÷ baseline cost by day, \(Figures.days(days)); below 1 pays"
    let scope = scope.sentences.flatMap { $0.wrapped(to: width) }
    let assumed = ReportSentences.assumption(of: trends.filter(\.isAssumed).map(\.model), mark: "*")
    let list = Shortened(trends, to: Shortened<Trend>.longestTable) { $0.counts.requests }
    let rest = list.rest == 0 ? [] : ["and \(Figures.count(list.rest, "more model")); --format csv has all"]
    return
      (heading.wrapped(to: width) + scope + [""]
      + rows(list.shown, byOrigin: byOrigin, style: Style(color: style.color, width: width)) + rest
      + (assumed.map { [""] + $0.wrapped(to: width) } ?? []))
      .map { $0 + "\n" }.joined()
  }

  /// Which ratios are of a part of a model's requests, because a plan paid for the others.
  private static func mixed(_ words: ReportSentences) -> [String] {
    let rows = Dictionary(grouping: words.report.models) { $0.key.model }
    return rows.sorted { $0.key < $1.key }.compactMap { model, rows in
      let byToken = rows.filter { $0.key.billing == .perToken }.reduce(0) { $0 + $1.counts.measured }
      let onPlans = rows.filter { $0.key.billing.plan != nil && $0.counts.measured > 0 }
      guard byToken > 0, !onPlans.isEmpty else { return nil }
      let others = onPlans.map {
        "\(Figures.count($0.counts.measured)) on the plan \(words.quote($0.key.billing.plan ?? ""))"
      }
      return
        "\(words.name(model)): the ratio is of \(Figures.count(byToken, "measured request")) paid by the token, not of "
        + others.sorted().joined(separator: " and ")
    }
  }

  /// Which ratios are of a part, what the plans that are paid for cost against the baseline over all of a history, and what
  /// a dated baseline stood for; nothing where there is none of it.
  package static func plans(_ report: AuditReport, style: Style) -> String {
    let width = max(20, style.width)
    let lines = remarks(ReportSentences(report: report, quote: SafeText.terminal)).flatMap {
      $0.wrapped(to: width, hanging: "  ")
    }
    return lines.isEmpty ? "" : "\n" + lines.map { $0 + "\n" }.joined()
  }

  /// What `plans` says, a sentence each.
  static func remarks(_ words: ReportSentences) -> [String] {
    let plans = words.report.plans.map { plan in
      let days = plan.recordedDays > 0 ? ", \(Figures.count(plan.recordedDays, "recorded day")) of its month" : ""
      return "plan \(words.quote(plan.name)): \(words.ratio(of: plan) ?? "no measured work: no ratio")\(days)"
    }
    let baseline =
      words.report.successors.count > 1
      ? ["the baseline was \(words.baselineOverTime): a ratio can change with it"] : []
    return mixed(words) + plans + baseline
  }

  private static func rows(_ trends: [Trend], byOrigin: Bool, style: Style) -> [String] {
    for columns in [60, 30, 14] {
      let grid = Grid(
        columns: (byOrigin ? [.init(title: "Origin")] : []) + [
          .init(title: "Model"), .init(title: "Measured", isNumber: true), .init(title: "Days", isNumber: true),
          .init(title: "First", isNumber: true),
          .init(title: "Latest", isNumber: true), .init(title: "Ratio"), .init(title: "Trend"),
        ],
        rows: trends.map { trend in
          (byOrigin ? [.init(text: trend.originName)] : []) + [
            .init(text: trend.name(SafeText.terminal, mark: "*")), .init(text: trend.coverage),
            .init(text: Figures.count(trend.points.count)),
            .init(text: Figures.ratio(trend.first)), .init(text: Figures.ratio(trend.latest)),
            .init(text: trend.sparkline(columns: columns)), .init(text: trend.words, paint: trend.direction.paint),
          ]
        })
      if grid.width <= style.width { return grid.lines(style) }
    }
    return trends.flatMap { stacked($0, byOrigin: byOrigin, style: style) }
  }

  /// A trend on lines of its own.
  private static func stacked(_ trend: Trend, byOrigin: Bool, style: Style) -> [String] {
    let title = trend.name(SafeText.terminal, mark: "*") + (byOrigin ? ", \(trend.originName)" : "")
    var lines = title.wrapped(to: style.width, hanging: "  ")
    if !trend.points.isEmpty {
      lines.append("  \(trend.sparkline(columns: style.width - 2))".withoutTrailingSpaces)
    }
    let summary = trend.summary.wrapped(to: style.width, indent: "  ", hanging: "  ")
    return lines + summary.map { style.paint($0, trend.direction.paint) }
  }
}

extension Trend {
  /// Records of programs that knew no origins name none.
  fileprivate var originName: String { origin.map(SafeText.terminal) ?? "(none)" }

  fileprivate var summary: String {
    let ends = [Figures.ratio(first), Figures.ratio(latest)]
    let ratios = ends[0] == ends[1] ? ends[0] : ends.joined(separator: " to ")
    return (points.isEmpty ? words : "\(ratios), \(words)")
      + (counts.isOnlyFailures
        ? "" : "; \(coverage) \(counts.requests - counts.failed == 1 ? "request" : "requests") measured")
  }

  /// The model, marked where its provider is inferred.
  func name(_ quote: (String) -> String, mark: String) -> String { quote(model.description) + (isAssumed ? mark : "") }

  /// Measured requests of those that were answered.
  var coverage: String { Figures.measured(counts) }

  package var words: String {
    switch direction {
    case .improving, .worsening, .steady:
      direction.rawValue
        + (decidingHalves.map { ": older half \(Figures.ratio($0.from)), newer \(Figures.ratio($0.to))" } ?? "")
    case .unknown where counts.isOnlyFailures: "failed"
    case .unknown where points.isEmpty: lacks
    case .unknown: "one day only"
    }
  }
}

extension Trend {
  /// Why no day has a ratio, in the order of time.
  private var lacks: String {
    let words = billedUntil.map { billing, day in
      let word =
        switch billing {
        case .plan: "plan"
        case .free: "free"
        case .unpriced: "no price"
        case .perToken: isSplitUnknown ? "cache unknown" : "no ratio"
        }
      return (word, day)
    }
    let byDay = Dictionary(grouping: Dictionary(words, uniquingKeysWith: max), by: \.value)
    return byDay.sorted { $0.key < $1.key }.map { $0.value.map(\.key).sorted().joined(separator: " and ") }
      .joined(separator: ", then ")
  }
}

extension TrendDirection {
  fileprivate var paint: Paint {
    switch self {
    case .improving: .good
    case .worsening: .bad
    case .steady: .plain
    case .unknown: .unsure
    }
  }
}
