import BuiltInPrices
import Pricing
import Testing
import Model

struct SubscriptionTests {
  private static let market = """
    provider: p
    models:
      - model: m
        prices: [{from: 2026-01-01, input: "3", output: "15", source: s, verified: 2026-01-01}]
    plans:
      - plan: pro
        kind: subscription
        models: [m, covered]
        fees:
          - {from: 2026-03-01, monthly: "20", source: s, verified: 2026-01-01}
          - {from: 2026-06-01, monthly: "30", seats: 2, source: s, verified: 2026-01-01}
    """

  private func paying(_ subscriptions: Subscription...) throws -> PriceTable {
    try table(Self.market).subscribing(to: subscriptions)
  }

  private func day(_ text: String) throws -> CivilDay { try #require(CivilDay(text)) }

  private func word(_ answer: PriceAnswer) -> String {
    switch answer {
    case .perToken(let price): price.rates.input.description
    case .plan(let plan): plan.name
    case .free: "free"
    case .unpriced: "unpriced"
    }
  }

  @Test func anOfferCostsNothingAndCoversNothing() throws {
    let table = try table(Self.market)
    let instant = try time("2026-04-01T00:00:00Z")
    #expect(table.plans.isEmpty)
    #expect(table.offers.map(\.name) == ["pro"])
    #expect(word(table.answer(for: ModelID(provider: "p", model: "m"), at: instant, prompt: 0)) == "3")
    let covered = ModelID(provider: "p", model: "covered")
    #expect(word(table.answer(for: covered, at: instant, prompt: 0)) == "unpriced")
    #expect(table.offers(for: covered).map(\.name) == ["pro"])
    #expect(table.offers(for: ModelID(provider: "p", model: "other")).isEmpty)
  }

  @Test func aSubscriptionPaysFromItsFirstToItsLastDay() throws {
    let table = try paying(Subscription(plan: "pro", from: day("2026-04-10"), until: day("2026-04-19")))
    let model = ModelID(provider: "p", model: "m")
    func paid(_ instant: String) throws -> String { word(table.answer(for: model, at: try time(instant), prompt: 0)) }
    #expect(try paid("2026-04-09T23:59:59Z") == "3")
    #expect(try paid("2026-04-10T00:00:00Z") == "pro")
    #expect(try paid("2026-04-19T23:59:59Z") == "pro")
    #expect(try paid("2026-04-20T00:00:00Z") == "3")
    // What the baseline and a what-if ask for stays.
    #expect(word(table.listPrice(of: model, at: try time("2026-04-15T00:00:00Z"), prompt: 0)) == "3")
    #expect(table.plans[0].monthlyFee(in: try day("2026-04-01")) == Money(decimal: "20")?.multiplied(by: 10, over: 30))
    #expect(table.grain.cuts.contains(try time("2026-04-20T00:00:00Z")))
  }

  @Test func feesAreTheListsUnlessSomebodySaysOtherwise() throws {
    func fee(_ subscription: Subscription, _ month: String) throws -> String {
      try paying(subscription).plans[0].monthlyFee(in: try day(month)).description
    }
    let long = Subscription(plan: "pro", from: try day("2026-05-01"))
    #expect(try fee(long, "2026-05-10") == "20")
    // Two seats are paid from June on, as the list says.
    #expect(try fee(long, "2026-06-10") == "60")
    let five = Subscription(plan: "pro", from: try day("2026-05-01"), seats: 5)
    #expect(try fee(five, "2026-05-10") == "100")
    #expect(try fee(five, "2026-06-10") == "150")
    let own = Subscription(plan: "pro", from: try day("2026-05-01"), seats: 3, fee: Money(decimal: "7.50"))
    #expect(try fee(own, "2026-05-10") == "22.5")
    #expect(try fee(own, "2026-06-10") == "22.5")
    // Before the list knows a fee its first one is taken, and that is said.
    let early = try paying(Subscription(plan: "pro", from: day("2026-02-01")))
    #expect(early.plans[0].monthlyFee(in: try day("2026-02-10")).description == "20")
    #expect(early.plans[0].monthlyFee(in: try day("2026-05-10")).description == "20")
    #expect(
      early.warnings.map(\.message).contains { $0.hasPrefix("the table knows the fee of pro from 2026-03-01 on") })
  }

