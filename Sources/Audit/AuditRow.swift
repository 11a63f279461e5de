package import Model
package import Pricing

/// What sets a row apart.
///
/// Billing is a part of it: a model whose billing changes inside the period (from per-token to a plan, or at the first
/// day it has a price) has a row for each, so that cost, baseline cost and ratio of a row always cover the same
/// requests.
package struct RowKey: Hashable, Sendable, Comparable {
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
  /// Whether all its measured requests went to what the baseline stood for on their day.
  package var isOfBaseline = false
}

extension AuditRow {
  /// Whether it is the baseline's own work at the baseline's price, which is no model to compare.
  package var isBaseline: Bool { isOfBaseline && verdict == .equal }

  /// What the row costs: from end to end where nobody knows what caches served.
  package var costs: ClosedRange<Money>? { range?.cost ?? cost.map { $0...$0 } }

  /// What it would cost at the plain baseline, likewise.
  package var baselineCosts: ClosedRange<Money>? { range?.baselineCost ?? baselineCost.map { $0...$0 } }

  /// What it costs, or at most costs.
  package var highestCost: Money? { cost ?? range?.cost?.upperBound }

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

/// Tokens of a class that were priced at another class's rate, because the provider publishes none.
package struct RateFallback: Hashable, Sendable {
  /// Whose rate is missing: the row's model or the baseline.
  package var model: ModelID
  /// The class without a rate.
  package var tokenClass: TokenClass
  /// The class whose rate was used.
  package var from: TokenClass
  package var tokens: Int64
}
