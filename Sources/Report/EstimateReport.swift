import Audit
import Pricing
import Model

/// What every format says of estimates and of the router's own claims, always apart from what is measured.

extension ReportSentences {
  /// Sections beside the figures: a heading and its sentences.
  var asides: [(title: String, sentences: [String])] {
    [
      ("Estimated, in no figure above", estimates), ("Claimed by the router", claims),
      (
        "Measured by bills",
        BilledUseSummary.measured(report.billed).map {
          BilledUseSummary.line($0.model, $0.sum, unmeasured: report.unmeasuredOfBilled[$0.model], quote: quote)
        } + BilledUseSummary.charges(report.billed).map { BilledUseSummary.line($0, quote: quote) }
          + BilledUseSummary.across(report.billedAcross).map { BilledUseSummary.line(across: $0, quote: quote) }
      ),
      ("Budgets", report.budgets.map { BudgetSummary.line($0, quote: quote) }),
    ].filter { !$0.1.isEmpty }
  }

  /// Where the measured tokens come from.
  var sources: [String] {
    let counts = report.coverage.counts
    let parts = [(counts.upstream, "provider"), (counts.router, "router"), (counts.client, "client")]
      .filter { $0.0 > 0 }.map { "\(Figures.count($0.0)) by the \($0.1)" }
    return parts.isEmpty ? [] : ["measured \(Figures.count(counts.measured)): \(parts.joined(separator: ", "))"]
  }

  private var estimates: [String] {
    guard let estimate = report.estimate else { return [] }
    guard !estimate.models.isEmpty else {
      return [
        "Nothing: " + (report.coverage.answered > 0 ? "all answered requests are measured" : "no request was answered")
      ]
    }
    var lines: [String] = []
    // What has no price has no known cost, neither measured nor estimated.
    func isEstimated(_ row: AuditRow) -> Bool { row.counts.estimated > 0 && row.key.billing != .unpriced }
    let perToken = report.models.filter { $0.key.billing == .perToken }
    if perToken.contains(where: isEstimated) {
      let measured = perToken.contains { $0.counts.measured > 0 } ? money(report.totals.perTokenCost) : "–"
      lines.append("By the token: measured \(measured) + \(amount(report.estimatedCost))")
    }
    if report.models.contains(where: isEstimated) {
      lines.append(
        "At \(baseline): measured \(money(report.totals.baselineCost)) + \(amount(report.estimatedBaselineCost))"
      )
    }
    let unpriced = report.models.filter { $0.key.billing == .unpriced }.reduce(0) { $0 + ($1.estimated?.requests ?? 0) }
    if unpriced > 0 { lines.append("\(Figures.count(unpriced, "estimated request")) without a price not included") }
    return lines + estimate.models.flatMap(sentences)
  }

  private func amount(_ sum: EstimatedAmount) -> String {
    let proxy = sum.hasProxy ? ", where a proxy counted without a known error" : ""
    return "estimated \(money(sum.amount))"
      + (sum.interval.map { " (\(money(nil, $0)) at 90% confidence)" } ?? "") + proxy
  }

  private func sentences(on estimate: ModelEstimate) -> [String] {
    let name = name(estimate.model)
    func requests(_ count: Int) -> String { Figures.count(count, "request") }
    var lines: [String] = []
    if estimate.estimated > 0, let calibration = estimate.calibration {
      lines.append(
        "\(name): \(requests(estimate.estimated)) estimated from bytes; by leave-one-out, \(side("input", calibration.input)); "
          + side("output", calibration.output))
    }
    if estimate.byModel > 0 {
      lines.append(
        "\(name): the model as a whole stands for \(Figures.count(estimate.byModel)) of them, because too few requests of "
          + "their route are measured")
    }
    if estimate.proxy > 0 {
      lines.append("\(name): \(requests(estimate.proxy)) as the proxy itself counted; how well is not known")
    }
    for (refusal, count) in estimate.refusalsByCount {
      lines.append("\(name): \(requests(count)) not estimated: \(refusal.sentence)")
    }
    if estimate.outOfRange > 0 {
      lines.append("\(name): \(requests(estimate.outOfRange)) not estimated: shorter or longer than any measured one")
    }
    if estimate.notWhole > 0 {
      lines.append("\(name): \(requests(estimate.notWhole)) cannot be estimated: no whole answer is recorded")
    }
    if estimate.withoutBytes > 0 {
      lines.append(
        "\(name): \(requests(estimate.withoutBytes)) cannot be estimated: the bytes of prompt and answer are not both "
          + "recorded")
    }
    return lines
  }