  @Test func subscriptionsInARowAreOnePlan() throws {
    let table = try paying(
      Subscription(plan: "pro", from: day("2026-05-01"), until: day("2026-05-10"), fee: Money(decimal: "31")),
      Subscription(plan: "pro", from: day("2026-05-11"), until: day("2026-05-20"), fee: Money(decimal: "62")),
      Subscription(plan: "pro", from: day("2026-05-31"), fee: Money(decimal: "31")))
    #expect(table.plans.count == 1)
    #expect(table.plans[0].monthlyFee(in: try day("2026-05-01")).description == "31")
    #expect(table.cancelling("pro").plans.isEmpty)
  }

  @Test func subscriptionsArePartOfTheVersion() throws {
    let none = try table(Self.market)
    let one = try paying(Subscription(plan: "pro", from: day("2026-05-01")))
    #expect(one.version != none.version)
    #expect(one.cancelling("pro").version == none.version)
    let inAFile = try table(Self.market, "subscriptions: [{plan: pro, from: 2026-05-01}]")
    #expect(inAFile.version == one.version)
  }

  @Test func aTextIsReadAsItIsWritten() throws {
    let subscription = Subscription(
      plan: "pro", from: try day("2026-05-01"), until: try day("2026-06-30"), seats: 3, fee: Money(decimal: "7.5"))
    var read = try Subscription.read(subscription.description).get()
    read.place = subscription.place
    #expect(read == subscription)
    guard case .failure(let problem) = Subscription.read("{plan: pro, from: soon}") else {
      Issue.record("it was read")
      return
    }
    #expect(problem.sentence.contains("from: \"soon\" is not a date"))
  }
}

struct SuccessionTests {
  private static let models = """
    provider: a
    models:
      - model: new
        baseline_token_factor: "0.8"
        prices: [{from: 2026-01-01, input: "2", output: "10", source: s, verified: 2026-01-01}]
      - model: old
        baseline_token_factor: "1"
        prices: [{from: 2026-01-01, input: "3", output: "15", source: s, verified: 2026-01-01}]
      - model: latest
        succession: [{from: 2026-02-01, model: old}, {from: 2026-06-30, model: new}]
    """

  @Test func anAliasTakesThePriceOfTheDay() throws {
    let table = try table(Self.models)
    let alias = ModelID(provider: "a", model: "latest")
    func price(_ instant: String) throws -> String? {
      guard case .perToken(let price) = table.answer(for: alias, at: try time(instant), prompt: 0) else { return nil }
      return "\(price.model.model) \(price.rates.input)"
    }
    #expect(try price("2026-01-31T23:59:59Z") == nil)
    #expect(try price("2026-06-29T23:59:59Z") == "old 3")
    #expect(try price("2026-06-30T00:00:00Z") == "new 2")
    #expect(table.grain.cuts.contains(try time("2026-06-30T00:00:00Z")))
    let span = try time("2026-06-01T00:00:00Z")..<(try time("2026-07-01T00:00:00Z"))
    #expect(table.successors(of: alias, in: span).map(\.model.model) == ["old", "new"])
    #expect(table.successors(of: ModelID(provider: "a", model: "new"), in: span).map(\.model.model) == ["new"])
    #expect(table.tokenFactor(of: alias, at: try time("2026-06-29T00:00:00Z"))?.description == "1")
    #expect(table.tokenFactor(of: alias, at: try time("2026-06-30T00:00:00Z"))?.description == "0.8")
  }

  @Test func theShippedBaselineIsTheNewestSonnetOfTheDay() throws {
    let sonnet = ModelID(provider: "anthropic", model: "claude-sonnet")
    func name(_ day: String) throws -> String? {
      let start = try time("\(day)T00:00:00Z")
      return try PriceTable.embedded().successors(of: sonnet, in: start..<start + 1).first?.model.model
    }
    #expect(try name("2026-06-24") == "claude-sonnet-4-6")
    #expect(try name("2026-06-29") == "claude-sonnet-4-6")
    #expect(try name("2026-06-30") == "claude-sonnet-5")
    #expect(try name("2026-09-28") == "claude-sonnet-5-5")
  }
}
