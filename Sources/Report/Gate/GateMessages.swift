package import Audit
import Pricing
import Model

/// What a check has to say, in words; every format says the same.
package struct GateMessage: Hashable, Sendable {
  package enum Level: String, Sendable {
    /// The check fails, or could not be made.
    case error
    /// Somebody should look.
    case warning
    /// Good to know.
    case notice
  }

  package var level: Level
  /// A few words.
  package var title: String
  /// One sentence.
  package var text: String

  /// All that a check has to say, the worst first.
  package static func all(
    of gate: Gate, quote: @escaping @Sendable (String) -> String = SafeText.terminal,
    code: (String) -> String = { $0 }
  ) -> [GateMessage] {
    let obstacles = Set(gate.obstacles)
    let words = ReportSentences(report: gate.report, quote: quote)
    var messages = gate.rows.filter { $0.status != .unpriced || !obstacles.contains(.unpriced($0.audited.key.model)) }
      .compactMap { message(on: $0, gate, words, code) }
    messages += gate.demands.compactMap { message(on: $0, quote, code) }
    var unpriced: [ModelID: AuditRow] = [:]
    // JUnit asks for each row by itself, which has no obstacles.
    if !obstacles.isEmpty {
      for row in gate.report.models where row.key.billing == .unpriced { unpriced[row.key.model] = row }
    }
    messages += gate.obstacles.map { message(on: $0, gate, unpriced, quote, code) }
    if case .reset(let reason) = gate.comparison {
      messages.append(.init(level: .warning, title: "Not compared with the base", text: quote(reason)))
    }
    for plan in gate.report.plans {
      let over = plan.recordedDays > 0 ? "over \(Figures.count(plan.recordedDays, "recorded day"))" : "so far"
      if plan.status == .underBreakEven {
        let used = words.share(of: plan)
        messages.append(
          .init(
            level: .warning, title: "Plan under break-even",
            text:
              "\(quote(plan.name)) \(plan.hasEnded ? "was" : "is projected to be") used for \(used) of its fee of \(Figures.money(plan.fee)), "
              + over + (plan.mayPay ? ", by what is measured" : "")))
      } else if let ratio = plan.said(\.ratio, by: \.periodCost), ratio.upperBound > .one, plan.status == .pays {
        messages.append(
          .init(
            level: .warning, title: "Plan dearer than the baseline in this window",
            text:
              "\(quote(plan.name)) costs \(words.ratio(ratio)) of \(words.baseline) in the window, and pays over the "
              + "month so far"))
      }
    }
    if gate.report.webSearchFees > .zero {
      messages.append(
        .init(
          level: .notice, title: "Web searches",
          text: "web searches cost \(Figures.money(gate.report.webSearchFees)) beside tokens, which ratios leave out"))
    }
    let order: [Level] = [.error, .warning, .notice]
    return order.flatMap { level in messages.filter { $0.level == level } }
  }

  private static func message(
    on row: GateRow, _ gate: Gate, _ words: ReportSentences, _ code: (String) -> String
  ) -> GateMessage? {
    let name = words.quote(row.audited.key.model.description)
    let requests =
      Figures.count(row.audited.counts.measured, "measured request")
      + (row.audited.assumed > 0 ? "; provider assumed" : "")
    let ratio = "\(gate.ratio(of: row)) of \(words.baseline)"
    let before = row.base.map { ", \(Figures.ratio($0)) on the base" } ?? ""
    switch row.status {
    case .aboveLimit:
      return .init(
        level: .error, title: "Ratio above the limit",
        text: "\(name) costs \(ratio)\(before); the limit is \(limit(gate.rules)) (\(requests))")
    case .increased:
      let share = gate.rules.maxIncrease.map(Figures.percent) ?? ""
      return .init(
        level: .error, title: "Ratio grew",
        text: "\(name) costs \(ratio)\(before); it may grow by \(share) (\(requests))")
    case .aboveLimitBefore:
      return .init(
        level: .warning, title: "Ratio above the limit, as before",
        text: "\(name) costs \(ratio)\(before); the limit is \(limit(gate.rules)) (\(requests))")
    case .unpriced:
      return .init(
        level: .warning, title: "No price",
        text: "\(Figures.count(row.audited.unpriced, "request")) to \(name) "
          + "\(row.audited.unpriced == 1 ? "has" : "have") no price in the table; "
          + cure(row.audited, words.quote, code))
    case .unmeasured where row.audited.counts.unknown > 0:
      return .init(
        level: .notice, title: "Nothing measured",
        text: "none of \(Figures.count(row.audited.counts.requests, "request")) to \(name) has measured tokens")
    case .tooLittle:
      return .init(
        level: .notice, title: "Too little to judge", text: "\(name) costs \(ratio), and is not judged (\(requests))")
    case .splitUnknown:
      return .init(
        level: .notice, title: "Cache split unknown",
        text: "\(name) is above the limit or not, by what caches served, which nobody wrote down (\(requests))")
    default: return nil
    }
  }

  static func message(
    on demand: GateDemand, _ quote: (String) -> String, _ code: (String) -> String
  ) -> GateMessage? {
    guard demand.isViolation else { return nil }
    switch demand {
    case .budget(let state):
      return .init(
        level: .error, title: "Budget exceeded",
        text: "a budget is exceeded: \(BudgetSummary.line(state, quote: quote))")
    case .reconciled(let provider, let last, let since):
      return .init(
        level: .error, title: "Not reconciled",
        text: "\(quote(provider)) was not reconciled since \(since): "
          + (last.map { "its last recorded bill ends on \($0)" } ?? "no bill of it is recorded")
          + "; " + code("ccr-audit reconcile FILE --record") + " does it")
    }
  }

  /// What was asked for money and bills, and holds.
  static func kept(_ gate: Gate, quote: (String) -> String = SafeText.terminal) -> [String] {
    gate.demands.filter { !$0.isViolation }.map { demand in
      switch demand {
      case .budget(let state): "budget kept: \(BudgetSummary.line(state, quote: quote))"
      case .reconciled(let provider, let last, _):
        "reconciled: \(quote(provider))\(last.map { ", its last recorded bill ends on \($0)" } ?? "")"
      }
    }
  }

  private static func message(
    on obstacle: Gate.Obstacle, _ gate: Gate, _ unpriced: [ModelID: AuditRow], _ quote: (String) -> String,
    _ code: (String) -> String
  ) -> GateMessage {
    func error(_ text: String) -> GateMessage { .init(level: .error, title: "Could not be judged", text: text) }
    switch obstacle {
    case .noRequests: return error("the history holds no request in the window")
    case .nothingMeasured: return error("no request of the window has measured tokens")
    case .unpriced(let model):
      let ending = unpriced[model].map { "; " + cure($0, quote, code) } ?? ""
      return error("\(quote(model.description)) has no price in the table" + ending)
    case .baselineUnpriced(let model):
      return error(
        "the baseline \(quote(gate.report.baseline.description)) has no price for requests to "
          + quote(model.description))
    case .coverage(let share):
      let least = gate.rules.minCoverage.map(Figures.percent) ?? ""
      return error("\(Figures.percent(share)) of the requests are measured and priced; the least is \(least)")
    case .unknownBudget(let budget): return error(BudgetSummary.sentence(budget, quote: quote))
    }
  }

  private static func cure(_ row: AuditRow, _ quote: (String) -> String, _ code: (String) -> String) -> String {
    Cure.clause(for: row.key.model, row.lack, offers: row.offers, quote: quote, code: code)
  }

  /// `1×`, `1.05×`.
  static func limit(_ rules: GateRules) -> String {
    let text = Money(picodollars: rules.maxRatio).description
    return text + "×"
  }
}

