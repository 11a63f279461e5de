import Audit
import Model

/// The columns of a report's rows for people, each with how a row fills it.
struct RowColumn: Sendable {
  var column: Grid.Column
  var text: @Sendable (AuditRow) -> String
  var isVerdict = false

  /// The columns that say which row it is.
  static func names(_ words: Words) -> [RowColumn] {
    let group: [RowColumn] =
      switch words.report.grouping {
      case .model: []
      case .day: [RowColumn(column: .init(title: "Day")) { $0.key.day?.description ?? "" }]
      case .route: [RowColumn(column: .init(title: "Route")) { $0.key.route?.rawValue ?? "" }]
      case .session:
        [
          RowColumn(column: .init(title: "Session")) { row in
            row.key.session.map { words.quote($0.truncated(to: 12)) } ?? "(none)"
          }
        ]
      case .source: [RowColumn(column: .init(title: "Source")) { $0.key.source?.rawValue ?? "" }]
      }
    return group + [RowColumn(column: .init(title: "Model")) { words.name($0) }]
  }

  /// Requests and those of them with measured tokens.
  static let requests = [
    number("Requests") { Figures.count($0.counts.requests) },
    number("Measured") { Figures.count($0.counts.measured) },
  ]

  /// Both in one column.
  static let measured = number("Measured") {
    "\(Figures.count($0.counts.measured)) of \(Figures.count($0.counts.requests))"
  }

  /// Tokens by class; classes that no row has are left out.
  static func tokens(_ report: AuditReport) -> [RowColumn] {
    let all: [(String, @Sendable (TokenUsage) -> Int64)] = [
      ("Input", { $0.input }), ("Cache read", { $0.cacheRead }),
      ("Cache write", { $0.cacheWrite5m + $0.cacheWrite1h }), ("Output", { $0.output }),
    ]
    return all.filter { title, count in !title.hasPrefix("Cache") || report.rows.contains { count($0.tokens) > 0 } }
      .map { title, count in number(title) { tokens($0, count) } }
  }

  /// All tokens.
  static let allTokens = number("Tokens") { tokens($0) { $0.total } }

  /// Cost, baseline cost and the one over the other.
  static func costs(_ words: Words) -> [RowColumn] {
    [cost(words), number("At \(words.baseline)") { words.baselineCost($0) }, ratio(words)]
  }

  /// Cost ÷ baseline cost.
  static func ratio(_ words: Words) -> RowColumn { number("Ratio") { words.ratio($0) } }

  /// Cost.
  static func cost(_ words: Words) -> RowColumn { number("Cost") { words.money($0.cost, $0.range?.cost) } }

  /// The verdict.
  static func verdict(_ words: Words, naming: Bool) -> RowColumn {
    RowColumn(column: .init(title: "Verdict"), text: { words.verdict($0, naming: naming) }, isVerdict: true)
  }

  private static func number(_ title: String, _ text: @escaping @Sendable (AuditRow) -> String) -> RowColumn {
    RowColumn(column: .init(title: title, isNumber: true), text: text)
  }

  /// A row without measured tokens has none to show, which is not zero.
  private static func tokens(_ row: AuditRow, _ count: (TokenUsage) -> Int64) -> String {
    row.counts.measured > 0 ? Figures.count(count(row.tokens)) : "–"
  }
}

extension Grid {
  /// Rows in columns.
  init(_ columns: [RowColumn], rows: [AuditRow], judgedBy kind: RatioKind) {
    self.init(
      columns: columns.map(\.column),
      rows: rows.map { row in
        columns.map { Cell(text: $0.text(row), paint: $0.isVerdict ? row.paint(by: kind) : .plain) }
      })
  }
}
