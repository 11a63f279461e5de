import Model
import Pricing

/// The rows of a bill whose tokens stand in one file and whose money stands in another: what both have, and what one of
/// them alone has. Pure.
///
/// Nothing tells which price money has whose tokens are not there, nor what tokens cost whose money is not there.
struct TwoFiles {
  /// What can be compared.
  private(set) var both: [BillRow]
  /// Money of which the other file has no tokens.
  private(set) var money: [BillRow] = []
  /// Tokens of which the other file has no money.
  private(set) var tokens: [TokenClass: Int64] = [:]

  /// Whose use a row is, as far as it tells that.
  private struct Owner: Hashable {
    var keyName: String?
    var scope: [String: Int]

    init(_ row: BillRow) { (keyName, scope) = (row.keyName, row.scope) }

    func isApart(from other: Owner) -> Bool {
      if let keyName, let name = other.keyName, keyName != name { return true }
      return BillRow.areApart(scope, other.scope)
    }
  }

  /// Sets apart what went by keys, workspaces or projects that one file has and the other has not, and money that is for no
  /// class of tokens.
  init(_ rows: [BillRow]) {
    both = rows
    let (paid, use) = (rows.filter { $0.cost != nil }, rows.filter { $0.cost == nil && !$0.tokens.isEmpty })
    guard !use.isEmpty, Self.isMoney(paid) else { return }
    let (payers, users) = (Set(paid.map(Owner.init)), Set(use.map(Owner.init)))
    both = []
    for row in rows {
      let owner = Owner(row)
      if row.cost != nil {
        let isTold = row.chargedClass != nil && users.contains { !$0.isApart(from: owner) }
        if isTold { both.append(row) } else { money.append(row) }
      } else if payers.contains(where: { !$0.isApart(from: owner) }) {
        both.append(row)
      } else {
        tokens.merge(row.tokens, uniquingKeysWith: +)
      }
    }
  }

  private static func isMoney(_ paid: [BillRow]) -> Bool {
    paid.allSatisfy { $0.tokens.isEmpty && $0.total == nil } && paid.contains { $0.chargedClass != nil }
  }

  /// Sets apart classes, and modes, that one file has and the other has not.
  /// - Parameters:
  ///   - rates: those of the table for a class.
  ///   - rounding: the most that rounding makes of so many amounts.
  mutating func separate(rates: (TokenClass) -> [Rate], rounding: (Int) -> ExactAmount) {
    let paid = both.filter { $0.cost != nil }
    let use = both.filter { $0.cost == nil && !$0.tokens.isEmpty }
    guard !use.isEmpty, !paid.isEmpty, Self.isMoney(paid) else { return }
    let (ofMoney, ofUse) = (Set(paid.map(\.mode)), Set(use.map(\.mode)))
    if ofMoney.isStrictSubset(of: ofUse), pays(paid, use.filter { ofMoney.contains($0.mode) }, rates, rounding) {
      for row in use where !ofMoney.contains(row.mode) { tokens.merge(row.tokens, uniquingKeysWith: +) }
      both.removeAll { $0.cost == nil && !$0.tokens.isEmpty && !ofMoney.contains($0.mode) }
    }
    for mode in ofMoney == ofUse ? Array(ofMoney) : [nil] {
      for tokenClass in TokenClass.allCases {
        func isOfMode(_ row: BillRow) -> Bool { ofMoney != ofUse || row.mode == mode }
        func isPaid(_ row: BillRow) -> Bool { row.cost != nil && row.chargedClass == tokenClass && isOfMode(row) }
        let count = both.reduce(Int64(0)) { $0 + (isOfMode($1) ? $1.tokens[tokenClass] ?? 0 : 0) }
        let charges = both.filter(isPaid)
        if charges.isEmpty, count > 0 {
          // What is rounded to nothing may be left out.
          if let highest = rates(tokenClass).max(), highest.exact * count <= rounding(1) { continue }
          tokens[tokenClass, default: 0] += count
          for place in both.indices where isOfMode(both[place]) { both[place].tokens[tokenClass] = nil }
        } else if count == 0, charges.cost.magnitude > rounding(charges.count) {
          money += charges
          both.removeAll(where: isPaid)
        }
      }
    }
  }

  /// Whether money is what tokens cost at rates of the table.
  private func pays(
    _ paid: [BillRow], _ use: [BillRow], _ rates: (TokenClass) -> [Rate], _ rounding: (Int) -> ExactAmount
  ) -> Bool {
    let tokens = use.tokens
    return TokenClass.allCases.allSatisfy { tokenClass in
      let own = paid.filter { $0.chargedClass == tokenClass }
      let count = tokens[tokenClass] ?? 0
      if own.isEmpty { return count == 0 }
      return rates(tokenClass).contains { (own.cost - $0.exact * count).magnitude <= rounding(own.count) }
    }
  }
}
