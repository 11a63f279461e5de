import Model

/// Aligned columns: text at its beginning, numbers at their decimal points.
struct Grid {
  struct Column: Sendable {
    var title: String
    /// Whether its cells are numbers.
    var isNumber = false
  }

  struct Cell {
    var text: String
    var paint = Paint.plain
  }

  let columns: [Column]
  let rows: [[Cell]]

  init(columns: [Column], rows: [[Cell]]) {
    self.columns = columns
    // Spaces stand for the places that a number does not have.
    let places = columns.indices.map { index in
      columns[index].isNumber ? rows.map { $0[index].text.places }.max() ?? 0 : 0
    }
    self.rows = rows.map { cells in
      zip(cells, places).map { cell, places in
        var cell = cell
        if places > 0, !cell.text.isEmpty {
          cell.text += String(repeating: " ", count: places - cell.text.places)
        }
        return cell
      }
    }
  }

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
      let line = cells.indices.map { index in
        let text = cells[index].text
        let padding = String(repeating: " ", count: max(0, widths[index] - text.displayWidth))
        let painted = style.paint(text, cells[index].paint)
        return columns[index].isNumber ? padding + painted : painted + padding
      }.joined(separator: "  ")
      return line.withoutTrailingSpaces
    }
  }
}

extension String {
  /// The decimal point and what stands behind it; a ratio's sign is one of the places.
  fileprivate var places: Int {
    guard let point = lastIndex(of: "."), self[index(after: point)...].allSatisfy({ $0.isNumber || $0 == "×" }) else {
      return hasSuffix("×") ? 1 : 0
    }
    return distance(from: point, to: endIndex)
  }
}
