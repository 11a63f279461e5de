package import Pricing
package import Model

/// Tokens of a class at one unit price on one day, or what a plan's days cost: what a FinOps tool reads.
package struct Charge: Hashable, Sendable {
  package var days: Range<CivilDay>
  /// Who was called; `nil` for a plan's fee.
  package var model: ModelID?
  /// The class of the tokens; `nil` for a plan's fee, and for requests of which nobody knows the tokens or the price.
  package var tokenClass: TokenClass?
  /// The price of one token; zero where a plan or nobody is paid for it.
  package var rate: Rate?
  /// How the requests were paid for.
  package var billing: Billing
  package var tokens: Int64 = 0
  package var cost: Money = .zero
  /// What the same tokens cost at the baseline's rates; `nil` where the baseline has no price.
  package var baselineCost: Money? = .zero
  /// Requests of the model and the day of which nobody knows the tokens.
  package var unknownRequests = 0
  /// Measured requests that have no price, and their tokens.
  package var unpricedRequests = 0
  package var unpricedTokens: Int64 = 0
}

extension Audit {
  /// The charges of a period: by day, model, class and unit price, and then the plans' fees by month. Requests of which
  /// nobody knows tokens or price have a charge of nothing that counts them, so that none is lost.
  /// - Parameter input: with traffic by day.
  package static func charges(_ input: AuditInput, prices book: some PriceBook) -> [Charge] {
    let pricer = Pricer(book: book, baseline: input.baseline, splits: input.splits)
    let priced = pricer.prices(of: input.traffic)
    var sums: [ChargeKey: Charge] = [:]
    for slice in priced { add(slice, to: &sums) }
    let usage = sums.sorted { $0.key.order < $1.key.order }.map(\.value)
    return usage + fees(input, priced: priced, pricer: pricer)
  }

  /// What each plan's recorded days cost, a calendar month at a time: a bill of one month has no fee of another. Together
  /// they are what the report says.
  private static func fees(_ input: AuditInput, priced: [PricedSlice], pricer: Pricer<some PriceBook>) -> [Charge] {
    let plans = PlanAudit.all(input: input, priced: priced, pricer: pricer)
    let today = CivilDay(milliseconds: input.now, in: input.period.timeZone)
    let first = max(input.period.since, input.recorded?.from ?? input.period.since)
    let last = min(input.period.until, today)
    guard first <= last else { return [] }
    var left = Dictionary(plans.map { ($0.name, $0.feeShare) }) { one, _ in one }
    var charges: [Charge] = []
    var begin = first
    while begin <= last {
      let end = min(begin.firstOfNextMonth, last.advanced(by: 1))
      let isRest = end > last
      var month = input
      month.period = AuditPeriod(since: begin, until: end.advanced(by: -1), timeZone: input.period.timeZone)
      let shares =
        isRest ? [] : PlanAudit.all(input: month, priced: priced, pricer: pricer).map { ($0.name, $0.feeShare) }
      let byName = Dictionary(shares) { one, _ in one }
      for plan in plans {
        // The last month has what is left, to the last part of a cent.
        let cost = isRest ? left[plan.name] ?? .zero : byName[plan.name] ?? .zero
        guard cost > .zero else { continue }
        left[plan.name] = (left[plan.name] ?? .zero) - cost
        charges.append(Charge(days: begin..<end, billing: .plan(plan.name, plan.kind), cost: cost, baselineCost: nil))
      }
      begin = end
    }
    return charges
  }

  private static func add(_ priced: PricedSlice, to sums: inout [ChargeKey: Charge]) {
    let slice = priced.slice
    let day = slice.day..<slice.day.advanced(by: 1)
    func change(_ tokenClass: TokenClass?, _ rate: Rate?, _ body: (inout Charge) -> Void) {
      let key = ChargeKey(
        day: slice.day, model: slice.model, billing: priced.billing, tokenClass: tokenClass, rate: rate)
      body(
        &sums[
          key,
          default: Charge(days: day, model: slice.model, tokenClass: tokenClass, rate: rate, billing: priced.billing)])
    }
    let isUnpriced = priced.billing == .unpriced
    if slice.counts.unknown + slice.counts.estimated > 0 || isUnpriced && slice.counts.measured > 0 {
      change(nil, nil) { charge in
        charge.unknownRequests += slice.counts.unknown + slice.counts.estimated
        guard isUnpriced else { return }
        charge.unpricedRequests += slice.counts.measured
        charge.unpricedTokens += priced.tokens.total
      }
    }
    guard !isUnpriced else { return }
    let none = Rate(picodollarsPerToken: 0)
    for tokenClass in TokenClass.allCases where priced.tokens[tokenClass] > 0 {
      let tokens = priced.tokens[tokenClass]
      let rate = priced.rates?.applied(to: tokenClass).rate ?? none
      change(tokenClass, rate) { charge in
        charge.tokens += tokens
        charge.cost += Money(picodollars: Int128(tokens) * Int128(rate.picodollarsPerToken))
        let baseline = priced.baselineRates?.applied(to: tokenClass).rate.picodollarsPerToken
        charge.baselineCost = charge.baselineCost.flatMap { sum in
          baseline.map { sum + Money(picodollars: Int128(tokens) * Int128($0)) }
        }
      }
    }
  }
}

/// What a charge is the sum of.
private struct ChargeKey: Hashable {
  var day: CivilDay
  var model: ModelID
  var billing: Billing
  var tokenClass: TokenClass?
  var rate: Rate?

  var order: (Int, ModelID, String, Int, Int64) {
    (
      day.number, model, "\(billing.word ?? "~") \(billing.plan ?? "")",
      tokenClass.flatMap(TokenClass.allCases.firstIndex) ?? TokenClass.allCases.count, rate?.picodollarsPerToken ?? -1
    )
  }
}
