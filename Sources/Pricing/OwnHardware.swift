/// What own hardware costs while it stands there, used or not.
package struct OwnHardware: Hashable, Sendable {
  /// What was paid once.
  package var price: Money
  /// Over how many months that is spread.
  package var amortisationMonths: Int
  /// Draw while it runs, watts.
  package var watts: Int
  /// How long it runs a day, thousandths of an hour.
  package var hourThousandthsPerDay: Int
  /// Price of a kilowatt-hour.
  package var tariffPerKWh: Money
  /// Rent, cooling, a share of somebody's time: whatever else a month costs.
  package var otherMonthly: Money
  /// Throughput when it is busy, output tokens a second, where somebody measured it.
  package var tokensPerSecond: Int?

  /// The fixed cost of a month: hardware ÷ months + kilowatts × hours a day × 365 ÷ 12 days × tariff + other.
  ///
  /// The mean month of 365 ÷ 12 days keeps the fee the same in every month. Hardware and power are each rounded half
  /// to even to a picodollar.
  package var monthly: Money {
    let power = tariffPerKWh.multiplied(
      by: Int128(watts) * Int128(hourThousandthsPerDay) * 365, over: 1000 * 1000 * 12)
    return price.multiplied(by: 1, over: Int128(amortisationMonths)) + power + otherMonthly
  }

  /// A month ÷ the output tokens that it gives when it is busy in all the hours that it runs, a million of them; `nil`
  /// where the throughput is not known or it never runs.
  package var perMillionAtThroughput: Money? {
    guard let tokensPerSecond, hourThousandthsPerDay > 0 else { return nil }
    // Tokens a month: a second's × 3,600 × hours a day × 365 ÷ 12 days.
    let tokens = Int128(tokensPerSecond) * 3600 * Int128(hourThousandthsPerDay) * 365
    return monthly.multiplied(by: 1_000_000 * 1000 * 12, over: tokens)
  }

  /// How long it is busy a day with a month's tokens, thousandths of an hour, rounded up; `nil` where the throughput is
  /// not known.
  /// - Parameter outputShare: how many of so many tokens are output, which is what takes the time.
  package func hourThousandthsADay(for tokens: Int128, outputShare: (of: Int128, whole: Int128)) -> Int128? {
    guard let tokensPerSecond, outputShare.whole > 0 else { return nil }
    let second = Int128(tokensPerSecond) * 3600 * 365 * outputShare.whole
    let (work, overflow) = tokens.multipliedReportingOverflow(by: outputShare.of * 1000 * 12)
    return overflow ? nil : (work + second - 1) / second
  }
}
