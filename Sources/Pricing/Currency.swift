package import Model

/// What a currency other than the US dollar is worth over time.
package struct Currency: Hashable, Sendable {
  /// The ISO 4217 code (`EUR`).
  package var code: String
  /// What one unit is worth, oldest first.
  package var rates: [CurrencyRate]

  /// The rate in force at an instant (epoch milliseconds); `nil` before the first.
  package func rate(at milliseconds: Int64) -> CurrencyRate? {
    let later = rates.partitioningIndex { $0.from > milliseconds }
    return later > 0 ? rates[later - 1] : nil
  }
}

/// What one unit of a currency is worth from a day on.
package struct CurrencyRate: Hashable, Sendable {
  /// From when it applies, epoch milliseconds.
  package var from: Int64
  /// The worth of one unit, above zero.
  package var dollars: Money
  /// Where it was read.
  package var source: String?
  /// The day on which somebody last compared it with the source.
  package var verified: CivilDay?

  package init(from: Int64, dollars: Money, source: String? = nil, verified: CivilDay? = nil) {
    self.from = from
    self.dollars = dollars
    self.source = source
    self.verified = verified
  }

  /// The first day on which it applies (UTC).
  package var day: CivilDay { CivilDay(utc: from) }
  /// An amount in US dollars as an amount of this currency, rounded half to even.
  package func amount(of money: Money) -> Money {
    money.multiplied(by: Money.dollar.picodollars, over: dollars.picodollars)
  }
}

/// Amounts that a file gives in another currency, as amounts in US dollars: a piece for each rate of the currency that
/// comes into force while the amount holds. Each is rounded half to even, a rate to a picodollar a token.
struct CurrencyConversion {
  let currencies: [String: Currency]
  private(set) var findings: [Diagnostic] = []

  init(_ currencies: [Currency]) {
    self.currencies = Dictionary(currencies.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// One of the entries of a model or plan, and the currency that it is written in.
  struct Entry<Value: Sendable>: Sendable {
    var value: Value
    var from: Int64
    var currency: String?
    var place: Place
  }

  /// - Parameters:
  ///   - entries: oldest first.
  ///   - convert: the entry from an instant on, with its amounts at what a unit is then worth.
  mutating func pieces<Value: Sendable>(
    _ entries: [Entry<Value>], _ convert: (Value, _ from: Int64, _ unit: Money) -> Value
  ) -> [Value] {
    let used = Set(entries.compactMap(\.currency))
    guard !used.isEmpty else { return entries.map(\.value) }
    // Every entry is cut wherever any is: one that corrects another then corrects all of its pieces.
    let cuts = Set(used.flatMap { currencies[$0]?.rates.map(\.from) ?? [] }).sorted()
    var pieces: [(from: Int64, order: Int, value: Value)] = []
    for (index, entry) in entries.enumerated() {
      let next = entries.first { $0.from > entry.from }?.from ?? .max
      for from in [entry.from] + cuts.filter({ $0 > entry.from && $0 < next }) {
        if let piece = piece(of: entry, from: from, convert) { pieces.append((from, index, piece)) }
      }
    }
    return pieces.sorted { ($0.from, $0.order) < ($1.from, $1.order) }.map(\.value)
  }

  private mutating func piece<Value: Sendable>(
    of entry: Entry<Value>, from: Int64, _ convert: (Value, Int64, Money) -> Value
  ) -> Value? {
    guard let code = entry.currency else { return convert(entry.value, from, .dollar) }
    guard let rate = currencies[code]?.rate(at: from) else {
      findings.append(
        entry.place.error(
          "no rate of \(code) is in the table for \(CivilDay(utc: from)); add it under currencies", key: "currency"))
      return nil
    }
    return convert(entry.value, from, rate.dollars)
  }
}

extension PriceEntry {
  /// The entry from an instant on, with amounts of a currency turned into US dollars.
  func converted(from: Int64, at unit: Money) -> PriceEntry {
    var entry = self
    // A piece of an entry is as old as the entry: what was known of the whole is known of it.
    if from != self.from, recorded == nil { entry.recorded = CivilDay(utc: self.from) }
    entry.from = from
    guard unit != .dollar else { return entry }
    entry.rates = rates?.converted(at: unit)
    for index in tiers.indices { entry.tiers[index].rates = tiers[index].rates.converted(at: unit) }
    for index in windows.indices { entry.windows[index].rates = windows[index].rates.converted(at: unit) }
    return entry
  }
}

extension PlanFee {
  /// The fee from an instant on, with amounts of a currency turned into US dollars.
  func converted(from: Int64, at unit: Money) -> PlanFee {
    func dollars(_ amount: Money) -> Money { amount.multiplied(by: unit.picodollars, over: Money.dollar.picodollars) }
    var fee = self
    if from != self.from, recorded == nil { fee.recorded = day }
    fee.from = from
    guard unit != .dollar else { return fee }
    fee.annual = annual.map(dollars)
    if var hardware {
      hardware.price = dollars(hardware.price)
      hardware.tariffPerKWh = dollars(hardware.tariffPerKWh)
      hardware.otherMonthly = dollars(hardware.otherMonthly)
      fee.hardware = hardware
      fee.monthly = hardware.monthly
    } else {
      fee.monthly = fee.annual?.multiplied(by: 1, over: 12) ?? monthly.map(dollars)
    }
    fee.overage = overage.map { Rates(input: $0, output: $0).converted(at: unit).input }
    return fee
  }
}
