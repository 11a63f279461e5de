import Audit
import Foundation
import Model

/// What is compared with what: a model by a day, by the days that the bill sums up together, or, where the bill does
/// not tell the models of a day, all of the provider's.
final class DayComparison {
  let spans: BillSpans
  private let names: BilledNames
  /// All models of the provider.
  private let all: ModelID
  /// The days with rows of tokens that name no model.
  private var together: Set<ClosedRange<CivilDay>> = []
  // Names repeat in every row, and telling them takes long.
  private var billed: [String: ModelID] = [:]
  private var own: [ModelID: ModelID] = [:]

  /// - Parameter charged: the bill's rows of tokens.
  init(spans: BillSpans, names: BilledNames, provider: String, _ charged: [BillRow]) {
    self.spans = spans
    self.names = names
    all = ModelID(provider: provider, model: BilledUse.allModels)
    for row in charged where row.model == nil { together.insert(spans.days(of: row.day)) }
  }

  /// Of a row of the bill.
  func key(_ row: BillRow) -> Reconciliation.Key {
    let days = spans.days(of: row.day)
    guard let name = row.model, !together.contains(days) else { return Reconciliation.Key(model: all, days: days) }
    let model = billed[name] ?? names.model(name)
    billed[name] = model
    return Reconciliation.Key(model: model, days: days)
  }

  /// Of the ledger's requests to a model.
  func key(_ model: ModelID, _ day: CivilDay) -> Reconciliation.Key {
    let days = spans.days(of: day)
    guard !together.contains(days) else { return Reconciliation.Key(model: all, days: days) }
    let named = own[model] ?? names.own(model)
    own[model] = named
    return Reconciliation.Key(model: named, days: days)
  }
}
