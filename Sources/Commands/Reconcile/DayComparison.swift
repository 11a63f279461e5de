import Audit
import Model

/// What is compared with what: a model by a day, by the days that the bill sums up together, or, where the bill does
/// not tell the models of a day, all of the provider's.
struct DayComparison {
  let spans: BillSpans
  private let names: BilledNames
  /// All models of the provider.
  private let all: ModelID
  /// The days with rows of tokens that name no model.
  private let together: Set<ClosedRange<CivilDay>>
  /// The models by the bill's names, which repeat in every row.
  private let billed: [String: ModelID]

  /// - Parameter charged: the bill's rows of tokens.
  init(spans: BillSpans, names: BilledNames, provider: String, _ charged: [BillRow]) {
    self.spans = spans
    self.names = names
    all = ModelID(provider: provider, model: BilledUse.allModels)
    together = Set(charged.lazy.filter { $0.model == nil }.map { spans.days(of: $0.day) })
    billed = Set(charged.lazy.compactMap(\.model)).reduce(into: [:]) { $0[$1] = names.model($1) }
  }

  /// Of a row of the bill.
  func key(_ row: BillRow) -> Reconciliation.Key {
    let days = spans.days(of: row.day)
    guard let name = row.model, !together.contains(days) else { return Reconciliation.Key(model: all, days: days) }
    return Reconciliation.Key(model: billed[name] ?? names.model(name), days: days)
  }

  /// Of the ledger's requests to a model.
  func key(_ model: ModelID, _ day: CivilDay) -> Reconciliation.Key {
    let days = spans.days(of: day)
    return Reconciliation.Key(model: together.contains(days) ? all : names.own(model), days: days)
  }
}
