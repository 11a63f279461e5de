import Foundation
import Model

/// DeepSeek's two files: the one of amounts has tokens and prices, the one of costs has the currency, what was charged,
/// and what of it was paid out of a balance that was given away.
extension DeepSeekBill {
  /// Bills of amounts with the currency that the file of costs names: the one of the same archive, else of any.
  /// - Throws: `BillError.severalCurrencies` where files of costs name several, and nothing tells which one is its own.
  static func withCurrencies(_ bills: [Bill]) throws(BillError) -> [Bill] {
    let costs = bills.filter { $0.format == Self.costs }
    var settled = bills
    for place in bills.indices where bills[place].format == amounts && bills[place].assumesCurrency {
      let beside = costs.filter { $0.archive == bills[place].archive }
      let own = beside.isEmpty ? costs : beside
      guard let first = own.first else { continue }
      guard own.allSatisfy({ $0.currency == first.currency }) else {
        throw .severalCurrencies(
          path: bills[place].files.first ?? "", costs: own.map { "\($0.files.first ?? "") (\($0.currency))" })
      }
      (settled[place].currency, settled[place].assumesCurrency) = (first.currency, first.assumesCurrency)
    }
    return settled
  }

  /// Adds to bills of amounts what the bills of costs charge. Those that no bill of amounts is for stay by themselves.
  static func joined(_ bills: [Bill]) -> [Bill] {
    var joined = bills.filter { $0.format != Self.costs }
    for costs in bills where costs.format == Self.costs {
      let places = joined.indices.filter { joined[$0].format == amounts && joined[$0].currency == costs.currency }
      // A file of costs without instants does not say its zone.
      let zoned = places.filter { joined[$0].timeZone == costs.timeZone }
      let takers = zoned.isEmpty && costs.timeZone == .gmt ? places : zoned
      var left = costs
      for place in takers {
        let days = Set(joined[place].rows.map(\.day))
        // The last one takes the days that no file of amounts has.
        let isLast = place == takers.last
        let own = left.rows.filter { isLast || days.contains($0.day) }
        left.rows.removeAll { isLast || days.contains($0.day) }
        joined[place].charge(own, places: costs.roundedPlaces)
        joined[place].files += costs.files
        joined[place].repeats += costs.repeats
      }
      if !left.rows.isEmpty { joined.append(left) }
    }
    return joined
  }
}

extension Bill {
  /// A model's day.
  private struct Subject: Hashable {
    var day: CivilDay
    var model: String?

    init(_ row: BillRow) {
      day = row.day
      model = row.model?.lowercased()
    }
  }

  /// Adds what was charged for amounts: the money is the charge's, and what it has beside the amounts at their prices is
  /// a row of its own.
  /// - Parameter places: what the charges are rounded to.
  fileprivate mutating func charge(_ costs: [BillRow], places: Int?) {
    let charges = Dictionary(grouping: costs.filter { $0.fee == nil }, by: Subject.init)
    let listed = Dictionary(grouping: rows, by: Subject.init)
    let days = Set(charges.keys.map(\.day))
    var mended: [BillRow] = []
    for (subject, rows) in listed where days.contains(subject.day) {
      let priced = rows.compactMap(\.cost)
      guard !priced.isEmpty, let first = rows.first else { continue }
      let own = charges[subject] ?? []
      let difference = own.cost - priced.reduce(.zero, +)
      guard difference != .zero else { continue }
      var row = BillRow(day: subject.day, model: first.model, cost: difference)
      row.mends =
        difference.magnitude <= ExactAmount.mostRounding(places: places, amounts: own.count) ? .rounding : .charge
      mended.append(row)
    }
    // What has no price among the amounts, or is not there, is charged as it stands.
    let unlisted = charges.filter { subject, _ in !(listed[subject] ?? []).contains { $0.cost != nil } }
    rows += mended.sorted { ($0.day, $0.model ?? "") < ($1.day, $1.model ?? "") }
    rows += costs.filter { $0.fee != nil || unlisted[Subject($0)] != nil }
  }
}
