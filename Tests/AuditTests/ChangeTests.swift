import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// What would change, and what corrections of prices have changed.
@Suite struct Changes {
  let noon = Int64.at(2026, 6, 24, hour: 12)
  let dear = ModelID(provider: "acme", model: "dear-1")
  let work = TokenUsage(input: 1_000_000, output: 100_000)

  var prices: TestPrices {
    var prices = TestPrices.example
    prices.add(dear, Rates(4, 20))
    return prices
  }

  /// 30 days of June.
  var june: AuditPeriod { AuditPeriod(since: .on(2026, 6, 1), until: .on(2026, 6, 30), timeZone: .gmt) }

  func simulate(
    _ traffic: [TrafficSlice], _ moves: [Simulation.Move], taking plan: Plan? = nil
  ) -> Simulation {
    var other = prices
    other.plans += plan.map { [$0] } ?? []
    return Simulation.run(
      traffic, in: june, moves: moves, recorded: RecordedTime(from: .on(2026, 1, 1)), now: .at(2026, 7, 1),
      prices: prices, then: other)
  }

  @Test func movesARoute() {
    let traffic = [
      TrafficSlice.of(dear, at: noon, work, route: .think), .of(dear, at: noon, work, route: .background),
    ]
    let simulation = simulate(traffic, [.init(route: .think, to: .minimax)])
    #expect(simulation.rows.map(\.route) == [.background, .think])
    #expect(simulation.rows.map(\.target) == [dear, .minimax])
    #expect(simulation.rows.map(\.now) == [.usd("6"), .usd("6")])
    // 0.24 + 0.096.
    #expect(simulation.rows.map(\.then) == [.usd("6"), .usd("0.336")])
    // The plan's $20 are paid either way.
    #expect(simulation.now == .usd("32"))
    #expect(simulation.then == .usd("26.336"))
    #expect(simulation.fees.map(\.isUsed) == [false])
  }

  @Test func aRouteGoesBeforeAll() {
    let traffic = [TrafficSlice.of(dear, at: noon, work, route: .think), .of(dear, at: noon, work)]
    let simulation = simulate(
      traffic, [.init(route: nil, to: .sonnet), .init(route: .think, to: .glm)])
    #expect(simulation.rows.map(\.target) == [.sonnet, .glm])
    // On the plan it costs nothing more; Sonnet: 3 + 1.5.
    #expect(simulation.rows.map(\.then) == [.usd("4.5"), .zero])
    #expect(simulation.fees.map(\.isUsed) == [true])
  }

  @Test func takesAPlan() {
    let max = Plan(
      name: "max", kind: .subscription, models: [.sonnet],
      fees: [PlanFee(from: .at(2026, 1, 1), monthly: .usd("100"))])
    let simulation = simulate(
      [.of(dear, at: noon, work), .of(.minimax, at: noon, work)], [.init(route: nil, to: .sonnet)], taking: max)
    #expect(simulation.rows.allSatisfy { $0.then == .zero })
    #expect(simulation.fees.map(\.plan) == ["max", "ollama-cloud-pro"])
    #expect(simulation.fees.map(\.then) == [.usd("100"), .usd("20")])
    #expect(simulation.now == .usd("26.336"))
    #expect(simulation.then == .usd("120"))
  }

  @Test func cancelsAPlan() {
    var without = prices
    without.add(.glm, Rates(1, 2))
    without.plans = []
    var with = prices
    with.add(.glm, Rates(1, 2))
    let simulation = Simulation.run(
      [.of(.glm, at: noon, work)], in: june, moves: [], recorded: RecordedTime(from: .on(2026, 6, 16)),
      now: .at(2026, 7, 1), prices: with, then: without)
    // Half of June is recorded; by the token the work would cost 1 + 0.2.
    #expect(simulation.now == .usd("10"))
    #expect(simulation.then == .usd("1.2"))
    #expect(simulation.fees.map(\.isKept) == [false])
  }

