import Model
import Pricing

/// Both sides of a row, and what is left when prices are explained: use that the ledger has not measured, and use that
/// only it has.
struct BillSums {
  var billed: ExactAmount
  /// Of what has a price.
  var ledger: ExactAmount
  /// Use beyond the measured one, at the bill's rates; at the table's where the bill has none.
  var beyond = ExactAmount.zero
  /// Measured use that the bill has not, at the table's rates; not below zero.
  var lacking = ExactAmount.zero
  /// Whether the bill has the sum of all tokens, and no tokens by class.
  var tellsTotal = false

  init(billed: ExactAmount, ledger: ExactAmount) {
    self.billed = billed
    self.ledger = ledger
  }

  var difference: ExactAmount { billed - ledger }

  mutating func add(_ amount: ExactAmount) {
    if amount > .zero { beyond = beyond + amount } else { lacking = lacking - amount }
  }

  /// Says whose the use is that one side has and the other has not. What no request can have cost has no cause.
  /// - Parameter highest: the table's highest rate; `nil` where it has none.
  func attribute(_ row: inout Reconciliation.Row, _ use: LedgerUse, highest: Rate?) {
    let tellsUse = row.beyond != nil
    // Requests of the bill beyond the ledger's; below zero where it has fewer.
    let extra = row.billedRequests.map { $0 - Int64(use.answered) }
    // The bill can have charged no more of them than it has requests.
    let unmeasured = row.billedRequests.map { min($0, Int64(use.unmeasured)) } ?? Int64(use.unmeasured)
    if lacking > .zero { row.causes.missing = .zero - missing(row, extra, highest) }
    if let beyond = row.beyond, extra == 0, unmeasured > 0, !beyond.isEmpty, beyond.values.allSatisfy({ $0 > 0 }),
      Reconciliation.Limit.holds(beyond.values.reduce(0, +), of: unmeasured)
    {
      (row.tellsUnmeasured, row.chargedForUnmeasured) = (true, row.isPricedHere ? nil : self.beyond)
    }
    guard beyond > .zero else { return }
    guard let others = extra.map({ max(0, $0) }) ?? (tellsUse || unmeasured == 0 ? nil : 0) else {
      // Any number of requests can be others'.
      if unmeasured > 0 {
        row.causes.together = beyond
      } else if tellsUse || tellsTotal {
        row.causes.others = beyond
      }
      return
    }
    guard unmeasured + others > 0 else { return }
    // Nobody knows which models others sent all of them to.
    let rate = row.isOfAllModels && others > 0 ? nil : highest.map { max($0, meanRate(row)) }
    let limit = rate.map { Reconciliation.Limit(requests: unmeasured + others, rate: $0) }
    let amount = limit.map { min(beyond, $0.most) } ?? beyond
    row.exceedsLimit = amount < beyond
    row.limit = row.exceedsLimit || !tellsUse && !tellsTotal ? limit : nil
    if unmeasured == 0 {
      row.causes.others = amount
    } else if others > 0 || extra == nil {
      row.causes.together = amount
    } else {
      row.causes.unmeasured = amount
    }
  }

  /// The mean rate of the use beyond the measured one, where the bill tells its tokens; it may be above all of the table's.
  private func meanRate(_ row: Reconciliation.Row) -> Rate {
    let tokens = (row.beyond ?? [:]).values.reduce(0) { $0 + max(0, $1) }
    guard tokens > 0 else { return Rate(picodollarsPerToken: 0) }
    // Rounded up, so that the tokens never cost more at it than they did.
    let (picodollars, rest) = beyond.units.quotientAndRemainder(dividingBy: Int128(tokens) * 1_000_000)
    return Rate(picodollarsPerToken: Int64(clamping: picodollars + (rest > 0 ? 1 : 0)))
  }

  /// What of the measured use that the bill has not is missing from it. Where it tells no tokens, a bill of less can as
  /// well be cheaper, unless it counts fewer requests.
  private func missing(_ row: Reconciliation.Row, _ extra: Int64?, _ highest: Rate?) -> ExactAmount {
    if row.beyond != nil || tellsTotal { return lacking }
    guard let extra, extra < 0 else { return .zero }
    return highest.map { min(lacking, Reconciliation.Limit(requests: -extra, rate: $0).most) } ?? lacking
  }
}
