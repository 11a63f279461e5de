import Audit
import Model
import Pricing

extension ReportSentences {
  /// What modes of calls and searches of the web mean for the figures, a sentence each.
  var extras: [String] {
    let (fees, costs) = (report.webSearchFees, report.totals.costs)
    // Amounts as they are shown, so that a reader who adds finds the same.
    let all =
      report.currency == nil && costs.lowerBound == costs.upperBound
      ? money(Figures.shown(costs.lowerBound) + Figures.shown(fees)) : money(nil, costs.shifted(by: fees))
    let ifByToken = undeclaredPlan == nil ? "" : Self.ifByToken
    let sum = fees > .zero ? ["With searches of the web, \(all) was paid\(ifByToken)"] : []
    return report.extras.map { "\(what($0)) \(name($0.model)): \(meaning(of: $0))" } + sum + searchedFirst
  }

  /// What web searches cost beside tokens, for the end of a sentence on what was paid; empty where there are none.
  var searchFees: String {
    report.webSearchFees > .zero ? ", and \(money(report.webSearchFees)) for web searches" : ""
  }

  /// OpenRouter searches the web before each call of a model whose name ends so, at a fee that no record holds.
  private var searchedFirst: [String] {
    report.models.filter { $0.counts.measured > 0 && $0.key.model.model.lowercased().hasSuffix(":online") }.map { row in
      "\(Figures.count(row.counts.measured, "request")) to \(name(row.key.model)) searched the web first: what that cost "
        + "is in no record and in no figure"
    }
  }

  private func what(_ extra: PriceExtra) -> String {
    switch extra.kind {
    case .mode(let mode, _, _), .modeOnPlan(let mode, _):
      "\(Figures.count(extra.count, "request")) in mode \(quote(mode)) to"
    case .webSearch, .webSearchOnPlan:
      extra.count == 1 ? "1 web search by" : "\(Figures.count(extra.count)) web searches by"
    }
  }

  private func meaning(of extra: PriceExtra) -> String {
    switch extra.kind {
    case .mode(_, let factor?, let plan):
      let besides = plan.map { "not paid by the plan \(quote($0)), so " } ?? ""
      return "\(besides)priced at \(factor) times the rates"
    // `fast` without a factor has no price at all, which the table says.
    case .mode("fast", nil, _): return "no price in the table"
    case .mode(let mode, nil, _):
      return "no factor in the table, so priced as usual; to say it: "
        + code(Cure.command(for: extra.model, .mode(mode), offers: []))
    case .webSearch(let fee?):
      return "billed by the call: \(money(extra.fee)) at $\(fee) each, beside the costs of tokens"
    case .webSearch(nil): return "billed by the call: at a fee that the table does not know"
    // A seller may bill a mode beside the fee without the table knowing it.
    case .modeOnPlan(_, let plan):
      return "counted within the plan \(quote(plan)); what the seller bills for it beside the fee is in no figure"
    case .webSearchOnPlan(let plan): return "paid by the plan \(quote(plan))"
    }
  }
}

extension ClosedRange<Money> {
  fileprivate func shifted(by amount: Money) -> ClosedRange<Money> { lowerBound + amount...upperBound + amount }
}
