package import Audit
import Model

/// The report for a person at a terminal.
package enum TableReport {
  /// The text, with a line end after each line.
  package static func text(_ report: AuditReport, notes: ReportNotes = ReportNotes(), style: Style) -> String {
    let (shown, leftOut) = report.shortened()
    var words = ReportSentences(report: shown, notes: notes, quote: SafeText.terminal)
    words.roundedCosts = RoundedCosts(shown)
    let width = max(20, style.width)
    var lines = words.headline.wrapped(to: width).map { style.paint($0, .heading) }
    lines += ([words.subject] + report.scope.sentences).flatMap { $0.wrapped(to: width) }
    if !report.rows.isEmpty {
      lines += [""] + rows(words, style: Style(color: style.color, width: width)) + [""]
      let sentences = [leftOut].compactMap(\.self) + [words.totals] + words.remarks.shortened()
      lines += sentences.flatMap { $0.wrapped(to: width) }
    }
    for (title, sentences) in words.asides {
      lines += ["", style.paint(title, .heading)]
      lines += sentences.shortened().flatMap { $0.wrapped(to: width, indent: "  ", hanging: "    ") }
    }
    for (index, plan) in words.plans.enumerated() {
      if index == 0 { lines += ["", style.paint("Plans", .heading)] }
      for (index, sentence) in words.sentences(on: plan).enumerated() {
        lines += sentence.wrapped(to: width, indent: index == 0 ? "  " : "    ", hanging: "    ")
      }
    }
    if words.hasCoverage {
      lines += ["", style.paint("Coverage", .heading)]
      lines += words.coverage.wrapped(to: width, indent: "  ", hanging: "    ")
      let gaps = Shortened(words.gaps, to: Shortened<ReportSentences.Gap>.mostNotes) { $0.requests }
      lines += self.gaps(gaps.shown, width: width)
      if gaps.rest > 0 { lines.append("  and \(Figures.count(gaps.rest)) more") }
      lines += words.coverageNotes.shortened().flatMap { $0.wrapped(to: width, indent: "  ", hanging: "    ") }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// What is not covered: a line each, or as many as its reason needs.
  private static func gaps(_ gaps: [ReportSentences.Gap], width: Int) -> [String] {
    guard !gaps.isEmpty else { return [] }
    let cells = [("Requests", "Model", "Why not")] + gaps.map { (Figures.count($0.requests), $0.model, $0.reason) }
    let (counts, names) = (cells.map(\.0.displayWidth).max() ?? 0, cells.map(\.1.displayWidth).max() ?? 0)
    let room = width - 2 - counts - 2 - names - 2
    guard room >= 24 else {
      return gaps.flatMap {
        "\(Figures.count($0.requests)) to \($0.model): \($0.reason)"
          .wrapped(to: width, indent: "  ", hanging: "    ")
      }
    }
    return cells.flatMap { count, name, reason in
      let head =
        "  " + String(repeating: " ", count: counts - count.displayWidth) + count + "  " + name
        + String(repeating: " ", count: names - name.displayWidth) + "  "
      let margin = String(repeating: " ", count: head.displayWidth)
      return reason.wrapped(to: room).enumerated().map { ($0 == 0 ? head : margin) + $1 }
    }
  }

  /// The widest table that fits, or else each row on lines of its own.
  private static func rows(_ words: ReportSentences, style: Style) -> [String] {
    let (names, report) = (RowColumn.names(words), words.report)
    let full = names + RowColumn.requests(words) + RowColumn.tokens(report) + RowColumn.costs(words)
    let short = names + RowColumn.requests(words) + [RowColumn.allTokens(report)] + RowColumn.costs(words)
    let long = RowColumn.verdict(words, naming: true)
    let brief = RowColumn.verdict(words, naming: false)
    let bare = names + [RowColumn.measured(words)] + RowColumn.costs(words)
    let few = names + [RowColumn.measured(words), RowColumn.cost(words), RowColumn.ratio(words), brief]
    let least = names + [RowColumn.cost(words), RowColumn.ratio(words), brief]
    let ranges = RowColumn.costs(words).map { RowColumn.brief($0, words) }
    let dense = names + [RowColumn.measured(words)] + ranges + [brief]
    let choices = [
      full + [long], full + [brief], short + [long], short + [brief], bare + [long], bare + [brief], dense, few, least,
    ]
    for columns in choices {
      let foot = RowColumn.footAboveTotals(columns, of: report)
      let grid = Grid(columns, rows: report.rows, judgedBy: report.judgedBy, foot: foot)
      if grid.width <= style.width { return grid.lines(style) }
    }
    let line = RowColumn.names(words, isLine: true)
    let left = report.rowsLeftOut.count
    let note =
      left == 0
      ? [] : ["", "\(Figures.count(left, "more row")) \(left == 1 ? "is" : "are") not shown; every sum here has them"]
    return report.rows.flatMap { stacked($0, names: line, words: words, style: style) }
      + stackedSums(words, style: style) + note.flatMap { $0.isEmpty ? [""] : $0.wrapped(to: style.width) }
  }

  /// The sums of all rows in the lines of a row, without a verdict.
  private static func stackedSums(_ words: ReportSentences, style: Style) -> [String] {
    let report = words.report
    let (tokens, costs) = (RowColumn.tokens(report), RowColumn.costs(words))
    guard let title = RowColumn.footAboveTotals(RowColumn.names(words), of: report)?.first else { return [] }
    let money = "\(costs[0].foot), at \(words.baseline) \(costs[1].foot)"
    return title.wrapped(to: style.width).map { style.paint($0, .heading) }
      + facts(report.coverage.counts, tokens, money, style, \.foot)
  }

  /// Requests, tokens by class and money, on lines of their own.
  private static func facts(
    _ counts: RequestCounts, _ tokens: [RowColumn], _ money: String?, _ style: Style, _ text: (RowColumn) -> String
  ) -> [String] {
    var facts = ["\(Figures.count(counts.requests, "request")), \(Figures.count(counts.measured)) measured"]
    if counts.measured > 0 {
      facts.append(tokens.map { "\(text($0)) \($0.column.title.lowercased())" }.joined(separator: ", "))
    }
    if let money { facts.append(money) }
    return facts.flatMap { $0.wrapped(to: style.width, indent: "  ", hanging: "    ") }
  }

  private static func stacked(_ row: AuditRow, names: [RowColumn], words: ReportSentences, style: Style) -> [String] {
    let title = names.map { $0.text(row) }.joined(separator: ", ")
    let money = "\(words.cost(row)), at \(words.baseline) \(words.baselineCost(row)): \(words.ratio(row))"
    let lines = facts(
      row.counts, RowColumn.tokens(words.report), row.counts.measured > 0 ? money : nil, style
    ) { $0.text(row) }
    let verdict = words.verdict(row, naming: true).wrapped(to: style.width, indent: "  ", hanging: "    ")
    return title.wrapped(to: style.width, hanging: "  ") + lines
      + verdict.map { style.paint($0, row.paint(by: words.report.judgedBy)) }
  }
}