  @Test func whatHasNoPriceCountsOnNeitherSide() {
    let stranger = ModelID(provider: "x", model: "y")
    let unknown = TrafficSlice.of(dear, at: noon, counts: RequestCounts(unknown: 3), route: .background)
    let simulation = simulate(
      [.of(stranger, at: noon, work), .of(dear, at: noon, work, route: .think), unknown],
      [.init(route: .think, to: stranger)])
    #expect(simulation.rows.map(\.now) == [nil, nil, .usd("6")])
    #expect(simulation.rows.allSatisfy { $0.then == nil })
    #expect(simulation.now == .usd("20"))
    #expect(simulation.then == .usd("20"))
  }

  @Test func movingNothingChangesNothing() {
    let traffic = Properties.traffic(44, count: 300)
    let simulation = Simulation.run(
      traffic, in: june, moves: [], recorded: nil, now: .at(2026, 7, 1), prices: prices, then: prices)
    #expect(simulation.now == simulation.then)
    #expect(simulation.rows.allSatisfy { $0.now == $0.then })
  }

  /// Work on a plan stands apart from the same model's work by the token.
  @Test func whatAPlanPaysIsARowOfItsOwn() {
    var prices = prices
    prices.plans.append(
      Plan(
        name: "max", kind: .subscription, models: [dear], fees: [PlanFee(from: .at(2026, 6, 24), monthly: .usd("20"))]))
    let simulation = Simulation.run(
      [.of(dear, at: .at(2026, 6, 10), work), .of(dear, at: noon, work)], in: june,
      moves: [.init(route: nil, to: .minimax)], recorded: nil, now: .at(2026, 7, 1), prices: prices, then: prices)
    #expect(simulation.rows.map(\.plan) == [nil, "max"])
    #expect(simulation.rows.map(\.now) == [.usd("6"), .zero])
    #expect(simulation.rows.map(\.then) == [.usd("0.336"), .usd("0.336")])
  }

  /// Of a prompt of which nobody knows what caches served, both ends are told.
  @Test func anUnknownSplitHasTwoEnds() {
    var prices = prices
    let (relay, other) = (ModelID(provider: "acme", model: "relay"), ModelID(provider: "acme", model: "other"))
    prices.add(relay, Rates(1, 4, cacheRead: "0.1"))
    prices.add(other, Rates(2, 8, cacheRead: "0.5"))
    var slice = TrafficSlice.of(relay, at: noon, TokenUsage(input: 1_000_000))
    func run() -> Simulation {
      Simulation.run(
        [slice], in: june, moves: [.init(route: nil, to: other)], recorded: nil, now: .at(2026, 7, 1), prices: prices,
        then: prices)
    }
    #expect(run().ifServed == nil)
    slice.variant.isSplitUnknown = true
    let simulation = run()
    #expect(simulation.splitUnknown == 1)
    #expect(simulation.then - simulation.now == .usd("1"))
    let served = simulation.ifServed
    #expect(served.map { $0.then - $0.now } == .usd("0.4"))
    let row = simulation.rows.first
    #expect(row?.now == .usd("1") && row?.nowServed == .usd("0.1"))
    #expect(row?.then == .usd("2") && row?.thenServed == .usd("0.5"))
  }

