package import Pricing
import Model

/// What own hardware costs a token, idle time included, and how busy it must be to pay.
package struct HardwareUse: Hashable, Sendable {
  /// Output tokens a second when it is busy, where somebody measured them.
  package var tokensPerSecond: Int?
  /// The fee of the month so far ÷ its measured tokens, a million of them; `nil` without any.
  package var perMillionAtRealUse: Money?
  /// The fee ÷ what it can answer in the hours that it runs, a million output tokens.
  package var perMillionAtThroughput: Money?
  /// Thousandths of an hour a day at that throughput, rounded up, after which it pays: at the nominal blend.
  package var breakEvenHoursNominal: Int128?
  /// The same in the month's real mix.
  package var breakEvenHoursActualMix: Int128?

  /// - Parameters:
  ///   - use: the measured tokens of the month so far.
  ///   - breakEven: the tokens after which it pays, at the nominal blend and in the month's real mix.
  init(
    _ hardware: OwnHardware, use: TokenUsage, breakEven: (nominal: Int128?, actualMix: Int128?), elapsed: Elapsed,
    fee: Money, blend: Blend
  ) {
    tokensPerSecond = hardware.tokensPerSecond
    let tokens = Int128(use.total)
    if tokens > 0, elapsed.passed > 0 {
      perMillionAtRealUse = fee.multiplied(by: elapsed.passed, over: elapsed.whole)
        .multiplied(by: 1_000_000, over: tokens)
    }
    perMillionAtThroughput = hardware.perMillionAtThroughput
    breakEvenHoursNominal = breakEven.nominal.flatMap {
      hardware.hourThousandthsADay(for: $0, outputShare: (Int128(blend.output), Int128(blend.input + blend.output)))
    }
    breakEvenHoursActualMix = breakEven.actualMix.flatMap {
      hardware.hourThousandthsADay(for: $0, outputShare: (Int128(use.output), tokens))
    }
  }
}
