package import Pricing
package import Model

/// The finished audit of a period. Every format of a report is made from this value and from nothing else.
package struct AuditReport: Hashable, Sendable {
  /// When the audit was made, epoch milliseconds.
  package var generatedAt: Int64
  /// The days that it covers.
  package var period: AuditPeriod
  /// Which traffic of them it covers, and what it leaves out.
  package var scope: AuditScope
  /// The model that everything is compared with.
  package var baseline: ModelID
  /// Other models that rows are compared with too.
  package var otherBaselines: [ModelID]
  /// Which ratio decides.
  package var judgedBy: RatioKind
  /// The pricing table's SHA-256.
  package var pricingVersion: String
  /// What `rows` are.
  package var grouping: Grouping
  /// A row for each group, in a fixed order.
  package var rows: [AuditRow]
  /// The rows that were left out because only so many were asked for.
  package var rowsLeftOut: [AuditRow] = []
  /// A row for each model, whatever the grouping.
  package var models: [AuditRow]
  /// The plans that run in the period or in the month of its end, used or not.
  package var plans: [PlanAudit]
  /// How much of the traffic the figures cover.
  package var coverage: Coverage
  /// The sums.
  package var totals: Totals
  /// What was estimated and what was not; `nil` unless asked for.
  package var estimate: EstimateSummary?
  /// The day whose knowledge of prices was used; `nil` for the newest.
  package var knownOn: CivilDay?
  /// What the newest knowledge of prices changes, where older knowledge was used or written down.
  package var corrections: [Correction] = []
  /// What the baseline stood for in the period, oldest first: a dated alias stands for one model after another.
  package var successors: [Successor]
  /// How much of the period is recorded; `nil` where nobody knows.
  package var recorded: RecordedPart?
  /// The currency that people read; figures for programs stay in US dollars.
  package var currency: ReportCurrency?
  /// How much of each budget is spent through the period's end.
  package var budgets: [BudgetState] = []
  /// What of a fleet's requests did not answer, where somebody wanted the report all the same.
  package var missing: MissingTraffic?
  /// What sets prices beside tokens, where somebody looked.
  package var extras: [PriceExtra] = []
  /// What bills say of the period's days, where somebody kept them.
  package var billed: [BilledUse] = []
}

/// What a report lacks of a fleet's requests.
package struct MissingTraffic: Hashable, Sendable {
  /// The requests that answered, of how many.
  package var requests: Int64
  package var ofRequests: Int64
  /// The machines of which something is missing, of how many.
  package var machines: Int
  package var ofMachines: Int
  /// Whether servers did not answer; else what they hold has not reached the one that was asked.
  package var isUnanswered: Bool

  package init(requests: Int64, ofRequests: Int64, machines: Int, ofMachines: Int, isUnanswered: Bool) {
    self.requests = requests
    self.ofRequests = ofRequests
    self.machines = machines
    self.ofMachines = ofMachines
    self.isUnanswered = isUnanswered
  }
}

/// A currency for people to read, and what it was worth at the end of the period.
package struct ReportCurrency: Hashable, Sendable {
  /// The ISO 4217 code.
  package var code: String
  /// The rate in force.
  package var rate: CurrencyRate

  /// A currency at a rate.
  package init(code: String, rate: CurrencyRate) {
    self.code = code
    self.rate = rate
  }
}

/// How a request was paid for.
package enum Billing: Hashable, Sendable {
  /// By the token.
  case perToken
  /// By a plan's flat fee.
  case plan(String, PlanKind)
  /// Not at all.
  case free
  /// The pricing table does not say.
  case unpriced

  /// The word of the JSON contract; `nil` for what the table does not say.
  package var word: String? {
    switch self {
    case .perToken: "per_token"
    case .plan(_, let kind): kind.rawValue
    case .free: "free"
    case .unpriced: nil
    }
  }

  /// The plan's name.
  package var plan: String? {
    if case .plan(let name, _) = self { name } else { nil }
  }
}

