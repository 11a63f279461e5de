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
}
