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

  init(_ hardware: OwnHardware, audit: PlanAudit, elapsed: Elapsed, fee: Money, blend: Blend) {
    tokensPerSecond = hardware.tokensPerSecond
    let tokens = Int128(audit.tokens.total)
    if tokens > 0, elapsed.passed > 0 {
      perMillionAtRealUse = fee.multiplied(by: elapsed.passed, over: elapsed.whole)
        .multiplied(by: 1_000_000, over: tokens)
    }
    perMillionAtThroughput = hardware.perMillionAtThroughput
    breakEvenHoursNominal = audit.breakEvenNominal.flatMap {
      hardware.hourThousandthsADay(for: $0, outputShare: (Int128(blend.output), Int128(blend.input + blend.output)))
    }
    breakEvenHoursActualMix = audit.breakEvenActualMix.flatMap {
      hardware.hourThousandthsADay(for: $0, outputShare: (Int128(audit.tokens.output), tokens))
    }
  }
}
