package import Model

extension Bill {
  /// Files that belong together as one bill: pages and months of one format; DeepSeek's two files; and a provider's
  /// tokens with the money for them, where two files tell them (Anthropic, OpenAI).
  package static func joined(_ bills: [Bill]) -> [Bill] {
    var joined: [Bill] = []
    for bill in DeepSeekBill.joined(bills) {
      guard let place = joined.firstIndex(where: { $0.isOfOneFormat(with: bill) }) else {
        joined.append(bill)
        continue
      }
      joined[place].rows += bill.rows
      joined[place].roundedPlaces = [joined[place].roundedPlaces, bill.roundedPlaces].compactMap(\.self).min()
      joined[place].hasMore = joined[place].hasMore && bill.hasMore
    }
    return joined.reduce(into: []) { bills, bill in
      guard let place = bills.firstIndex(where: { $0.completes(bill) }) else { return bills.append(bill) }
      bills[place].format += " and \(bill.format)"
      bills[place].rows += bill.rows
      bills[place].currency = bill.hasMoney ? bill.currency : bills[place].currency
      bills[place].roundedPlaces = bills[place].roundedPlaces ?? bill.roundedPlaces
      bills[place].hasMore = bills[place].hasMore || bill.hasMore
    }
  }

  private var hasMoney: Bool { rows.contains { $0.cost != nil } }

  private func isOfOneFormat(with other: Bill) -> Bool {
    (seller, provider, format, currency) == (other.seller, other.provider, other.format, other.currency)
      && timeZone == other.timeZone
  }

  /// Whether one has the tokens without money, and the other the money by class without tokens.
  private func completes(_ other: Bill) -> Bool {
    guard seller == other.seller, timeZone == other.timeZone, hasMoney != other.hasMoney else { return false }
    let (money, use) = hasMoney ? (self, other) : (other, self)
    return use.rows.allSatisfy { !$0.tokens.isEmpty } && money.rows.allSatisfy { $0.tokens.isEmpty }
      && money.rows.contains { $0.chargedClass != nil }
  }
}
