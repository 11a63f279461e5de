import Model

/// Aligned columns.
struct Grid {
  struct Column: Sendable {
    var title: String
    /// Whether its cells are numbers, which end at the same column.
    var isNumber = false
  }

  struct Cell {
    var text: String
    var paint = Paint.plain
  }

  var columns: [Column]
  var rows: [[Cell]]

  private var widths: [Int] {
    columns.indices.map { index in
      max(columns[index].title.displayWidth, rows.map { $0[index].text.displayWidth }.max() ?? 0)
    }
  }

  /// The columns that it takes on a terminal.
  var width: Int { widths.reduce(0, +) + 2 * (columns.count - 1) }

  /// A line of titles, and one a row. No spaces at the ends of lines.
  func lines(_ style: Style) -> [String] {
    let widths = widths
    let titles = columns.map { Cell(text: $0.title, paint: .heading) }
    return ([titles] + rows).map { cells in
      cells.indices.map { index in
        let isLast = index == cells.count - 1 && !columns[index].isNumber
        let text = cells[index].text
        let padding = String(repeating: " ", count: isLast ? 0 : max(0, widths[index] - text.displayWidth))
        let painted = style.paint(text, cells[index].paint)
        return columns[index].isNumber ? padding + painted : painted + padding
      }.joined(separator: "  ")
    }
  }
}