  func advise(_ traffic: [TrafficSlice], offers: [Plan] = [], plans: [TrafficSlice]? = nil) -> [Advice] {
    let report = audit(
      traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), plans: plans, now: .at(2026, 7, 1), prices: prices)
    return Advice.all(of: report, traffic: traffic, offers: offers, prices: prices)
  }

  /// Where nobody knows what caches served, both ends are told, and both have to agree.
  @Test(arguments: [("0.1", true), ("1.5", false)] as [(Dollars, Bool)])
  func adviceOnAnUnknownSplitHasTwoEnds(cacheRead: Dollars, isGiven: Bool) throws {
    var prices = prices
    let (relay, other) = (ModelID(provider: "acme", model: "relay"), ModelID(provider: "acme", model: "other"))
    prices.add(relay, Rates(2, 8, cacheRead: "1"))
    prices.add(other, Rates(1, 4, cacheRead: cacheRead))
    var slice = TrafficSlice.of(relay, at: noon, TokenUsage(input: 10_000_000))
    slice.variant.isSplitUnknown = true
    let traffic = [slice, .of(other, at: noon, TokenUsage(input: 10))]
    let report = audit(
      traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), now: .at(2026, 7, 1), prices: prices)
    let advice = Advice.all(of: report, traffic: traffic, offers: [], prices: prices).first {
      $0.action == .move(.default, from: relay, to: other)
    }
    #expect((advice != nil) == isGiven)
    guard let advice else { return }
    #expect(advice.costs == Money.usd("10")...Money.usd("20"))
    #expect(advice.insteads == Money.usd("1")...Money.usd("10"))
    #expect(advice.monthlySavings.lowerBound == Money.usd("9").multiplied(by: 365, over: 360))
  }

  @Test func aDearModelComesOffTheRouting() {
    let advice = advise([
      .of(dear, at: noon, work, route: .think), .of(dear, at: noon, work, route: .longContext),
      .of(.minimax, at: noon, work, route: .background),
    ])
    #expect(advice.first?.action == .takeOff(dear, routes: [.longContext, .think], to: .minimax))
    #expect(advice.first?.cost == .usd("12"))
    #expect(advice.first?.instead == .usd("0.672"))
    // 11.328 over 30 days, times 365 ÷ 12.
    #expect(advice.first?.monthlySaving == Money.usd("11.328").multiplied(by: 365, over: 360))
    #expect(!advice.contains { if case .move = $0.action { true } else { false } })
    // Nothing else is used: the baseline itself.
    #expect(advise([.of(dear, at: noon, work)]).first?.action == .takeOff(dear, routes: [.default], to: .sonnet))
  }

  @Test func aRouteMovesToACheaperModel() {
    var prices = prices
    let middle = ModelID(provider: "acme", model: "middle")
    prices.add(middle, Rates(1, 2))
    let traffic = [
      TrafficSlice.of(middle, at: noon, work, route: .think), .of(.minimax, at: noon, work, route: .background),
    ]
    let report = audit(traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), now: .at(2026, 7, 1), prices: prices)
    let advice = Advice.all(of: report, traffic: traffic, offers: [], prices: prices)
    #expect(advice.map(\.action) == [.move(.think, from: middle, to: .minimax)])
  }

  @Test func aPlanBelowItsFeeTwiceIsDropped() {
    let traffic = [4, 5, 6].map { month in
      TrafficSlice.of(.glm, at: .at(2026, month, 1), TokenUsage(input: 1_000_000), prompt: 0)
    }
    let june = traffic.suffix(1)
    let advice = advise(Array(june), plans: traffic)
    #expect(advice.map(\.action) == [.dropPlan("ollama-cloud-pro", monthsBelow: 3)])
    #expect(advice.first?.monthlySaving == .usd("17"))
  }

  @Test func aPlanIsTakenWhereTheTokensCostMore() {
    func offer(_ fee: String) -> Plan {
      Plan(
        name: "max-\(fee)", kind: .subscription, models: [.minimax],
        fees: [PlanFee(from: .at(2026, 1, 1), monthly: .usd(fee))])
    }
    // $3.36 in 30 days are $3.41 a month.
    let traffic = (1...10).map { TrafficSlice.of(.minimax, at: .at(2026, 6, $0), work) }
    let advice = advise(traffic, offers: [offer("3"), offer("3.41")])
    #expect(advice.map(\.action) == [.takePlan("max-3", models: [.minimax])])
    #expect(advice.first?.monthlySaving.rounded(places: 4) == "0.4067")
  }

  @Test func cachingDecidesWhereItIsConfigured() {
    var prices = prices
    prices.add(.minimax, from: 1, Rates("1.40", "4.40"))
    var slice = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 1_000_000))
    slice.caching = PromptCaching(cacheable: 1_000_000, read5m: 900_000, read1h: 900_000)
    let traffic = [slice]
    func advice(_ kind: RatioKind) -> [Advice] {
      let report = audit(
        traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), judgedBy: kind,
        now: .at(2026, 7, 1), prices: prices)
      return Advice.all(of: report, traffic: traffic, offers: [], prices: prices)
    }
    #expect(advice(.plain).isEmpty)
    #expect(advice(.cached).map(\.action) == [.takeOff(.minimax, routes: [.default], to: .sonnet)])
    #expect(advice(.cached).first?.instead == .usd("0.645"))
  }

  /// Which of both Sonnet would be, nobody knows: the cautious saving is the lower one.
  @Test func adviceToGoToTheBaselineIsARange() {
    var prices = prices
    let costly = ModelID(provider: "acme", model: "costly")
    prices.add(costly, Rates(6, 30))
    var slice = TrafficSlice.of(costly, at: noon, TokenUsage(input: 1_000_000))
    slice.caching = PromptCaching(cacheable: 1_000_000, read5m: 900_000, read1h: 900_000)
    func advice(_ kind: RatioKind) -> Advice? {
      let report = audit(
        [slice], since: .on(2026, 6, 1), until: .on(2026, 6, 30), judgedBy: kind, now: .at(2026, 7, 1), prices: prices)
      return Advice.all(of: report, traffic: [slice], offers: [], prices: prices).first
    }
    for (kind, instead, otherwise) in [(RatioKind.plain, "3", "0.645"), (.cached, "0.645", "3")] {
      let advice = advice(kind)
      #expect(advice?.action == .takeOff(costly, routes: [.default], to: .sonnet))
      #expect(advice?.instead == .usd(instead) && advice?.insteadOtherwise == .usd(otherwise))
      // $3 and $5.355 in 30 days.
      let low = Money.usd("3").multiplied(by: 365, over: 360)
      #expect(advice?.monthlySavings == low...Money.usd("5.355").multiplied(by: 365, over: 360))
    }
    // Where it makes no difference, one figure is all.
    slice.caching = nil
    #expect(advice(.plain)?.insteadOtherwise == nil)
  }

  /// What somebody paid by the token before he took a plan is nothing that a change saves.
  @Test func whatAPlanPaysByNowNeedsNoAdvice() {
    var taken = prices
    taken.plans.append(
      Plan(
        name: "max", kind: .subscription, models: [dear], fees: [PlanFee(from: .at(2026, 6, 25), monthly: .usd("20"))]))
    func advice(_ prices: TestPrices) -> [Advice] {
      let traffic = [TrafficSlice.of(dear, at: noon, work), .of(.minimax, at: noon, work)]
      let report = audit(
        traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), now: .at(2026, 7, 1), prices: prices)
      return Advice.all(of: report, traffic: traffic, offers: [], prices: prices)
    }
    #expect(!advice(prices).isEmpty)
    #expect(advice(taken).isEmpty)
  }

  /// Ten recorded days of thirty: what was saved in them, times 365 ÷ 120.
  @Test func savingsAreAtThePaceOfRecordedDays() {
    let traffic = [TrafficSlice.of(dear, at: noon, work), .of(.minimax, at: noon, work)]
    let report = audit(
      traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), now: .at(2026, 7, 1), prices: prices,
      recordedFrom: .on(2026, 6, 21))
    let advice = Advice.all(of: report, traffic: traffic, offers: [], prices: prices).first
    // 6 on the dear model, 0.336 on the other.
    #expect(advice?.monthlySaving == Money.usd("5.664").multiplied(by: 365, over: 120))
  }

  /// Today counts by the part of it that has passed: 36 hours, and no less than a day.
  @Test(arguments: [(36, 18), (30, 15), (6, 12)] as [(Int64, Int128)])
  func todayCountsByItsPart(hours: Int64, halves: Int128) {
    let start = Int64.at(2026, 6, 23)
    let traffic = [TrafficSlice.of(dear, at: start, work), .of(.minimax, at: start, work)]
    let report = audit(
      traffic, since: .on(2026, 6, 1), until: .on(2026, 6, 30), now: start + hours * 3_600_000, prices: prices,
      recordedFrom: .on(2026, 6, 23))
    let advice = Advice.all(of: report, traffic: traffic, offers: [], prices: prices).first
    #expect(advice?.monthlySaving == Money.usd("5.664").multiplied(by: 365 * 12, over: 12 * halves))
  }

  @Test func lessThanACentAMonthIsNoAdvice() {
    var prices = prices
    let costly = ModelID(provider: "acme", model: "costly")
    prices.add(costly, Rates(6, 30))
    #expect(
      Advice.all(
        of: audit(
          [.of(costly, at: noon, TokenUsage(input: 1_000))], since: .on(2026, 6, 1), until: .on(2026, 6, 30),
          now: .at(2026, 7, 1), prices: prices),
        traffic: [.of(costly, at: noon, TokenUsage(input: 1_000))], offers: [], prices: prices
      ).isEmpty)
  }

  @Test func cheapTrafficNeedsNoAdvice() { #expect(advise([.of(.minimax, at: noon, work)]).isEmpty) }

  @Test func aCorrectionChangesTheHistory() {
    let traffic = [TrafficSlice.of(.minimax, at: noon, work), .of(dear, at: noon, work)]
    let records = HistoryRecord.records(
      of: traffic, baseline: .sonnet, timeZone: .gmt, now: .at(2026, 6, 25), prices: prices)
    var corrected = prices
    corrected.version = "new"
    #expect(Correction.of(records, prices: corrected).isEmpty)
    corrected.entries[.minimax] = nil
    corrected.add(.minimax, Rates("0.30", "1.20"))
    let corrections = Correction.of(records, prices: corrected)
    #expect(corrections.map(\.model) == [.minimax])
    #expect(corrections.first?.before.cost == .usd("0.336"))
    #expect(corrections.first?.after.cost == .usd("0.42"))
    #expect(corrections.first?.after.ratio == Ratio(.usd("0.42"), over: .usd("4.5")))
    // The same table says nothing new.
    var same = corrected
    same.version = prices.version
    #expect(Correction.of(records, prices: same).isEmpty)
  }

  /// A plan's fee is split over the models of its day: pricing one of them alone would give it all of the fee.
  @Test func anotherTableCorrectsNoPlan() {
    let kimi = ModelID.kimi
    var traffic = [TrafficSlice.of(.glm, at: noon, work), .of(kimi, at: noon, work)]
    traffic.append(.of(.minimax, at: noon, work))
    let records = HistoryRecord.records(
      of: traffic, baseline: .sonnet, timeZone: .gmt, now: .at(2026, 6, 25), prices: prices)
    var other = prices
    other.version = "new"
    #expect(Correction.of(records, prices: other).isEmpty)
  }

  @Test func aCorrectionBetweenTwoAudits() {
    let traffic = [TrafficSlice.of(.minimax, at: noon, work), .of(.glm, at: noon, work)]
    var dearer = prices
    dearer.add(.minimax, from: 5, Rates(1, 1))
    #expect(Correction.between(audit(traffic, prices: prices), audit(traffic, prices: prices)).isEmpty)
    let corrections = Correction.between(audit(traffic, prices: prices), audit(traffic, prices: dearer))
    #expect(corrections.map(\.model) == [.minimax])
    #expect(corrections.first?.after.cost == .usd("1.1"))
  }
}