/// What sets a row apart.
///
/// Billing is a part of it: a model whose billing changes inside the period (from per-token to a plan, or at the first
/// day it has a price) has a row for each, so that cost, baseline cost and ratio of a row always cover the same
/// requests.
package struct RowKey: Hashable, Sendable, Comparable {
  /// Who was called.
  package var model: ModelID
  /// The day, when grouped by day; the first one of a week or month.
  package var day: CivilDay?
  /// The route, when grouped by route.
  package var route: Route?
  /// The session, when grouped by session and the requests had one.
  package var session: String?
  /// Where the tokens come from, when grouped by source.
  package var source: UsageSource?
  /// The project, origin or program, when grouped so and where it is known.
  package var label: String?
  /// How the requests were paid for.
  package var billing: Billing

  /// The row that a slice belongs to.
  init(_ slice: TrafficSlice, by grouping: Grouping, billing: Billing) {
    model = slice.model
    day =
      switch grouping {
      case .day: slice.day
      case .week: slice.day.firstOfWeek
      case .month: slice.day.firstOfMonth
      default: nil
      }
    label = [.project, .program, .origin, .team].contains(grouping) ? slice.label : nil
    route = grouping == .route ? slice.route : nil
    session = grouping == .session ? slice.session : nil
    source = grouping == .source ? slice.source : nil
    self.billing = billing
  }

  /// The day, the Monday of the week or the month, as programs read it; `nil` where rows are for something else.
  package func period(_ grouping: Grouping) -> String? {
    day.map { grouping == .month ? String($0.description.dropLast(3)) : $0.description }
  }

  /// By day, project, origin or program, model, route, session, source and billing.
  package static func < (left: RowKey, right: RowKey) -> Bool {
    if left.day != right.day || left.label != right.label {
      let (one, other) = (left.group, right.group)
      if one != other { return one < other }
    }
    if left.model != right.model { return left.model < right.model }
    return left.rest < right.rest
  }

  private var group: String { day?.description ?? label ?? "" }

  /// What rows of one model are told apart by.
  private var rest: (String, String, Int, String) {
    (
      route?.rawValue ?? "", session ?? "", source.flatMap(UsageSource.allCases.firstIndex) ?? 0,
      "\(billing.word ?? "~") \(billing.plan ?? "")"
    )
  }
}

/// A row of a report.
package struct AuditRow: Hashable, Sendable {
  /// What the row is for.
  package var key: RowKey
  /// The requests by what is known of them.
  package var counts: RequestCounts
  /// Measured requests that have no price.
  package var unpriced: Int
  /// Measured requests at whose time the baseline has no price; then there is no baseline cost and no ratio.
  package var baselineUnpriced: Int
  /// Measured requests of which the prompt's total is known, and not which part of it a cache served.
  package var splitUnknown: Int
  /// Requests whose provider nobody wrote down and that is inferred from the model's name.
  package var assumed: Int
  /// The tokens of the measured requests.
  package var tokens: TokenUsage
  /// What the measured requests cost; `nil` where nothing is measured or there is no price. For a plan: the row's part
  /// of the fee of the period, split in proportion to baseline cost.
  package var cost: Money?
  /// What the same tokens cost at the baseline's rates; `nil` where nothing is measured or a price is missing.
  package var baselineCost: Money?
  /// Cost ÷ baseline cost, where billed by the token.
  package var ratio: Ratio?
  /// Between what cost, baseline cost and ratio lie where the split of some requests is not known; then they are `nil`.
  package var range: SplitRange?
  /// The answer in a word, by the plain ratio.
  package var verdict: Verdict
  /// What the same work costs at other baselines, in their order.
  package var others: [Comparison]
  /// What the baseline would have cost with prompt caching; `nil` where that was not worked out or a price is missing.
  package var baselineCachedCost: Money?
  /// The baseline's tokens for a text ÷ this model's.
  package var tokenFactor: TokenFactor
  /// Where a class without a published rate was priced at another's.
  package var fallbacks: [RateFallback]
  /// Names of the pricing table that look like an unpriced model's, best first.
  package var nearest: [ModelID]
  /// The names of the plans on the market that cover a model which has no price, or whose provider is inferred; the
  /// cheapest first.
  package var offers: [String]
  /// Why a model without a price has none.
  package var lack: PriceLack = .price
  /// The first day of its slices; they may be longer than a day.
  package var firstDay: CivilDay?
  /// When the first and the last of its requests began, epoch milliseconds, when grouped by session.
  package var times: ClosedRange<Int64>?
  /// The project of its session, when grouped by session and where it is known.
  package var project: String?
  /// What is only estimated; no other figure of the row holds any of it.
  package var estimated: EstimatedSum?
  /// What the router says that the requests cost, when grouped by source and it says so.
  package var claimed: ClaimedCost?
}

extension AuditReport {
  /// Whether a row is the baseline's own work, which is no model to compare. A dated alias begins the names of the models
  /// that it stands for.
  package func isBaseline(_ row: AuditRow) -> Bool {
    row.verdict == .equal && row.key.model.provider == baseline.provider
      && row.key.model.model.hasPrefix(baseline.model)
  }
}