  private func side(_ side: String, _ ratio: TokenRatio) -> String {
    "\(side) from \(Figures.count(ratio.requests, "measured request")), median error "
      + "\(Figures.percent(ratio.error.median)), 90th percentile \(Figures.percent(ratio.error.p90))"
  }

  private var claims: [String] {
    report.rows.compactMap { row in
      guard let claim = row.claimed else { return nil }
      let audited: String =
        switch row.key.billing {
        case .plan(let plan, _): "billed $0.00, plan \(quote(plan)) pays"
        case .free: "free"
        case .unpriced: "no price to audit with"
        case .perToken: claim.audited.map { "audited \(money($0))" } ?? "not measured"
        }
      return "\(name(row.key.model)), \(Figures.count(claim.requests, "request")): list price claimed "
        + "\(money(claim.claimed)), \(audited)"
    }
  }
}

/// An estimated amount of a whole report.
struct EstimatedAmount {
  var amount: Money?
  /// Between what it lies with a probability of 90 %; `nil` where nothing of it is estimated from bytes.
  var interval: ClosedRange<Money>?
  var hasProxy: Bool

  /// Half of what lies between both ends.
  var margin: Money? { interval.map { ($0.upperBound - $0.lowerBound).multiplied(by: 1, over: 2) } }
}

extension AuditReport {
  /// Of per-token models, as `totals.perTokenCost`, which stands beside it.
  var estimatedCost: EstimatedAmount {
    amount(of: models.filter { $0.key.billing == .perToken }, \.cost, \.proxy.cost, estimate?.cost)
  }

  /// At the baseline's rates, of every model that has a price; as `totals.baselineCost`, which stands beside it.
  var estimatedBaselineCost: EstimatedAmount {
    amount(
      of: models.filter { $0.key.billing != .unpriced }, \.baselineCost, \.proxy.baselineCost, estimate?.baselineCost)
  }

  private func amount(
    of rows: [AuditRow], _ cost: KeyPath<EstimatedSum, Money?>, _ proxy: KeyPath<EstimatedSum, Money?>,
    _ interval: ClosedRange<Money>?
  ) -> EstimatedAmount {
    let sums = rows.compactMap(\.estimated)
    let costs = sums.compactMap { $0[keyPath: cost] }
    let counted = sums.compactMap { $0[keyPath: proxy] }.reduce(.zero, +)
    return EstimatedAmount(
      amount: costs.count == sums.count ? costs.reduce(.zero, +) : nil,
      interval: interval.map { $0.lowerBound + counted...$0.upperBound + counted },
      hasProxy: sums.contains { $0.proxy.requests > 0 })
  }
}

extension CalibrationRefusal {
  /// Why, in words.
  var sentence: String {
    switch self {
    case .tooFew(let side, let requests):
      "\(Figures.count(requests, "measured request")) with \(side.rawValue) bytes, \(Calibration.minimumRequests) "
        + "are needed"
    case .tooUncertain(let side, let median):
      "the \(side.rawValue) estimate would be off by \(Figures.percent(median)) in the median, more than "
        + Figures.percent(Calibration.maximumError)
    case .routeUnmeasured(let route): "no request of the route \(route.rawValue) is measured"
    case .routeDiffers(let route, let requests):
      "\(Figures.count(requests, "measured request")) of the route \(route.rawValue), "
        + "\(Calibration.minimumRequests) are needed or 5 that are like those of the model's other routes"
    case .tooFewSessions(let sessions):
      "the measured requests are of \(Figures.count(sessions, "session")), too few to tell how far sessions differ"
    case .mixed: "requests of like size have other tokens than all together, as where some hold images"
    }
  }
}

