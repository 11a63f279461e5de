import Model
import Pricing
import Testing

@testable import Audit

/// A bill that lists single requests, against a ledger that saw some of them.
@Suite struct RequestMatchTests {
  private static let model = ModelID(provider: "openrouter", model: "m")

  /// A request as it really was, and who knows of it.
  private struct Request {
    var started: Int64
    var duration: Int64
    var tokens: [TokenClass: Int64]
    var isBilled: Bool
    var isOurs: Bool
    var isMeasured: Bool
  }

  private static func world(_ seed: Int) -> [Request] {
    var chance = SplitMix(state: UInt64(seed) &* 77 &+ 5)
    return (0..<40).map { place in
      let kind = Int.random(in: 0..<10, using: &chance)
      return Request(
        // Far enough apart that the clocks' slack does not reach the next one.
        started: Int64(place) * 60_000 + Int64.random(in: 0..<5000, using: &chance),
        duration: Int64.random(in: 200..<40_000, using: &chance),
        tokens: [
          .input: Int64.random(in: 1..<90_000, using: &chance), .output: Int64.random(in: 1..<900, using: &chance),
        ],
        isBilled: kind != 0, isOurs: kind != 1, isMeasured: kind < 6)
    }
  }

  @Test(arguments: 0..<200) func everyRequestIsFoundUnderItsOwnName(_ seed: Int) throws {
    let day = try #require(CivilDay("2026-11-10"))
    let key = Reconciliation.Key(model: Self.model, day: day)
    let input = try #require(Rate(decimalPerMillion: "0.3"))
    let output = try #require(Rate(decimalPerMillion: "1.2"))
    func cost(_ tokens: [TokenClass: Int64]) -> ExactAmount {
      input.exact * (tokens[.input] ?? 0) + output.exact * (tokens[.output] ?? 0)
    }
    func sum(_ requests: [Request]) -> ExactAmount { requests.reduce(.zero) { $0 + cost($1.tokens) } }
    var chance = SplitMix(state: UInt64(seed))
    let world = Self.world(seed)
    let billed = world.filter(\.isBilled).map { request in
      Reconciliation.BilledRequest(
        key: key,
        row: BillRow(
          day: day, model: "m", requests: 1, tokens: request.tokens, cost: cost(request.tokens),
          // The provider's clock is off by a little, and some begin to count at their end.
          started: request.started + Int64.random(in: -1500...1500, using: &chance)
            + (seed % 2 == 0 ? 0 : request.duration)))
    }.shuffled(using: &chance)
    let calls = world.filter(\.isOurs).map { request in
      Reconciliation.LedgerRequest(
        key: key, started: request.started, ended: request.started + request.duration,
        use: LedgerUse(
          answered: 1, unmeasured: request.isMeasured ? 0 : 1,
          parts: request.isMeasured
            ? [
              LedgerUse.Part(tokenClass: .input, rate: input, tokens: request.tokens[.input] ?? 0),
              LedgerUse.Part(tokenClass: .output, rate: output, tokens: request.tokens[.output] ?? 0),
            ] : []))
    }.shuffled(using: &chance)
    let result = Reconciliation.of(
      billed: billed, calls: calls, days: day...day, fees: [], roundedPlaces: nil
    ) { _, _ in TableRates(byHour: [Rates(input: input, output: output)]) }
    let row = try #require(result.rows.first)
    let (unmeasured, others) = (
      world.filter { $0.isBilled && $0.isOurs && !$0.isMeasured }, world.filter { $0.isBilled && !$0.isOurs }
    )
    let missing = world.filter { !$0.isBilled && $0.isOurs }
    #expect(row.causes.sum == row.difference)
    #expect(row.causes.unexplained == .zero && row.causes.price == .zero)
    #expect(row.causes.unmeasured == sum(unmeasured))
    #expect(row.causes.others == sum(others))
    #expect(row.causes.missing == .zero - sum(missing.filter(\.isMeasured)))
    #expect(
      row.matched
        == Reconciliation.Matched(unmeasured: unmeasured.count, others: others.count, missing: missing.count))
  }

  /// Measured and unmeasured requests have other means of the same rates: that of the measured ones is said.
  @Test func aDayHasOneMeanRate() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let key = Reconciliation.Key(model: Self.model, day: day)
    let listed = Rates(
      input: try #require(Rate(decimalPerMillion: "0.3")), output: try #require(Rate(decimalPerMillion: "1.2")))
    func billed(_ started: Int64, _ input: Int64, _ cost: String) -> Reconciliation.BilledRequest {
      let row = BillRow(
        day: day, model: "m", requests: 1, tokens: [.input: input, .output: 100], cost: ExactAmount(cost),
        started: started)
      return Reconciliation.BilledRequest(key: key, row: row)
    }
    func call(_ started: Int64, _ use: LedgerUse) -> Reconciliation.LedgerRequest {
      Reconciliation.LedgerRequest(key: key, started: started, ended: started + 1000, use: use)
    }
    let measured = LedgerUse(
      answered: 1,
      parts: [
        LedgerUse.Part(tokenClass: .input, rate: listed.input, tokens: 1000),
        LedgerUse.Part(tokenClass: .output, rate: listed.output, tokens: 100),
      ])
    // Twice what the table says: 0.00042 and 0.00102.
    let result = Reconciliation.of(
      billed: [billed(0, 1000, "0.00084"), billed(60_000, 3000, "0.00204")],
      calls: [call(0, measured), call(60_000, LedgerUse(answered: 1, unmeasured: 1))], days: day...day, fees: [],
      roundedPlaces: nil
    ) { _, _ in
      var table = TableRates(byHour: [listed])
      table.since = [listed: day]
      return table
    }
    let row = try #require(result.rows.first)
    #expect(row.rates.first?.since == day)
    #expect(row.causes.price == ExactAmount("0.00042") && row.causes.unmeasured == ExactAmount("0.00204"))
    #expect(row.causes.sum == row.difference && row.repriced?.listed == ExactAmount("0.00102"))
    #expect(row.rates.count == 1)
    // 0.00084 and 0.00042 for the 1100 tokens that were measured.
    #expect(row.rates.first?.bill.rounded(places: 6) == "0.763636")
    #expect(row.rates.first?.table?.rounded(places: 6) == "0.381818")
  }

  /// A row of zero tokens says nothing of what a request was.
  @Test func aRequestOfZeroTokensMeasuresNothing() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let key = Reconciliation.Key(model: Self.model, day: day)
    let rate = try #require(Rate(decimalPerMillion: "1"))
    func billed(_ started: Int64, _ input: Int64) -> Reconciliation.BilledRequest {
      let row = BillRow(
        day: day, model: "m", requests: 1, tokens: [.input: input, .output: 0], cost: rate.exact * input,
        started: started)
      return Reconciliation.BilledRequest(key: key, row: row)
    }
    func compared(_ second: Int64) throws -> Reconciliation.Row {
      let calls = [Int64(0), 60_000].map { started in
        Reconciliation.LedgerRequest(
          key: key, started: started, ended: started + 1000, use: LedgerUse(answered: 1, unmeasured: 1))
      }
      let result = Reconciliation.of(
        billed: [billed(0, 0), billed(60_000, second)], calls: calls, days: day...day, fees: [], roundedPlaces: nil
      ) { _, _ in TableRates(byHour: [Rates(input: rate, output: rate)]) }
      return try #require(result.rows.first)
    }
    let none = try compared(0)
    #expect(!none.tellsUnmeasured && none.beyond == nil && none.chargedForUnmeasured == .zero)
    #expect(none.matched?.unmeasured == 2 && none.toldRequests == 0 && none.untoldRequests == 2)
    let one = try compared(1000)
    #expect(one.tellsUnmeasured && one.beyond?[.input] == 1000 && one.toldRequests == 1 && one.untoldRequests == 1)
  }

  @Test func requestsOfOneTimeArePairedByTheirTokens() {
    func call(_ started: Int64, _ input: Int64?) -> RequestMatch.Call {
      RequestMatch.Call(model: Self.model, started: started, ended: started + 1000, tokens: input.map { [.input: $0] })
    }
    let ledger = [call(0, 5), call(1, nil), call(2, 7)]
    #expect(RequestMatch.partners(of: [call(0, 7), call(1, 5), call(2, 9)], in: ledger) == [2, 0, 1])
    // Beyond what clocks differ by, tokens are no proof.
    #expect(RequestMatch.partners(of: [call(60_000, 7)], in: ledger) == [nil])
  }
}
