package import Foundation
package import Model

extension Bill {
  /// Files that belong together as one bill: pages and months of one format, what they have in common counted once;
  /// DeepSeek's two files; and a provider's tokens with the money for them, where two files tell them (Anthropic, OpenAI).
  /// - Parameters:
  ///   - addsAccounts: whether files that list the same use are of different accounts, and add up.
  ///   - usualZone: whose clock days are by that tell it in several ways.
  /// - Throws: `BillError.sameUse` where two files list other sums of the same use, `BillError.twoClocks` where they list
  ///   days of two zones that overlap.
  package static func joined(
    _ bills: [Bill], addsAccounts: Bool = false, usualZone: TimeZone = .gmt
  ) throws(BillError) -> [Bill] {
    var formats: [[Bill]] = []
    for bill in try DeepSeekBill.withCurrencies(bills).byOneClock(usual: usualZone) {
      if let place = formats.firstIndex(where: { $0[0].isOfOneFormat(with: bill) }) {
        formats[place].append(bill)
      } else {
        formats.append([bill])
      }
    }
    var joined: [Bill] = []
    for bills in formats {
      let whole = try Self.ofOneFormat(bills, addsAccounts)
      for other in joined where other.isOfOtherZone(than: whole) {
        try BillOverlap.checkZones(other, whole)
      }
      joined.append(whole)
    }
    return DeepSeekBill.joined(joined).reduce(into: []) { bills, bill in
      guard let place = bills.firstIndex(where: { $0.completes(bill) }) else { return bills.append(bill) }
      bills[place].format += " and \(bill.format)"
      bills[place].rows += bill.rows
      bills[place].currency = bill.hasMoney ? bill.currency : bills[place].currency
      bills[place].roundedPlaces = bills[place].roundedPlaces ?? bill.roundedPlaces
      bills[place].tellsModes = bills[place].tellsModes || bill.tellsModes
      bills[place].hasMore = bills[place].hasMore || bill.hasMore
      bills[place].files += bill.files
      bills[place].repeats += bill.repeats
    }
  }

  private static func ofOneFormat(_ bills: [Bill], _ addsAccounts: Bool) throws(BillError) -> Bill {
    var overlap = BillOverlap(addsAccounts: addsAccounts)
    var whole = bills[0]
    (whole.rows, whole.files, whole.repeats, whole.pages) = ([], [], [], [])
    for bill in bills {
      let rest = try overlap.rest(of: bill)
      whole.rows += rest.rows
      whole.files += rest.files
      whole.repeats += rest.repeats
      whole.roundedPlaces = [whole.roundedPlaces, bill.roundedPlaces].compactMap(\.self).min()
      whole.pages += bill.pages
      whole.tellsModes = whole.tellsModes && bill.tellsModes
    }
    whole.hasMore = whole.pages.lackOne
    return whole
  }

  var hasMoney: Bool { rows.contains { $0.cost != nil } }

  private func isOfOneFormat(with other: Bill) -> Bool {
    (seller, provider, format, currency) == (other.seller, other.provider, other.format, other.currency)
      && timeZone == other.timeZone
  }

  private func isOfOtherZone(than other: Bill) -> Bool {
    (seller, provider, format, currency) == (other.seller, other.provider, other.format, other.currency)
      && timeZone != other.timeZone
  }

  /// Whether one has the tokens without money, and the other the money by class without tokens.
  private func completes(_ other: Bill) -> Bool {
    guard seller == other.seller, timeZone == other.timeZone, hasMoney != other.hasMoney else { return false }
    let (money, use) = hasMoney ? (self, other) : (other, self)
    return use.rows.allSatisfy { !$0.tokens.isEmpty } && money.rows.allSatisfy { $0.tokens.isEmpty }
      && money.rows.contains { $0.chargedClass != nil }
  }
}