extension JSONText {
  /// A row's estimate; `null` where nothing is estimated.
  static func estimated(_ sum: EstimatedSum?) -> JSONText {
    guard let sum else { return .null }
    return .object([
      ("requests", .count(sum.requests)), ("tokens", .tokens(sum.tokens)), ("cost_usd", .money(sum.cost)),
      ("baseline_cost_usd", .money(sum.baselineCost)), ("error", .error(sum.error)), ("method", .string(sum.method)),
    ])
  }

  /// A row's claim; `null` where the router claims nothing.
  static func claimed(_ claim: ClaimedCost?) -> JSONText {
    guard let claim else { return .null }
    return .object([
      ("requests", .count(claim.requests)), ("cost_usd", .money(claim.claimed)),
      ("audited_cost_usd", .money(claim.audited)),
    ])
  }

  /// The whole report's estimate; `null` unless asked for.
  static func estimate(_ report: AuditReport) -> JSONText {
    guard let estimate = report.estimate else { return .null }
    let (cost, baseline) = (report.estimatedCost, report.estimatedBaselineCost)
    return .object([
      ("requests", .count(report.models.reduce(0) { $0 + ($1.estimated?.requests ?? 0) })),
      ("cost_usd", .money(cost.amount)), ("cost_margin_usd", .money(cost.margin)),
      ("cost_usd_low", .money(cost.interval?.lowerBound)), ("cost_usd_high", .money(cost.interval?.upperBound)),
      ("baseline_cost_usd", .money(baseline.amount)), ("baseline_cost_margin_usd", .money(baseline.margin)),
      ("baseline_cost_usd_low", .money(baseline.interval?.lowerBound)),
      ("baseline_cost_usd_high", .money(baseline.interval?.upperBound)), ("confidence", .text("0.9")),
      (
        "models",
        .array(
          estimate.models.map { model in
            .object([
              ("provider", .string(model.model.provider)), ("model", .string(model.model.model)),
              ("estimated", .count(model.estimated)), ("proxy", .count(model.proxy)),
              ("by_model", .count(model.byModel)), ("refused", .count(model.refused)),
              ("out_of_range", .count(model.outOfRange)), ("not_whole", .count(model.notWhole)),
              ("without_bytes", .count(model.withoutBytes)),
              ("refusal", .text(model.refusalsByCount.first?.refusal.sentence)),
              ("input", .ratio(model.calibration?.input)), ("output", .ratio(model.calibration?.output)),
            ])
          })
      ),
    ])
  }

  private static func ratio(_ ratio: TokenRatio?) -> JSONText {
    guard let ratio else { return .null }
    return .object([
      ("method", .string(ratio.method.rawValue)),
      ("tokens_per_byte", .string(Money(picodollars: ratio.billionths * 1000).rounded(places: 9))),
      ("measured_requests", .count(ratio.requests)), ("error", .error(ratio.error)),
    ])
  }

  private static func error(_ error: EstimateError?) -> JSONText {
    guard let error else { return .null }
    return .object([("median", .ratio(error.median)), ("p90", .ratio(error.p90))])
  }
}

/// The last columns of a CSV report.
enum EstimateColumns {
  static let names =
    TokenClass.allCases.map { "estimated_\($0.rawValue)" } + [
      "estimated_cost_usd", "estimated_baseline_cost_usd", "estimated_error_median", "estimated_error_p90",
      "estimated_method", "claimed_requests", "claimed_cost_usd", "claimed_audited_cost_usd",
    ]

  static func fields(_ row: AuditRow) -> [String] {
    let (sum, claim) = (row.estimated, row.claimed)
    return TokenClass.allCases.map { tokenClass in sum.map { String($0.tokens[tokenClass]) } ?? "" } + [
      sum?.cost?.description ?? "", sum?.baselineCost?.description ?? "", sum?.error?.median.description ?? "",
      sum?.error?.p90.description ?? "", sum?.method ?? "", claim.map { String($0.requests) } ?? "",
      claim?.claimed.description ?? "", claim?.audited?.description ?? "",
    ]
  }
}
