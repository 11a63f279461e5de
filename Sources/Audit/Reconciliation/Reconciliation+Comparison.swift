package import Model
import Pricing

extension Reconciliation {
  /// Compares.
  /// - Parameters:
  ///   - lines: the bill's rows of tokens by day and model.
  ///   - use: the ledger's side by day and model.
  ///   - roundedPlaces: what the bill's amounts are rounded to.
  ///   - rates: every set of rates that the table has for a model on some days and prompts of up to so many tokens.
  package static func of(
    lines: [Key: [BillRow]], use: [Key: LedgerUse], fees: [Fee], roundedPlaces: Int?,
    rates: (Key, Int64) -> TableRates
  ) -> Reconciliation {
    let keys = Set(lines.keys).union(use.keys).sorted()
    let namesMoney = lines.values.contains { $0.contains { $0.cost != nil } }
    let rows = keys.map { key in
      let lines = lines[key] ?? []
      var row = BillComparison(
        key: key, lines: lines, use: use[key] ?? LedgerUse(), roundedPlaces: roundedPlaces,
        rates: rates(key, lines.longestPrompt)
      ).row
      row.mode = key.mode
      if !row.isBilled, !namesMoney { row.listNothing() }
      row.settleMissing()
      return row
    }
    return Reconciliation(rows: rows, fees: fees)
  }
}

extension Reconciliation {
  /// Whether lines of a bill have as much as the ledger, so that nothing of this went by other keys.
  package static func covers(_ lines: [BillRow], _ use: LedgerUse) -> Bool {
    if lines.contains(where: { $0.requests != nil }) {
      return lines.reduce(0) { $0 + ($1.requests ?? 0) } >= Int64(use.answered)
    }
    let tokens = lines.tokens
    return tokens.isEmpty ? lines.cost >= use.cost : use.tokens.allSatisfy { tokens[$0.key, default: 0] >= $0.value }
  }
}

extension [BillRow] {
  /// The longest prompt that a request of these can have had, tokens.
  var longestPrompt: Int64 {
    guard contains(where: { !$0.tokens.isEmpty }) else { return .max }
    return reduce(0) { sum, row in
      row.tokens.reduce(sum) { $1.key == .output ? $0 : $0 + $1.value }
    }
  }
}
