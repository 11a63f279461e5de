import Audit
import Model
import Pricing

extension Words {
  /// What modes of calls and searches of the web mean for the figures, a sentence each.
  var extras: [String] {
    let fees = report.webSearchFees
    let sum =
      fees > .zero
      ? ["With searches of the web, \(money(nil, report.totals.costs.shifted(by: fees))) was paid"] : []
    return report.extras.map { "\(what($0)) \(name($0.model)): \(meaning(of: $0))" } + sum
  }

  private func what(_ extra: PriceExtra) -> String {
    switch extra.kind {
    case .mode(let mode, _): "\(Figures.count(extra.count, "request")) in mode \(quote(mode)) to"
    case .webSearch: extra.count == 1 ? "1 web search by" : "\(Figures.count(extra.count)) web searches by"
    }
  }

  private func meaning(of extra: PriceExtra) -> String {
    switch extra.kind {
    case .mode(_, let factor?): return "priced at \(factor) times the rates"
    // `fast` without a factor has no price at all, which the table says.
    case .mode("fast", nil): return "no price in the table"
    case .mode(let mode, nil):
      return "no factor in the table, so priced as usual; to say it: "
        + code(Cure.command(for: extra.model, .mode(mode), offers: []))
    case .webSearch(let fee?):
      return "billed by the call: \(money(extra.fee)) at $\(fee) each, beside the costs of tokens"
    case .webSearch(nil): return "billed by the call: at a fee that the table does not know"
    }
  }
}

extension ClosedRange<Money> {
  fileprivate func shifted(by amount: Money) -> ClosedRange<Money> { lowerBound + amount...upperBound + amount }
}