extension AuditRow {
  /// What the row costs: from end to end where nobody knows what caches served.
  package var costs: ClosedRange<Money>? { range?.cost ?? cost.map { $0...$0 } }

  /// What it would cost at the plain baseline, likewise.
  package var baselineCosts: ClosedRange<Money>? { range?.baselineCost ?? baselineCost.map { $0...$0 } }

  /// What the row costs, and what decides costs at the baseline: one pair, or one for each end where the split of some
  /// requests is not known. Where a baseline that caches could not be worked out, the plain one.
  package func ends(by kind: RatioKind) -> [SplitRange.Ends] {
    let ends = range.map { [$0.fresh, $0.cached] } ?? [SplitRange.Ends(cost: cost, baselineCost: baselineCost)]
    guard kind == .cached, let baselineCachedCost else { return ends }
    // What the baseline's own cache would have held is told from the prompts, whatever the model's cache served.
    return ends.map { SplitRange.Ends(cost: $0.cost, baselineCost: baselineCachedCost) }
  }

  /// Cost ÷ the cost of a baseline that caches, where billed by the token; `nil` also where the cost is a range.
  package var ratioCached: Ratio? {
    guard key.billing == .perToken, let cost, let baselineCachedCost else { return nil }
    return Ratio(cost, over: baselineCachedCost)
  }

  /// The answer in a word, by the ratio against a baseline that caches; `nil` where there is none.
  package var verdictCached: Verdict? {
    guard key.billing == .perToken, baselineCachedCost != nil, tokens.total > 0 else { return nil }
    let verdicts = Set(ends(by: .cached).map(\.verdict))
    return verdicts.count == 1 ? verdicts.first ?? nil : .uncertain
  }

  /// The ratios that decide, where billed by the token: of both ends where the cost is a range.
  package func ratios(by kind: RatioKind) -> ClosedRange<Ratio>? {
    key.billing == .perToken ? ends(by: kind).compactMap(\.ratio).span : nil
  }

  /// What decides costs at the baseline.
  package func baselineCosts(by kind: RatioKind) -> ClosedRange<Money>? {
    ends(by: kind).compactMap(\.baselineCost).span
  }

  /// The ratio that decides; `nil` where it is a range.
  package func ratio(by kind: RatioKind) -> Ratio? {
    kind == .plain || baselineCachedCost == nil ? ratio : ratioCached
  }

  /// The verdict that decides. Where a baseline that caches could not be worked out, the plain one.
  package func verdict(by kind: RatioKind) -> Verdict { kind == .plain ? verdict : verdictCached ?? verdict }

  /// Whether both ratios lead to different verdicts.
  package var isDisputed: Bool { verdictCached.map { $0 != verdict } ?? false }
}

/// What a row's work costs at another baseline.
package struct Comparison: Hashable, Sendable {
  /// The other baseline.
  package var baseline: ModelID
  /// What the row's tokens cost there; `nil` where nothing is measured or a price is missing.
  package var cost: Money?
  /// Cost ÷ that, where billed by the token.
  package var ratio: Ratio?
}

/// The answer in a word. Raw values are the words of the JSON contract.
package enum Verdict: String, Sendable {
  /// Costs less than the baseline.
  case cheaper
  /// Costs more than the baseline.
  case dearer
  /// Costs exactly what the baseline costs.
  case equal
  /// Cheaper at one end of what the tokens can have cost, and not at the other.
  case uncertain
  /// Paid by a plan, which is judged as a whole.
  case plan
  /// Costs nothing.
  case free
  /// The model, or else the baseline, has no price.
  case unpriced
  /// No measured tokens, so nothing to compare.
  case noUsage = "no_usage"
}

/// Tokens of a class that were priced at another class's rate, because the provider publishes none.
package struct RateFallback: Hashable, Sendable {
  /// Whose rate is missing: the row's model or the baseline.
  package var model: ModelID
  /// The class without a rate.
  package var tokenClass: TokenClass
  /// The class whose rate was used.
  package var from: TokenClass
  /// How many tokens.
  package var tokens: Int64
}

extension Money {
  /// Whether two figures are more than 5 % apart, so that both are said.
  package func isApart(from other: Money) -> Bool {
    let (low, high) = (min(self, other), max(self, other))
    return (high - low).multiplied(by: 20) > high
  }
}

