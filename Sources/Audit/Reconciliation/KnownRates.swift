package import Model
package import Pricing

/// What the table has for a model on the days of a bill's row.
package struct TableRates: Hashable, Sendable {
  /// Those of short prompts, by hours of the day; the usual ones first.
  package var byHour: [Rates]
  /// Those of long prompts.
  package var ofLongPrompts: [Rates]
  /// The day from which the entry of rates applies.
  package var since: [Rates: CivilDay] = [:]

  /// Rates; none where the table has no price.
  package init(byHour: [Rates] = [], ofLongPrompts: [Rates] = []) {
    self.byHour = byHour
    self.ofLongPrompts = ofLongPrompts
  }
}

/// What a token of a bill's row can have cost by the table, and which measured tokens it stands beside: a day can have
/// several rates, by the hour or by the length of a prompt.
struct KnownRates {
  private var measured: [LedgerUse.Part]
  private let listed: [Rates]
  private let entries: [Rates: CivilDay]
  /// The class under which the bill lists tokens of a class.
  private let named: (TokenClass) -> TokenClass

  /// - Parameters:
  ///   - isOfSameRequests: whether bill and ledger have the same requests: those that were not measured then ran at the
  ///     rates of their own hours, and at no others of the day.
  ///   - named: the class under which the bill lists tokens of a class.
  init(use: LedgerUse, table: TableRates, isOfSameRequests: Bool, named: @escaping (TokenClass) -> TokenClass) {
    measured = use.parts
    let own = use.unmeasuredRates
    entries = table.since
    let byHour = isOfSameRequests && !own.isEmpty ? own : table.byHour + own
    listed = (byHour + table.ofLongPrompts).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    self.named = named
  }

  /// The measured tokens that the bill lists under a class.
  func parts(of tokenClass: TokenClass) -> [LedgerUse.Part] { measured.filter { named($0.tokenClass) == tokenClass } }

  /// Puts measured tokens under the class under which the bill has them, at the table's rate of that.
  /// - Returns: `nil` where these have several rates, or none.
  mutating func shift(_ tokens: Int64.Magnitude, from: TokenClass, to: TokenClass) -> Reconciliation.Shift? {
    let places = measured.indices.filter { measured[$0].tokenClass == from && measured[$0].tokens != 0 }
    guard let place = places.first, places.count == 1, named(from) == from, named(to) == to,
      let own = measured[place].rate, let rate = rates(of: to).first, let count = Int64(exactly: tokens),
      count <= measured[place].tokens
    else { return nil }
    measured[place].tokens -= count
    measured.append(LedgerUse.Part(tokenClass: to, rate: rate, tokens: count))
    return Reconciliation.Shift(from: from, to: to, tokens: count, price: (rate.exact - own.exact) * count)
  }

  /// Whether the table has a rate for the class on these days, whatever the hour or the length of the prompt.
  /// - Parameter rate: dollars for a million tokens.
  func has(_ rate: ExactAmount, of tokenClass: TokenClass) -> Bool {
    rates(of: tokenClass).contains { $0.exact * 1_000_000 == rate }
  }

  /// Those of a class, the usual one first.
  func rates(of tokenClass: TokenClass) -> [Rate] {
    let all = listed.map { $0.applied(to: tokenClass).rate } + parts(of: tokenClass).compactMap(\.rate)
    return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// From which day the table has a rate of a class, the latest of several; `nil` where no entry of these days has it.
  func since(_ rate: Rate, of tokenClass: TokenClass) -> CivilDay? {
    entries.filter { $0.key.applied(to: tokenClass).rate == rate }.map(\.value).max()
  }

  /// From which day the entry applies that all rates are of; `nil` where they are of several.
  var since: CivilDay? {
    let days = Set(entries.values)
    return days.count == 1 ? days.first : nil
  }

  /// Whether there is none.
  var isEmpty: Bool { listed.isEmpty && measured.allSatisfy { $0.rate == nil } }

  /// The highest one of any class; `nil` where there is none.
  var highest: Rate? { all.max() }

  /// The lowest one of any class; `nil` where there is none.
  var lowest: Rate? { all.min() }

  private var all: [Rate] {
    listed.flatMap { rates in TokenClass.allCases.map { rates.applied(to: $0).rate } } + measured.compactMap(\.rate)
  }
}
