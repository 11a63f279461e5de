package import Pricing
package import Model

/// What fails a check.
package struct GateRules: Hashable, Sendable {
  /// The ratio that a per-token model may have, in trillionths.
  package var maxRatio: Int128
  /// By how much of itself a ratio may grow against the base; `nil` for any.
  package var maxIncrease: Ratio?
  /// How many measured requests a model must have to be judged.
  package var minRequests: Int
  /// What a model must cost to be judged.
  package var minCost: Money
  /// The share of answered requests that must be measured and priced.
  package var minCoverage: Ratio?
  /// Whether a model without a price makes the check impossible; else it is a warning.
  package var failsOnUnpriced: Bool
  /// Whether a model above the limit that was above it on the base too is only reported.
  package var onlyNew: Bool

  package init(
    maxRatio: Int128 = 1_000_000_000_000, maxIncrease: Ratio? = nil, minRequests: Int = 0, minCost: Money = .zero,
    minCoverage: Ratio? = nil, failsOnUnpriced: Bool = false, onlyNew: Bool = false
  ) {
    self.maxRatio = maxRatio
    self.maxIncrease = maxIncrease
    self.minRequests = minRequests
    self.minCost = minCost
    self.minCoverage = minCoverage
    self.failsOnUnpriced = failsOnUnpriced
    self.onlyNew = onlyNew
  }
}

/// A model in a check.
package struct GateRow: Hashable, Sendable {
  /// How a model stands. Raw values are the words of the JSON output.
  package enum Status: String, Sendable {
    /// Within all limits.
    case passed
    /// Above the ratio's limit.
    case aboveLimit = "above_limit"
    /// Above the ratio's limit, and so it was on the base; only the new ones fail.
    case aboveLimitBefore = "above_limit_before"
    /// Its ratio grew by more than is allowed.
    case increased
    /// Too few requests, or too little money, to judge.
    case tooLittle = "too_little"
    /// Which part of the prompts a cache served is not known, and it decides.
    case splitUnknown = "split_unknown"
    /// No measured tokens.
    case unmeasured
    /// The model has no price.
    case unpriced
    /// The baseline has no price at that time.
    case baselineUnpriced = "baseline_unpriced"
    /// Paid by a plan, which is never failed.
    case plan
    case free
  }

  package var audited: AuditRow
  /// The ratio on the base, where there is one.
  package var base: Ratio?
  package var status: Status

  /// Whether the check fails because of it.
  package var isViolation: Bool { status == .aboveLimit || status == .increased }
}

/// A check of a history against rules: what CI asks. Pure.
package struct Gate: Hashable, Sendable {
  /// What the base was good for.
  package enum Comparison: Hashable, Sendable {
    /// Nobody named a base.
    case none
    /// Compared with the base's pricing table, of which this is the version.
    case made(basePricing: String)
    /// The base was made in another way, so that a difference would say nothing: why.
    case reset(String)
  }

  /// What a script wants to know.
  package enum Outcome: String, Sendable {
    /// No rule is violated.
    case passed
    /// A rule is violated.
    case failed
    /// There is not enough to judge by.
    case unjudged
  }

  /// Why there is not enough to judge by.
  package enum Obstacle: Hashable, Sendable {
    /// No request in the window.
    case noRequests
    /// Requests, and no token of them is measured.
    case nothingMeasured
    /// A model has no price, and the rules want one.
    case unpriced(ModelID)
    /// The baseline has no price for a model's requests.
    case baselineUnpriced(ModelID)
    /// Fewer requests are measured and priced than the rules want.
    case coverage(Ratio)
    case unknownBudget(UnknownBudget)
  }

  package var rules: GateRules
  /// The audit of the window.
  package var report: AuditReport
  /// The models, in the report's order.
  package var rows: [GateRow]
  /// What the base was good for.
  package var comparison: Comparison
  /// What keeps the check from a judgement.
  package var obstacles: [Obstacle]
  /// Budgets and bills that are asked for.
  package var demands: [GateDemand] = []
  /// The days within which a bill is asked for; `nil` where none is.
  package var reconciledWithin: Int?
  /// Whether budgets are asked for.
  package var asksForBudgets = false

  /// Violations count more than what could not be judged.
  package var outcome: Outcome {
    if rows.contains(where: \.isViolation) || demands.contains(where: \.isViolation) { return .failed }
    return obstacles.isEmpty ? .passed : .unjudged
  }

  /// Judges an audit.
  /// - Parameter base: the audit of the base; `nil` where there is none or it cannot be compared with.
  package init(_ report: AuditReport, base: AuditReport?, comparison: Comparison, rules: GateRules) {
    var before: [ModelID: AuditRow] = [:]
    for row in base?.models ?? [] where row.key.billing == .perToken { before[row.key.model] = row }
    self.rules = rules
    self.report = report
    self.comparison = comparison
    self.rows = report.models.map { row in
      let old = before[row.key.model]
      return GateRow(
        audited: row, base: old?.ratio(by: report.judgedBy),
        status: rules.status(of: row, base: old, by: report.judgedBy))
    }
    self.obstacles = Self.obstacles(report, rows, rules)
  }

  private static func obstacles(_ report: AuditReport, _ rows: [GateRow], _ rules: GateRules) -> [Obstacle] {
    let counts = report.coverage.counts
    guard counts.requests > 0 else { return [.noRequests] }
    guard counts.measured > 0 || counts.requests == counts.failed else { return [.nothingMeasured] }
    var obstacles = rows.compactMap { row -> Obstacle? in
      switch row.status {
      case .unpriced where rules.failsOnUnpriced: .unpriced(row.audited.key.model)
      case .baselineUnpriced: .baselineUnpriced(row.audited.key.model)
      default: nil
      }
    }
    // Where no measured request has a price, nothing was judged at all.
    if obstacles.isEmpty, counts.measured > 0, report.coverage.covered == 0 {
      obstacles = rows.filter { $0.status == .unpriced }.map { .unpriced($0.audited.key.model) }
    }
    if let limit = rules.minCoverage, let share = report.coverage.share, share < limit {
      obstacles.append(.coverage(share))
    }
    return obstacles
  }
}