/// How much of the traffic the figures cover.
package struct Coverage: Hashable, Sendable {
  /// All requests by what is known of them.
  package var counts: RequestCounts
  /// Measured requests that have no price: a part of `counts.measured`.
  package var unpriced: Int

  /// Requests that need tokens: all but the failed ones.
  package var answered: Int { counts.requests - counts.failed }
  /// Requests with measured tokens and a price.
  package var covered: Int { counts.measured - unpriced }
  /// `covered ÷ answered`; `nil` where nothing was answered.
  package var share: Ratio? { Ratio(Money(picodollars: Int128(covered)), over: Money(picodollars: Int128(answered))) }
}

/// The sums over a period.
package struct Totals: Hashable, Sendable {
  /// What the measured requests of per-token models cost.
  package var perTokenCost: Money
  /// The plans' fees for the days of the period, up to today: each day bears its month's fee ÷ the month's days.
  package var planFees: Money
  /// What the measured requests that have a price, plans and free models included, cost at the baseline's rates;
  /// `nil` where the baseline has no price for some of them, or where there was work and none of it is measured.
  package var baselineCost: Money?
  /// The same with prompt caching; `nil` also where that was not worked out.
  package var baselineCachedCost: Money?
  /// Between what per-token cost and baseline cost lie where the split of some requests is not known; the figures above
  /// are then those without any cache.
  package var range: SplitRange?

  /// Everything paid: per-token costs and plan fees. Fees are paid for unmeasured requests too, so that with them
  /// `saved` is rather too low than too high.
  package var cost: Money { perTokenCost + planFees }
  /// `baselineCost − cost`; negative where the baseline would have been cheaper.
  package var saved: Money? { baselineCost.map { $0 - cost } }
  /// The same against a baseline with its own prompt cache.
  package var savedCached: Money? { baselineCachedCost.map { $0 - cost } }

  /// What is said of the money, the same in every sentence.
  package struct Claim: Hashable, Sendable {
    /// Everything paid.
    package var cost: ClosedRange<Money>
    /// What the baseline would have cost.
    package var baselineCost: ClosedRange<Money>
    /// The difference; below zero where the baseline would have been cheaper.
    package var saved: ClosedRange<Money>
    /// Whether the baseline with its own prompt cache stands at the lower end of what was saved; `nil` where it is not
    /// told from the one without.
    package var isCachedCautious: Bool?
  }

  /// Everything paid against the baseline without and with its own prompt cache, where these are more than 5 % apart, and
  /// at both ends of what caches can have served, where nobody knows; else against the one that decides.
  package func claim(by kind: RatioKind) -> Claim? {
    guard let baselineCost else { return nil }
    let splits =
      range.map { [$0.fresh, $0.cached] } ?? [SplitRange.Ends(cost: perTokenCost, baselineCost: baselineCost)]
    var pairs = splits.compactMap { ends in
      ends.cost.flatMap { cost in ends.baselineCost.map { (cost: cost + planFees, baseline: $0) } }
    }
    var isCachedCautious: Bool?
    if let cached = baselineCachedCost {
      let own = pairs.map { (cost: $0.cost, baseline: cached) }
      if pairs.contains(where: { $0.baseline.isApart(from: cached) }) {
        isCachedCautious = pairs.allSatisfy { cached < $0.baseline }
        pairs += own
      } else if kind == .cached {
        pairs = own
      }
    }
    guard let cost = pairs.map(\.cost).span, let baseline = pairs.map(\.baseline).span,
      let saved = pairs.map({ $0.baseline - $0.cost }).span
    else { return nil }
    return Claim(cost: cost, baselineCost: baseline, saved: saved, isCachedCautious: isCachedCautious)
  }

  /// Everything paid, at both ends where some split is not known.
  package var costs: ClosedRange<Money> {
    range?.cost.map { $0.lowerBound + planFees...$0.upperBound + planFees } ?? cost...cost
  }
  /// The baseline cost at both ends.
  package var baselineCosts: ClosedRange<Money>? { range?.baselineCost ?? baselineCost.map { $0...$0 } }
  /// What was saved at both ends, each with a cost and a baseline cost of the same split.
  package var savings: ClosedRange<Money>? {
    guard let range else { return saved.map { $0...$0 } }
    func difference(_ ends: SplitRange.Ends) -> Money? {
      ends.cost.flatMap { cost in ends.baselineCost.map { $0 - cost - planFees } }
    }
    guard let one = difference(range.fresh), let other = difference(range.cached) else { return nil }
    return min(one, other)...max(one, other)
  }
}
