import Audit
import Foundation
package import Pricing
package import Model

/// A pricing table in memory.
package struct TestPrices: PriceBook {
  /// A price from an instant on; a prompt above the limit has the tier's rates.
  package struct Entry: Sendable {
    var from: Int64
    var rates: Rates
    var tier: (above: Int64, rates: Rates)?
  }

  package var entries: [ModelID: [Entry]] = [:]
  package var free: Set<ModelID> = []
  package var plans: [Plan] = []
  package var nearest: [ModelID] = []
  package var version = String(repeating: "3f2a9c0d", count: 8)

  package init() {}

  package func answer(for model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer {
    if let plan = plans.first(where: { $0.covers(model) && $0.isRunning(at: time) }) { return .plan(plan) }
    return listPrice(of: model, at: time, prompt: prompt)
  }

  package func listPrice(of model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer {
    if free.contains(model) { return .free }
    guard let entry = entries[model]?.last(where: { $0.from <= time }) else { return .unpriced(nearest: nearest) }
    let tier = entry.tier.flatMap { prompt > $0.above ? $0.rates : nil }
    return .perToken(PriceInForce(model: model, rates: tier ?? entry.rates, from: entry.from))
  }

  /// Adds a price; the dates of a model ascend.
  package mutating func add(
    _ model: ModelID, from: Int64 = 0, _ rates: Rates, tier: (above: Int64, rates: Rates)? = nil
  ) {
    entries[model, default: []].append(Entry(from: from, rates: rates, tier: tier))
  }
}

extension TestPrices {
  /// The prices of the specification's worked example, and a plan of $20.
  package static var example: TestPrices {
    var prices = TestPrices()
    prices.add(.sonnet, Rates(3, 15, cacheRead: "0.30", cacheWrite5m: "3.75", cacheWrite1h: "6"))
    prices.add(.minimax, Rates("0.24", "0.96"))
    prices.plans = [.pro()]
    return prices
  }
}

extension Plan {
  /// `ollama-cloud-pro`: $20 a month from 2026-01-01 on, or other fees.
  package static func pro(fees: [PlanFee]? = nil) -> Plan {
    Plan(
      name: "ollama-cloud-pro", kind: .subscription, models: [.kimi, .glm],
      fees: fees ?? [PlanFee(from: .at(2026, 1, 1), monthly: .usd("20"))])
  }
}

extension ModelID {
  package static let sonnet = ModelID(provider: "anthropic", model: "claude-sonnet-4-6")
  package static let minimax = ModelID(provider: "minimax", model: "MiniMax-M2.7")
  package static let glm = ModelID(provider: "ollama", model: "glm-5.2")
  package static let kimi = ModelID(provider: "ollama", model: "kimi-k2.7-code")
}

extension Money {
  /// An amount that the test knows to be one.
  package static func usd(_ text: String) -> Money {
    guard let money = Money(decimal: text) else { preconditionFailure("\(text) is no amount") }
    return money
  }
}

extension Rates {
  /// USD per million tokens.
  package init(
    _ input: Dollars, _ output: Dollars, cacheRead: Dollars? = nil, cacheWrite5m: Dollars? = nil,
    cacheWrite1h: Dollars? = nil
  ) {
    self.init(
      input: input.rate, output: output.rate, cacheRead: cacheRead?.rate, cacheWrite5m: cacheWrite5m?.rate,
      cacheWrite1h: cacheWrite1h?.rate)
  }
}

/// USD per million tokens, as a literal.
package struct Dollars: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, Sendable {
  var rate: Rate

  package init(integerLiteral value: Int64) { rate = Rate(picodollarsPerToken: value * 1_000_000) }
  package init(stringLiteral value: String) {
    rate = Rate(picodollarsPerToken: Int64(Money.usd(value).picodollars / 1_000_000))
  }
}

extension Int64 {
  /// An instant, UTC.
  package static func at(_ year: Int, _ month: Int, _ day: Int, hour: Int = 0, minute: Int = 0) -> Int64 {
    Int64(CivilDay.on(year, month, day).number) * 86_400_000 + Int64(hour * 60 + minute) * 60_000
  }
}

extension CivilDay {
  /// A day that the test knows to be one.
  package static func on(_ year: Int, _ month: Int, _ day: Int) -> CivilDay {
    guard let day = CivilDay(year: year, month: month, day: day) else { preconditionFailure("no such day") }
    return day
  }
}

extension TrafficSlice {
  /// Traffic at an instant, on its UTC day; one measured request unless counts say otherwise.
  package static func of(
    _ model: ModelID, at time: Int64, _ tokens: TokenUsage = .zero, counts: RequestCounts = RequestCounts(upstream: 1),
    prompt: Int64? = nil, route: Route = .default, session: String? = nil
  ) -> TrafficSlice {
    TrafficSlice(
      model: model, time: time, prompt: prompt ?? tokens.prompt, day: CivilDay(milliseconds: time, in: .gmt),
      route: route, session: session, counts: counts, tokens: tokens)
  }
}

/// Numbers that are random but the same in every run.
package struct SeededNumbers: RandomNumberGenerator {
  private var numbers: SplitMix

  package init(_ seed: UInt64) { numbers = SplitMix(state: seed) }

  package mutating func next() -> UInt64 { numbers.next() }

  /// One of some items.
  package mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &self)] }
}