/// What each threshold means, for alerts as for checks.
extension GateRules {
  /// Whether there is enough of a model to judge it by: measured requests, which alone have a ratio, and money that it
  /// costs whatever caches served.
  package func judges(_ row: AuditRow) -> Bool {
    row.counts.measured >= minRequests && (row.cost ?? row.range?.cost?.lowerBound ?? .zero) >= minCost
  }

  /// Whether a model that is paid by the token costs more than the limit allows, whatever caches served. The amounts
  /// themselves are compared: a ratio that only rounds to the limit is above it.
  /// - Parameter kind: which baseline decides; where none that caches could be worked out, the plain one.
  package func isAbove(_ row: AuditRow, by kind: RatioKind) -> Bool {
    row.key.billing == .perToken && row.ends(by: kind).allSatisfy(isAbove)
  }

  /// Whether a model that is paid by the token stays within the limit, whatever caches served.
  package func isWithin(_ row: AuditRow, by kind: RatioKind) -> Bool {
    row.key.billing == .perToken && row.ends(by: kind).allSatisfy { $0.ratio != nil && !isAbove($0) }
  }
}

extension GateRules {
  fileprivate func status(of row: AuditRow, base: AuditRow?, by kind: RatioKind) -> GateRow.Status {
    switch row.key.billing {
    case .plan: return .plan
    case .free: return .free
    case .unpriced: return row.unpriced > 0 ? .unpriced : .unmeasured
    case .perToken: break
    }
    let ends = row.ends(by: kind)
    guard row.counts.measured > 0, ends.allSatisfy({ $0.cost != nil }) else { return .unmeasured }
    guard ends.allSatisfy({ $0.baselineCost != nil }) else { return .baselineUnpriced }
    if !judges(row) { return .tooLittle }
    guard ends.allSatisfy({ $0.ratio != nil }) else { return .unmeasured }
    let grew = grew(row, base, by: kind)
    if isAbove(row, by: kind) {
      if !(onlyNew && base.map { isAbove($0, by: kind) } == true) { return .aboveLimit }
      return grew ? .increased : .aboveLimitBefore
    }
    if ends.contains(where: isAbove) { return .splitUnknown }
    return grew ? .increased : .passed
  }

  /// Exact: a ratio that only rounds to the limit is above it.
  private func isAbove(_ ends: SplitRange.Ends) -> Bool {
    guard let cost = ends.cost, let baselineCost = ends.baselineCost else { return false }
    let left = cost.picodollars.multipliedFullWidth(by: 1_000_000_000_000)
    let right = maxRatio.multipliedFullWidth(by: baselineCost.picodollars)
    return (left.high, left.low) > (right.high, right.low)
  }

  /// Whether it grew whatever caches served.
  private func grew(_ row: AuditRow, _ base: AuditRow?, by kind: RatioKind) -> Bool {
    // Trillionths, so that a ratio of a few millionths does not grow by rounding.
    func fine(_ row: AuditRow) -> [Int128] {
      row.ends(by: kind).compactMap { ends in
        guard let cost = ends.cost, let whole = ends.baselineCost, whole > .zero else { return nil }
        return cost.multiplied(by: 1_000_000_000_000, over: whole.picodollars).picodollars
      }
    }
    guard let maxIncrease, let base, let new = fine(row).min(), let old = fine(base).max(), old > 0 else {
      return false
    }
    return new * 1_000_000 > old * (1_000_000 + maxIncrease.millionths)
  }
}
