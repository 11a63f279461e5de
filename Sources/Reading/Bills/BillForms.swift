package import Model

/// The same use in two of a provider's formats, such as its usage as CSV and as the API answers it: it counts once where
/// both say the same of each day, and is refused where they do not.
package struct BillForms {
  /// What a bill says of a day. Models are not told apart: two formats can name them in different ways.
  private struct Sum {
    var tokens: [TokenClass: Int64] = [:]
    var all: Int64?
    var requests: Int64?
    var cost: ExactAmount?
    var amounts = 0

    mutating func add(_ row: BillRow) {
      tokens.merge(row.tokens, uniquingKeysWith: +)
      if let count = row.allTokens { all = (all ?? 0) + count }
      if let count = row.requests { requests = (requests ?? 0) + count }
      guard let cost = row.cost else { return }
      self.cost = (self.cost ?? .zero) + cost
      amounts += 1
    }

    /// Whether both tell something of the same kind.
    func isComparable(_ other: Sum) -> Bool {
      all != nil && other.all != nil || cost != nil && other.cost != nil
    }

    /// Whether both say the same: of money, where both name it, else of tokens, which two formats can count in different
    /// ways.
    /// - Parameter slack: the most that rounding makes of the difference of their costs.
    func agrees(_ other: Sum, slack: ExactAmount) -> Bool {
      if let requests, let count = other.requests, requests != count { return false }
      if let cost, let other = other.cost { return (cost - other).magnitude <= slack }
      let isByClass = !tokens.isEmpty && !other.tokens.isEmpty
      return isByClass ? tokens.filter { $0.value != 0 } == other.tokens.filter { $0.value != 0 } : all == other.all
    }
  }

  /// The bills, each use once: of two forms the one that tells more is kept, or rounds less.
  /// - Throws: `BillError.twoForms`.
  package static func distinct(_ bills: [Bill]) throws(BillError) -> [Bill] {
    let told = bills.map { (detail($0), $0.roundedPlaces ?? .max) }
    let ordered = bills.indices.sorted { told[$0] == told[$1] ? $0 < $1 : told[$0] > told[$1] }
    var kept: [(place: Int, bill: Bill)] = []
    for place in ordered {
      var bill = bills[place]
      for index in kept.indices where isOfOneSeller(kept[index].bill, bill) {
        let found = try common(kept[index].bill, bill)
        guard !found.isEmpty else { continue }
        let rest = bill.rows.filter { !found.contains($0.day) }
        kept[index].bill.repeats.append(
          BillRepeat(
            file: bill.files.first ?? bill.format, original: kept[index].bill.files.first ?? kept[index].bill.format,
            rows: bill.rows.count - rest.count, isWhole: rest.isEmpty))
        bill.rows = rest
      }
      if !bill.rows.isEmpty { kept.append((place, bill)) }
    }
    return kept.sorted { $0.place < $1.place }.map(\.bill)
  }

  /// How much a bill tells: requests before days, money and tokens before one of them.
  private static func detail(_ bill: Bill) -> Int {
    (bill.rows.contains { $0.started != nil } ? 4 : 0) + (bill.hasMoney ? 2 : 0)
      + (bill.rows.contains { !$0.tokens.isEmpty } ? 2 : 0) + (bill.rows.contains { $0.requests != nil } ? 1 : 0)
  }

  private static func isOfOneSeller(_ first: Bill, _ second: Bill) -> Bool {
    first.provider != nil && (first.seller, first.provider) == (second.seller, second.provider)
      && first.timeZone == second.timeZone && first.currency == second.currency && first.format != second.format
      && first.isClaim == second.isClaim
  }

  /// The days that both have, and of which both tell the same kind of figures.
  private static func common(_ first: Bill, _ second: Bill) throws(BillError) -> Set<CivilDay> {
    let (one, other) = (sums(first), sums(second))
    let days = one.keys.filter { day in other[day].map { one[day]?.isComparable($0) ?? false } ?? false }
    for day in days.sorted() {
      guard let left = one[day], let right = other[day] else { continue }
      let slack =
        ExactAmount.mostRounding(places: first.roundedPlaces, amounts: left.amounts)
        + ExactAmount.mostRounding(places: second.roundedPlaces, amounts: right.amounts)
      guard left.agrees(right, slack: slack) else {
        throw .twoForms(
          first: first.files.first ?? first.format, second: second.files.first ?? second.format, day: day)
      }
    }
    return Set(days)
  }

  private static func sums(_ bill: Bill) -> [CivilDay: Sum] {
    bill.rows.reduce(into: [:]) { $0[$1.day, default: Sum()].add($1) }
  }
}
