import Audit
import Model

/// The columns of a report's rows for people, each with how a row fills it.
struct RowColumn: Sendable {
  var column: Grid.Column
  var text: @Sendable (AuditRow) -> String
  var isVerdict = false
  /// The sum at its foot; empty where there is none.
  var foot = ""

  /// The columns that say which row it is.
  /// - Parameter isLine: whether they stand in a line without titles.
  static func names(_ words: ReportSentences, isLine: Bool = false) -> [RowColumn] {
    let group: [RowColumn] =
      switch words.report.grouping {
      case .model: []
      case .day: [period("Day", .day)]
      case .week: [period("Week", .week)]
      case .month: [period("Month", .month)]
      case .route: [RowColumn(column: .init(title: "Route")) { $0.key.route?.rawValue ?? "" }]
      case .session: session(words, isLine: isLine)
      case .project: [label("Project", words)]
      case .origin: [label("Origin", words)]
      case .team: [label("Team", words)]
      case .program: [label("Program", words)]
      case .source: [RowColumn(column: .init(title: "Source")) { $0.key.source?.rawValue ?? "" }]
      }
    return group + [RowColumn(column: .init(title: "Model")) { words.name($0) }]
  }

  private static func period(_ title: String, _ grouping: Grouping) -> RowColumn {
    RowColumn(column: .init(title: title)) { $0.key.period(grouping) ?? "" }
  }

  private static func label(_ title: String, _ words: ReportSentences) -> RowColumn {
    RowColumn(column: .init(title: title)) { $0.key.label.map(words.quote) ?? "(unknown)" }
  }

  /// A session, when it was, and in which project. The whole id stands in JSON, and where it is asked for.
  private static func session(_ words: ReportSentences, isLine: Bool) -> [RowColumn] {
    let zone = words.report.period.timeZone
    func time(_ title: String, _ instant: @escaping @Sendable (ClosedRange<Int64>) -> Int64) -> RowColumn {
      RowColumn(column: .init(title: title)) { row in row.times.map { Figures.minute(instant($0), in: zone) } ?? "–" }
    }
    var columns = [
      RowColumn(column: .init(title: "Session")) { row in
        row.key.session.map { words.quote(words.showsWholeNames ? $0 : $0.truncated(to: 12)) } ?? "(none)"
      }
    ]
    let rows = words.report.rows
    if rows.contains(where: { $0.times != nil }) {
      columns +=
        isLine
        ? [RowColumn(column: .init(title: "Time")) { $0.times.map { Figures.minutes($0, in: zone) } ?? "–" }]
        : [time("First", \.lowerBound), time("Last", \.upperBound)]
    }
    if rows.contains(where: { $0.project != nil }) {
      columns.append(RowColumn(column: .init(title: "Project")) { $0.project.map(words.quote) ?? "(unknown)" })
    }
    return columns
  }

  /// Requests and those of them with measured tokens.
  static func requests(_ words: ReportSentences) -> [RowColumn] {
    let counts = words.report.coverage.counts
    return [
      number("Requests", foot: Figures.count(counts.requests)) { Figures.count($0.counts.requests) },
      number("Measured", foot: Figures.count(counts.measured)) { Figures.count($0.counts.measured) },
    ]
  }

  /// Those with measured tokens, of those that were answered.
  static func measured(_ words: ReportSentences) -> RowColumn {
    number("Measured", foot: Figures.measured(words.report.coverage.counts)) { Figures.measured($0.counts) }
  }

  /// Tokens by class; classes that no row has are left out.
  static func tokens(_ report: AuditReport) -> [RowColumn] {
    let all: [(String, @Sendable (TokenUsage) -> Int64)] = [
      ("Input", { $0.input }), ("Cache read", { $0.cacheRead }),
      ("Cache write", { $0.cacheWrite5m + $0.cacheWrite1h }), ("Output", { $0.output }),
    ]
    return all.filter { title, count in !title.hasPrefix("Cache") || report.rows.contains { count($0.tokens) > 0 } }
      .map { title, count in
        number(title, foot: tokens(of: report, count)) { tokens($0, count) }
      }
  }

  static func allTokens(_ report: AuditReport) -> RowColumn {
    number("Tokens", foot: tokens(of: report) { $0.total }) { tokens($0) { $0.total } }
  }

  /// Cost, baseline cost and the one over the other.
  static func costs(_ words: ReportSentences) -> [RowColumn] {
    let claim = words.report.coverage.covered > 0 ? words.report.totals.claim(by: words.report.judgedBy) : nil
    return [
      cost(words),
      number("At \(words.baseline)", foot: words.money(nil, claim?.baselineCost)) { words.baselineCost($0) },
      ratio(words),
    ]
  }

  /// Cost ÷ baseline cost.
  static func ratio(_ words: ReportSentences) -> RowColumn { number("Ratio") { words.ratio($0) } }

  /// The same column with ranges as short as they can be.
  static func brief(_ column: RowColumn, _ words: ReportSentences) -> RowColumn {
    var short = column
    short.text = { words.brief(column.text($0)) }
    short.foot = words.brief(column.foot)
    return short
  }

  static func cost(_ words: ReportSentences) -> RowColumn {
    let report = words.report
    let isKnown = report.coverage.covered > 0 || !report.plans.isEmpty
    let sum = words.money(nil, report.totals.claim(by: report.judgedBy)?.cost ?? report.totals.costs)
    return number("Cost", foot: isKnown ? sum : "–") { words.cost($0) }
  }

  static func verdict(_ words: ReportSentences, naming: Bool) -> RowColumn {
    RowColumn(column: .init(title: "Verdict"), text: { words.verdict($0, naming: naming) }, isVerdict: true)
  }

  private static func number(
    _ title: String, foot: String = "", _ text: @escaping @Sendable (AuditRow) -> String
  ) -> RowColumn {
    RowColumn(column: .init(title: title, isNumber: true), text: text, foot: foot)
  }

  /// The line of sums below rows; `nil` where one row is all there is.
  static func foot(_ columns: [RowColumn], of report: AuditReport) -> [String]? {
    guard report.rows.count + report.rowsLeftOut.count > 1 else { return nil }
    return [report.rowsLeftOut.isEmpty ? "Total" : "Total of all \(report.rows.count + report.rowsLeftOut.count)"]
      + columns.dropFirst().map(\.foot)
  }

  /// The same where the sentence on money follows, which says it of models alone.
  static func footAboveTotals(_ columns: [RowColumn], of report: AuditReport) -> [String]? {
    report.grouping == .model && report.rowsLeftOut.isEmpty ? nil : foot(columns, of: report)
  }

  private static func tokens(of report: AuditReport, _ count: (TokenUsage) -> Int64) -> String {
    report.coverage.counts.measured > 0 ? Figures.count(report.models.reduce(0) { $0 + count($1.tokens) }) : "–"
  }

  /// A row without measured tokens has none to show, which is not zero.
  private static func tokens(_ row: AuditRow, _ count: (TokenUsage) -> Int64) -> String {
    row.counts.measured > 0 ? Figures.count(count(row.tokens)) : "–"
  }
}

extension Grid {
  /// Rows in columns.
  /// - Parameter foot: the line of sums below them.
  init(_ columns: [RowColumn], rows: [AuditRow], judgedBy kind: RatioKind, foot: [String]? = nil) {
    self.init(
      columns: columns.map(\.column),
      rows: rows.map { row in
        columns.map { Cell(text: $0.text(row), paint: $0.isVerdict ? row.paint(by: kind) : .plain) }
      } + (foot.map { [$0.map { Cell(text: $0, paint: .heading) }] } ?? []))
  }
}
