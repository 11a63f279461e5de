import Audit
import Foundation
package import Pricing
package import Model

/// What a pricing table holds, for a person at a terminal.
package enum PricingText {
  /// What applies to a model at an instant, where it comes from, and which class falls back to which.
  /// - Parameter instant: epoch milliseconds.
  package static func show(_ model: ModelID, at instant: Int64, in table: PriceTable, style: Style) -> String {
    let name = table.resolve(model) ?? model
    let alias = name == model ? "" : ", asked for as \(SafeText.terminal(model.description))"
    var lines = [style.paint(SafeText.terminal(name.description), .heading) + alias, "at \(ISOTime.text(instant))"]
    switch table.answer(for: model, at: instant, prompt: 0) {
    case .perToken(let price):
      lines.append("per token, from \(ISOTime.text(price.from)); USD a million tokens:")
      lines += rates(price.rates)
      lines += conditions(of: name, at: instant, in: table)
      lines += origin(price.source, price.verified)
    case .plan(let plan):
      lines.append("paid by the plan \(SafeText.terminal(plan.name)) (\(plan.kind.rawValue))" + beside(plan))
      if let fee = plan.fee(at: instant) {
        lines.append("  \(Figures.money(fee.monthly)) a month, from \(CivilDay(milliseconds: fee.from, in: .gmt))")
        lines += origin(fee.source, fee.verified)
      }
    case .free: lines.append("costs nothing")
    case .unpriced(let nearest):
      lines.append("has no price at that time")
      lines += table.offers(for: model).map {
        "  the plan \(SafeText.terminal($0.name)) covers it; nobody here subscribes to it at that time"
      }
      let names = nearest.map { SafeText.terminal($0.description) }.joined(separator: ", ")
      if !names.isEmpty { lines.append("  the table knows \(names)") }
    }
    let later = table.pricedModel(name)?.prices.filter { $0.from > instant } ?? []
    lines += later.map { entry in
      let what = entry.rates.map { "\($0.input) in, \($0.output) out" } ?? "no price any more"
      return "from \(ISOTime.text(entry.from)): \(what)"
    }
    if let factor = table.tokenFactor(of: name, at: instant), factor != .one {
      lines.append("Sonnet 4.6 makes \(factor) tokens of the text of each of its tokens")
    }
    if let alias = table.pricedModel(name), !alias.succession.isEmpty {
      lines += alias.succession.map {
        "stands for \($0.model) from \(ISOTime.text($0.from).replacing("T00:00:00Z", with: ""))"
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Every model with its price at an instant, and every plan.
  /// - Parameter instant: epoch milliseconds.
  package static func list(_ table: PriceTable, at instant: Int64, style: Style) -> String {
    let names = Set(table.models.map(\.id)).union(table.offers.flatMap(\.models)).sorted()
    let columns: [Grid.Column] = [
      .init(title: "Model"), .init(title: "In", isNumber: true), .init(title: "Out", isNumber: true),
      .init(title: "Cache read", isNumber: true), .init(title: "From"), .init(title: "Verified"),
    ]
    // What has no rates says why not in words, which no column is as wide as.
    var words: [String?] = []
    let rows: [[Grid.Cell]] = names.map { name in
      var (cells, word) = (["", "", "", "", ""], String?.none)
      switch table.answer(for: name, at: instant, prompt: 0) {
      case .perToken(let price):
        cells = [
          price.rates.input.description, price.rates.output.description, price.rates.cacheRead?.description ?? "–",
          "\(CivilDay(milliseconds: price.from, in: .gmt))", price.verified?.description ?? "never",
        ]
      case .plan(let plan): word = "plan \(SafeText.terminal(plan.name))"
      case .free: word = "free"
      case .unpriced: word = "no price"
      }
      words.append(word)
      return [.init(text: SafeText.terminal(name.description))] + cells.map { .init(text: $0) }
    }
    let paid = Set(table.plans.filter { $0.isRunning(at: instant) }.map(\.name))
    let plans = table.offers.map { plan in
      let own = table.plans.first { $0.name == plan.name && paid.contains($0.name) }
      let fee = (own ?? plan).fee(at: instant)
      let words = fee.map { "\(Figures.money($0.monthly)) a month" } ?? "no fee at that time"
      return "plan \(SafeText.terminal(plan.name)): \(words)" + (own == nil ? "" : ", subscribed") + beside(plan)
    }
    return (lines(columns, rows, words, style) + (plans.isEmpty ? [] : [""] + plans)).map { $0 + "\n" }.joined()
  }

  /// What a plan's fee does not pay for, for the end of its line.
  private static func beside(_ plan: Plan) -> String {
    plan.excludedModes.isEmpty
      ? "" : "; beside it, by the token: mode \(plan.excludedModes.sorted().joined(separator: ", "))"
  }

  /// A table whose longest names stand on lines of their own where it is too wide.
  /// - Parameter words: what a row says in place of its rates.
  private static func lines(
    _ columns: [Grid.Column], _ rows: [[Grid.Cell]], _ words: [String?], _ style: Style
  ) -> [String] {
    let names = rows.map { $0[0].text }
    let grid = Grid(columns: columns, rows: rows)
    let widest = max(columns[0].title.displayWidth, names.map(\.displayWidth).max() ?? 0)
    let room = grid.width > style.width ? max(12, style.width - (grid.width - widest)) : widest
    let short = Grid(
      columns: columns,
      rows: rows.map { row in
        row[0].text.displayWidth > room ? [Grid.Cell(text: "")] + row.dropFirst() : row
      })
    let lines = short.lines(style)
    let margin = min(room, widest) + 2
    return lines.prefix(1)
      + zip(zip(names, words), lines.dropFirst()).flatMap { row, line in
        let (name, word) = row
        let isLong = name.displayWidth > room
        guard let word else { return isLong ? [name, line] : [line] }
        let gap = String(repeating: " ", count: max(2, margin - name.displayWidth))
        let line = name + gap + word
        return line.displayWidth > style.width ? [name, "    " + word] : [line]
      }
  }

  private static func rates(_ rates: Rates) -> [String] {
    TokenClass.allCases.map { tokenClass in
      let (rate, from) = rates.applied(to: tokenClass)
      let fallback = from == tokenClass ? "" : " (no rate of its own: \(from.rawValue))"
      return "  \(tokenClass.rawValue): \(rate)\(fallback)"
    }
  }

  /// Tiers and windows of the entry in force.
  private static func conditions(of model: ModelID, at instant: Int64, in table: PriceTable) -> [String] {
    guard let entry = table.pricedModel(model)?.price(at: instant) else { return [] }
    let tiers = entry.tiers.map { tier in
      "  above \(Figures.count(tier.aboveInputTokens)) prompt tokens: \(tier.rates.input) in, \(tier.rates.output) out"
    }
    return tiers
      + entry.windows.map { window in
        "  \(window.words): \(window.rates.input) in, \(window.rates.output) out"
      }
  }

  private static func origin(_ source: String?, _ verified: CivilDay?) -> [String] {
    ["  source: \(source.map(SafeText.terminal) ?? "none"); verified \(verified?.description ?? "never")"]
  }
}
