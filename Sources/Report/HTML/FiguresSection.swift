import Audit
import Model

/// The table of all figures: the columns that the other formats have.
extension ReportPage {
  var figures: Markup {
    let words = self.words
    let columns =
      RowColumn.names(words) + RowColumn.requests(words) + RowColumn.tokens(report) + RowColumn.costs(words)
      + [RowColumn.verdict(words, naming: false)]
    let rows = report.rows.prefix(Self.shownRows)
    let names = RowColumn.names(words).count
    let left = report.rows.count - rows.count
    return section(
      "all", "All figures",
      [
        Markup.scrolling(
          "All figures",
          Markup(
            .table, [.class: "plain figures", .width: "100%"],
            Markup(
              .thead, [:],
              Markup(
                .tr, [:],
                columns.map { column in
                  Markup(
                    .th,
                    [
                      .scope: "col", .align: column.column.isNumber ? "right" : "left",
                      .class: column.column.isNumber ? "num" : "name",
                    ], Markup(sentence: column.column.title))
                })),
            Markup(
              .tbody, [:],
              rows.map { row in
                Markup(
                  .tr, [:],
                  columns.enumerated().map { index, column in
                    let text = Markup(sentence: column.text(row))
                    if index == names - 1 { return Markup(.th, [.scope: "row", .align: "left"], text) }
                    return Markup(
                      .td,
                      [
                        .align: column.column.isNumber ? "right" : "left",
                        .class: column.column.isNumber ? "num" : "nw",
                      ], text)
                  })
              }), foot(columns))),
        more(left, "row", by: "ccr-audit report --format csv", " has all of them."),
      ])
  }

  private func foot(_ columns: [RowColumn]) -> Markup {
    guard let cells = RowColumn.foot(columns, of: report) else { return Markup() }
    return Markup(
      .tfoot, [:],
      Markup(
        .tr, [:],
        zip(columns, cells).enumerated().map { index, cell in
          index == 0
            ? Markup(.th, [.scope: "row", .align: "left"], Markup(cell.1))
            : Markup(
              .td,
              [
                .align: cell.0.column.isNumber ? "right" : "left", .class: cell.0.column.isNumber ? "num" : "nw",
              ], Markup(cell.1))
        }))
  }
}
