import Model
import Pricing

/// What ran on a plan in a month or a period.
struct MonthUse {
  var counts = RequestCounts.zero
  var tokens = TokenUsage.zero
  /// At the baseline's rates, by the token classes that were observed.
  var plain = Costs()
  /// With what the baseline's own prompt cache would have held.
  var cached = Costs()
  /// As observed, had caches served what they can have.
  var least = Costs()
  /// Whether that differs from what was observed.
  var isSplitUnknown = false
  private var tokensOfDays: [CivilDay: Int64] = [:]

  /// Costs at the baseline's rates.
  struct Costs {
    /// `nil` where a part has no price or was not worked out.
    var sum: Money? = .zero
    var days: [CivilDay: Money] = [:]

    mutating func add(_ cost: Money?, on day: CivilDay) {
      sum = sum.flatMap { sum in cost.map { sum + $0 } }
      days[day, default: .zero] += cost ?? .zero
    }
  }

  init(_ slices: [PricedSlice], life: CacheLife) {
    for priced in slices {
      counts += priced.slice.counts
      tokens += priced.tokens
      guard priced.slice.counts.measured > 0 else { continue }
      plain.add(priced.baselineCost, on: priced.slice.day)
      cached.add(priced.cachedCost(life), on: priced.slice.day)
      least.add(priced.leastBaselineCost, on: priced.slice.day)
      if priced.cachedTokens.map({ $0 != priced.tokens }) ?? false { isSplitUnknown = true }
      tokensOfDays[priced.slice.day, default: 0] += priced.tokens.total
    }
  }

  func tokens(before day: CivilDay) -> Int64 { tokensOfDays.reduce(0) { $0 + ($1.key < day ? $1.value : 0) } }

  func staysBelow(_ fee: Money, by kind: KeyPath<MonthUse, Costs>) -> Bool {
    let answered = counts.requests - counts.failed
    guard let cost = self[keyPath: kind].sum else { return false }
    guard counts.measured > 0 else { return answered == 0 && fee > .zero }
    return cost.multiplied(by: Int128(answered), over: Int128(counts.measured)) < fee
  }
}

extension MonthUse.Costs {
  /// The projection give or take two standard deviations. With `n` whole days so far of variance `s²`, the sum of `L`
  /// days to come has the variance `s² × (L + L² ÷ n)`: of those days themselves, and of the mean that they are
  /// projected with. Never below what the month has cost already.
  func range(around projected: Money, elapsed: Elapsed) -> ClosedRange<Money>? {
    // Millionths of a dollar: their squares fit.
    let costs = elapsed.wholeDays.map { Int128(clamping: (days[$0]?.picodollars ?? 0) / 1_000_000) }
    let count = Int128(costs.count)
    let left = (elapsed.whole - elapsed.passed) * 1000 / elapsed.day
    guard count > 1, let baselineCost = sum else { return nil }
    let total = costs.reduce(0, +)
    // n² times the sum of squared deviations is n × (n × Σx² − (Σx)²).
    var squares = Int128(0)
    for cost in costs {
      let (square, overflow) = cost.multipliedReportingOverflow(by: cost)
      guard !overflow, square < Int128.max / 1_000_000_000_000 else { return nil }
      squares += square
    }
    let deviation = (count * squares - total * total) / count
    let spread = deviation * (left * 1000 * count + left * left) / ((count - 1) * count * 1_000_000)
    let margin = Money(picodollars: 2 * Int128(UInt128(spread.magnitude).squareRoot()) * 1_000_000)
    return min(projected, max(baselineCost, projected - margin))...(projected + margin)
  }
}

extension UInt128 {
  /// The whole part of the square root, by Newton's method.
  fileprivate func squareRoot() -> UInt128 {
    guard self > 1 else { return self }
    var root = UInt128(1) << UInt128((UInt128.bitWidth - leadingZeroBitCount + 1) / 2)
    while true {
      let next = (root + self / root) / 2
      guard next < root else { return root }
      root = next
    }
  }
}
