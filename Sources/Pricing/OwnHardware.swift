/// What own hardware costs while it stands there, used or not.
public struct OwnHardware: Hashable, Sendable {
  /// What was paid once.
  public var price: Money
  /// Over how many months that is spread.
  public var amortisationMonths: Int
  /// Draw while it runs, watts.
  public var watts: Int
  /// How long it runs a day, thousandths of an hour.
  public var hourThousandthsPerDay: Int
  /// Price of a kilowatt-hour.
  public var tariffPerKWh: Money
  /// Rent, cooling, a share of somebody's time: whatever else a month costs.
  public var otherMonthly: Money
  /// Throughput when it is busy, output tokens a second, where somebody measured it.
  public var tokensPerSecond: Int?

  /// The fixed cost of a month: hardware ÷ months + kilowatts × hours a day × 365 ÷ 12 days × tariff + other.
  ///
  /// The mean month of 365 ÷ 12 days keeps the fee the same in every month. Hardware and power are each rounded half
  /// to even to a picodollar.
  public var monthly: Money {
    let power = tariffPerKWh.multiplied(
      by: Int128(watts) * Int128(hourThousandthsPerDay) * 365, over: 1000 * 1000 * 12)
    return price.multiplied(by: 1, over: Int128(amortisationMonths)) + power + otherMonthly
  }
}