extension Gate {
  /// The ratio that is judged, or between what it lies.
  func ratio(of row: GateRow) -> String {
    guard let range = row.audited.ratios(by: report.judgedBy) else { return Figures.ratio(nil) }
    let (low, high) = (Figures.ratio(range.lowerBound), Figures.ratio(range.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  /// The result in one sentence.
  var headline: String {
    let models = rows.count(where: \.isViolation)
    let (budgets, bills) = demands.filter(\.isViolation).reduce((0, 0)) { counts, demand in
      if case .budget = demand { (counts.0 + 1, counts.1) } else { (counts.0, counts.1 + 1) }
    }
    let failed = [
      models > 0 ? "\(Figures.count(models, "model")) in violation" : nil,
      budgets > 0 ? "\(Figures.count(budgets, "budget")) exceeded" : nil,
      bills > 0 ? "\(Figures.count(bills, "provider")) not reconciled" : nil,
    ].compactMap(\.self).joined(separator: ", ")
    return switch outcome {
    case .passed where !rows.isEmpty && !rows.contains(where: \.isJudged): "Check passed; no model was judged"
    case .passed: "Check passed"
    case .failed: "Check failed: \(failed)"
    case .unjudged: "Check could not be made"
    }
  }

  /// The days and what they are compared with.
  func subject(_ words: ReportSentences) -> String {
    "\(Figures.days(report.period.since...report.period.until)) (\(report.period.zoneName)), against "
      + "\(words.baselineOverTime); pricing \(report.pricingVersion.prefix(12))"
  }
}

extension GateRow {
  /// Whether its ratio was held against a limit.
  fileprivate var isJudged: Bool { [.passed, .aboveLimit, .aboveLimitBefore, .increased].contains(status) }

  /// For a column of a table.
  var words: String {
    status == .unmeasured && audited.counts.isOnlyFailures ? "failed" : status.words
  }
}

extension GateRow.Status {
  /// For a column of a table.
  fileprivate var words: String {
    switch self {
    case .passed: "ok"
    case .aboveLimit: "above the limit"
    case .aboveLimitBefore: "above, as before"
    case .increased: "grew"
    case .tooLittle: "too little"
    case .splitUnknown: "cache unknown"
    case .unmeasured: "not measured"
    case .unpriced: "no price"
    case .baselineUnpriced: "no baseline"
    case .plan: "plan"
    case .free: "free"
    }
  }
}
