package import Pricing
package import Model

/// What price lists say of models, for a person at a terminal.
package enum ImportReport {
  /// One offer of a list.
  package struct Row: Sendable {
    /// The model, as the table calls it.
    package var model: ModelID
    /// Whose list.
    package var source: String
    /// What the list has.
    package var listing: Listing
    /// The price in force; `nil` where there is none.
    package var price: ImportedPrice?

    package init(model: ModelID, source: String, listing: Listing, price: ImportedPrice?) {
      self.model = model
      self.source = source
      self.listing = listing
      self.price = price
    }
  }

  /// Offers side by side, USD a million tokens.
  package static func comparison(_ rows: [Row], style: Style) -> String {
    let titles = ["In", "Out", "Cache read", "Write 5m", "Write 1h"]
    let grid = Grid(
      columns: [.init(title: "Model"), .init(title: "Source"), .init(title: "Name there")]
        + titles.map { .init(title: $0, isNumber: true) } + [.init(title: "From"), .init(title: "Besides")],
      rows: rows.map { row in
        let names = [row.model.description, row.source, row.listing.key].map(SafeText.terminal)
        let rates = row.price?.rates
        let figures = [TokenClass.input, .output, .cacheRead, .cacheWrite5m, .cacheWrite1h].map { tokenClass in
          rates?[tokenClass]?.description ?? "–"
        }
        return (names + figures + [row.price?.from?.description ?? "–", besides(row)]).map { .init(text: $0) }
      })
    return grid.lines(style).map { $0 + "\n" }.joined()
  }

  private static func besides(_ row: Row) -> String {
    guard let price = row.price else {
      guard case .failure(let fault) = row.listing.prices else { return "no price on this day" }
      return SafeText.terminal(fault.description)
    }
    let conditions =
      price.tiers.map { "above \(Figures.count($0.aboveInputTokens)): \($0.rates.input) in, \($0.rates.output) out" }
      + price.windows.map { "\($0.words): \($0.rates.input) in, \($0.rates.output) out" }
    return conditions.isEmpty ? "–" : conditions.joined(separator: "; ")
  }
}
