package import Audit
import Pricing
import Model

/// The report as JSON: a contract, version 1. Members may be added, and are never renamed. Money is exact decimal
/// strings; what is not known is `null`.
package enum JSONReport {
  /// The text, with a line end.
  package static func text(_ report: AuditReport, notes: ReportNotes = ReportNotes()) -> String {
    value(report, notes).pretty + "\n"
  }

  private static func value(_ report: AuditReport, _ notes: ReportNotes) -> JSONText {
    let period = report.period
    let head: [(String, JSONText)] = [
      ("schema_version", .count(1)),
      ("generated_at", .string(ISOTime.second(report.generatedAt))),
      (
        "period",
        .object([
          ("since", .string(period.since.description)), ("until", .string(period.until.description)),
          ("timezone", .string(period.zoneName)),
        ])
      ),
    ]
    let rest: [(String, JSONText)] = [
      ("baseline", baseline(report)),
      ("other_baselines", .array(report.otherBaselines.map { .object(members($0)) })),
      ("judged_by", .string(report.judgedBy.rawValue)),
      (
        "pricing",
        .object([
          ("version", .string(String(report.pricingVersion.prefix(12)))), ("sha256", .string(report.pricingVersion)),
          ("known_on", .text(report.knownOn?.description)),
        ])
      ),
      ("coverage", coverage(report.coverage)),
      ("grouped_by", .string(report.grouping.rawValue)),
      ("models", .array(report.rows.map { row($0, report, notes) })),
      ("rows_left_out", .count(report.rowsLeftOut.count)),
      ("plans", .array(report.plans.map(plan))),
      ("totals", sums(report)),
      ("recorded", recorded(report.recorded)),
      ("corrections", .array(report.corrections.map(correction))),
      ("currency", report.currency.map(currency) ?? .null),
      ("estimate", .estimate(report)),
      ("budgets", .array(report.budgets.map(BudgetSummary.json))),
      ("missing", report.missing.map(MissingTrafficSummary.json) ?? .null),
      ("beside_tokens", .array(report.extras.map(extra))),
      (
        "measured_by_bills",
        .array(
          BilledUseSummary.measured(report.billed).map {
            BilledUseSummary.json($0.model, $0.sum, unmeasured: report.unmeasuredOfBilled[$0.model])
          })
      ),
      ("bills_in_part_outside", .array(BilledUseSummary.across(report.billedAcross).map(BilledUseSummary.json))),
      ("charged_by_bills", .array(BilledUseSummary.charges(report.billed).map(BilledUseSummary.json))),
      ("not_measured", .array(unmeasured(notes))),
    ]
    return .object(head + report.scope.members + rest)
  }

  /// The model that the baseline stood for in the period where it was one, and all of them over time.
  private static func baseline(_ report: AuditReport) -> JSONText {
    let stood = report.successors
    return .object(
      members(stood.count == 1 ? stood[0].model : report.baseline) + [
        ("configured", .string(report.baseline.description)),
        (
          "stood_for",
          .array(
            stood.map { .object(members($0.model) + [("from", .string(ISOTime.text($0.from)))]) })
        ),
      ])
  }

  /// Why requests are not measured, by model, and what is known of their tokens all the same: at least these.
  private static func unmeasured(_ notes: ReportNotes) -> [JSONText] {
    Set(notes.reasons.keys).union(uncounted(notes).map(\.model)).sorted().map { model in
      .object(members(model) + unmeasured(model, notes))
    }
  }

  private static func uncounted(_ notes: ReportNotes) -> [LowerBound] { notes.bounds.filter { !$0.isCounted } }

  private static func unmeasured(_ model: ModelID, _ notes: ReportNotes) -> [(String, JSONText)] {
    let reasons = (notes.reasons[model] ?? []).flatMap(reasons)
    let atLeast = uncounted(notes).first { $0.model == model }.map { bound in
      JSONText.object([("requests", .count(bound.requests)), ("tokens", .tokens(bound.tokens))])
    }
    return [("reasons", .array(reasons)), ("at_least", atLeast ?? .null)]
  }

  /// The same of a row, where its model has no other one.
  private static func unmeasured(_ row: AuditRow, _ report: AuditReport, _ notes: ReportNotes) -> JSONText {
    guard report.grouping == .model, report.rows.count(where: { $0.key.model == row.key.model }) == 1 else {
      return .null
    }
    return .object(unmeasured(row.key.model, notes))
  }

  private static func reasons(_ missing: MissingTokens) -> [JSONText] {
    func entry(_ code: String?, _ requests: Int) -> JSONText {
      .object([("code", .text(code)), ("reason", .string(missing.reason)), ("requests", .count(requests))])
    }
    let rest = missing.requests - missing.codes.values.reduce(0, +)
    return missing.codes.sorted { $0.key < $1.key }.map { entry($0.key, $0.value) }
      + (rest > 0 ? [entry(nil, rest)] : [])
  }

  private static func recorded(_ part: RecordedPart?) -> JSONText {
    guard let part else { return .null }
    return .object([
      ("since", .string(part.from.description)), ("days", .count(part.days)), ("of_days", .count(part.ofDays)),
      ("days_without_requests", part.silentDays.map { .count($0) } ?? .null),
    ])
  }

  private static func members(_ model: ModelID) -> [(String, JSONText)] {
    [("provider", .string(model.provider)), ("model", .string(model.model))]
  }

  private static func correction(_ correction: Correction) -> JSONText {
    func figure(_ figure: Correction.Figure) -> JSONText {
      .object([
        ("cost_usd", .money(figure.cost)), ("cost_usd_low", .money(figure.costs?.lowerBound)),
        ("cost_usd_high", .money(figure.costs?.upperBound)), ("baseline_cost_usd", .money(figure.baselineCost)),
        ("baseline_cost_usd_low", .money(figure.baselineCosts?.lowerBound)),
        ("baseline_cost_usd_high", .money(figure.baselineCosts?.upperBound)), ("ratio", .ratio(figure.ratio)),
      ])
    }
    return .object(
      members(correction.model) + [("before", figure(correction.before)), ("after", figure(correction.after))])
  }

  private static func currency(_ currency: ReportCurrency) -> JSONText {
    .object([
      ("code", .string(currency.code)), ("usd", .money(currency.rate.dollars)),
      ("from", .string(currency.rate.day.description)),
    ])
  }

  private static func coverage(_ coverage: Coverage) -> JSONText {
    let counts = coverage.counts
    return .object([
      ("requests", .count(counts.requests)), ("measured", .count(counts.measured)),
      ("estimated", .count(counts.estimated)), ("unknown", .count(counts.unknown)),
      ("unpriced", .count(coverage.unpriced)), ("failed", .count(counts.failed)), ("share", .ratio(coverage.share)),
      ("usage_sources", .usageSources(counts)),
    ])
  }

  private static func row(_ row: AuditRow, _ report: AuditReport, _ notes: ReportNotes) -> JSONText {
    let (key, counts, grouping) = (row.key, row.counts, report.grouping)
    let group: [(String, JSONText)] =
      switch grouping {
      case .model: []
      case .day, .week, .month: [(grouping.rawValue, .text(key.period(grouping)))]
      case .route: [("route", .text(key.route?.rawValue))]
      case .session:
        [
          ("session", .text(key.session)), ("project", .text(row.project)),
          ("first_request", .text(row.times.map { ISOTime.text($0.lowerBound) })),
          ("last_request", .text(row.times.map { ISOTime.text($0.upperBound) })),
        ]
      case .project, .origin, .team, .program: [(grouping.rawValue, .text(key.label))]
      case .source: [("source", .text(key.source?.rawValue)), ("claimed", .claimed(row.claimed))]
      }
    let fallbacks = row.fallbacks.map { fallback in
      JSONText.object(
        members(fallback.model) + [
          ("class", .string(fallback.tokenClass.rawValue)), ("priced_as", .string(fallback.from.rawValue)),
          ("tokens", .count(fallback.tokens)),
        ])
    }
    let others = row.others.map { other in
      JSONText.object(
        members(other.baseline) + [("baseline_cost_usd", .money(other.cost)), ("ratio", .ratio(other.ratio))])
    }
    var all = members(key.model)
    all += [("billing", .text(key.billing.word)), ("plan", .text(key.billing.plan))]
    all += group
    all += [
      ("requests", .count(counts.requests)), ("measured", .count(counts.measured)),
      ("failed", .count(counts.failed)), ("estimated", .estimated(row.estimated)),
      ("unknown", .count(counts.unknown)), ("unpriced", .count(row.unpriced)),
      ("baseline_unpriced", .count(row.baselineUnpriced)), ("tokens", .tokens(row.tokens)),
      ("usage_sources", .usageSources(counts)), ("cost_usd", .money(row.cost)),
      ("baseline_cost_usd", .money(row.baselineCost)), ("ratio", .ratio(row.ratio)),
      ("verdict", .string(row.verdict.rawValue)), ("baseline_cached_cost_usd", .money(row.baselineCachedCost)),
      ("ratio_cached", .ratio(row.ratioCached)), ("verdict_cached", .text(row.verdictCached?.rawValue)),
      ("other_baselines", .array(others)), ("baseline_token_factor", .string(row.tokenFactor.description)),
      ("rate_fallbacks", .array(fallbacks)),
      ("plans_offered", .array(row.offers.map { .string($0) })),
      ("nearest", .array(row.nearest.map { .string($0.description) })),
      ("not_measured", unmeasured(row, report, notes)),
    ]
    if row.key.billing == .unpriced {
      all.append(("cure", .string(Cure.command(for: key.model, row.lack, offers: row.offers))))
    }
    all += ends(row)
    return .object(all)
  }

  /// The lower and the upper end of what depends on a split that nobody knows, and how much of the row is inferred.
  private static func ends(_ row: AuditRow) -> [(String, JSONText)] {
    let (cost, baseline) = (row.costs, row.baselineCosts)
    let ratio = row.range?.ratio ?? row.ratio.map { $0...$0 }
    return [
      ("cost_usd_low", .money(cost?.lowerBound)), ("cost_usd_high", .money(cost?.upperBound)),
      ("baseline_cost_usd_low", .money(baseline?.lowerBound)),
      ("baseline_cost_usd_high", .money(baseline?.upperBound)), ("ratio_low", .ratio(ratio?.lowerBound)),
      ("ratio_high", .ratio(ratio?.upperBound)), ("split_unknown", .count(row.splitUnknown)),
      ("assumed", .bool(row.assumed > 0)), ("assumed_requests", .count(row.assumed)),
    ]
  }

  private static func extra(_ extra: PriceExtra) -> JSONText {
    let model = members(extra.model)
    return switch extra.kind {
    case .mode(let mode, let factor, _):
      .object(
        model + [
          ("mode", .string(mode)), ("requests", .integer(Int128(extra.count))), ("factor", .text(factor?.description)),
        ])
    case .modeOnPlan(let mode, let plan):
      .object(
        model + [
          ("mode", .string(mode)), ("requests", .integer(Int128(extra.count))), ("factor", .null),
          ("plan", .string(plan)),
        ])
    case .webSearch(let fee):
      .object(
        model + [
          ("web_searches", .integer(Int128(extra.count))), ("fee_usd", .money(fee)), ("cost_usd", .money(extra.fee)),
        ])
    case .webSearchOnPlan(let plan):
      .object(
        model + [
          ("web_searches", .integer(Int128(extra.count))), ("plan", .string(plan)), ("fee_usd", .null),
          ("cost_usd", .null),
        ])
    }
  }

  private static func sums(_ report: AuditReport) -> JSONText {
    let (totals, searches) = (report.totals, report.webSearchFees)
    let cost = totals.costs.lowerBound == totals.costs.upperBound ? totals.costs.lowerBound : nil
    let perToken = cost.map { $0 - totals.planFees }
    let ranges =
      JSONText.ends("cost_usd", totals.costs, JSONText.money)
      + JSONText.ends("baseline_cost_usd", totals.baselineCosts, JSONText.money)
      + JSONText.ends("saved_usd", totals.savings, JSONText.money)
    return .object(
      ranges + [
        ("per_token_cost_usd", .money(perToken)), ("plan_fees_usd", .money(totals.planFees)),
        ("baseline_cached_cost_usd", .money(totals.baselineCachedCost)),
        ("saved_cached_usd", .money(totals.savedCached)),
        ("web_search_usd", .money(searches)), ("cost_with_web_searches_usd", .money(cost.map { $0 + searches })),
      ])
  }

  private static func plan(_ plan: PlanAudit) -> JSONText {
    func whole(_ number: Int128?) -> JSONText { number.map { .integer($0) } ?? .null }
    let (plain, cached) = (plan.plain, plan.cached)
    /// As observed; no single figure, but both ends, where nobody knows what caches served.
    func ends<Figure: Comparable>(
      _ name: String, _ figure: (PlanWorth) -> Figure?, _ text: (Figure?) -> JSONText
    ) -> [(String, JSONText)] {
      JSONText.ends(name, [plain, plan.least].compactMap { $0.flatMap(figure) }.span, text)
    }
    var contract: [(String, JSONText)] = [
      ("plan", .string(plan.name)), ("billing", .string(plan.kind.rawValue)),
      ("models", .array(plan.models.map { .string($0.description) })),
      ("monthly_fee_usd", .money(plan.fee)),
    ]
    contract += ends("baseline_cost_usd", \.baselineCost, JSONText.money)
    contract += ends("projected_monthly_baseline_usd", \.projected, JSONText.money)
    contract += ends("utilisation", \.utilisation, JSONText.ratio)
    contract += [
      ("break_even_tokens_nominal", whole(plan.breakEvenNominal)),
      ("break_even_tokens_actual_mix", whole(plain.breakEvenActualMix)), ("status", .string(plan.status.rawValue)),
    ]
    let month: [(String, JSONText)] = [
      ("month", .string(String(plan.month.lowerBound.description.dropLast(3)))),
      ("month_since", .string(plan.month.lowerBound.description)),
      ("month_until", .string(plan.month.upperBound.advanced(by: -1).description)),
      ("requests", .count(plan.counts.requests)), ("measured", .count(plan.counts.measured)),
      ("period_fee_usd", .money(plan.feeShare)), ("months_below", .count(plan.monthsBelow)),
      ("advice", .text(plan.advisesChange ? "downgrade_or_move" : nil)), ("seats", .count(plan.seats)),
      ("included_tokens", plan.includedTokens.map { .count($0) } ?? .null), ("overage_usd", .money(plan.overage)),
      ("projected_low_usd", .money(plain.projectedRange?.lowerBound)),
      ("projected_high_usd", .money(plain.projectedRange?.upperBound)),
    ]
    let worth: [(String, JSONText)] = [
      ("ratio_cached", .ratio(cached.ratio)),
      ("period_baseline_cached_cost_usd", .money(cached.periodCost)),
      ("baseline_cached_cost_usd", .money(cached.baselineCost)),
      ("projected_monthly_baseline_cached_usd", .money(cached.projected)),
      ("utilisation_cached", .ratio(cached.utilisation)),
      ("break_even_tokens_actual_mix_cached", whole(cached.breakEvenActualMix)),
      ("recorded", recorded(plan.recorded)), ("hardware", plan.hardware.map(hardware) ?? .null),
    ]
    let period =
      ends("ratio", \.ratio, JSONText.ratio) + ends("period_baseline_cost_usd", \.periodCost, JSONText.money)
    return .object(contract + month + period + worth)
  }

  private static func hardware(_ use: HardwareUse) -> JSONText {
    func hours(_ thousandths: Int128?) -> JSONText { .text(thousandths.map { Figures.thousandths($0) }) }
    return .object([
      ("tokens_per_second", use.tokensPerSecond.map { .count($0) } ?? .null),
      ("usd_per_million_at_real_use", .money(use.perMillionAtRealUse)),
      ("usd_per_million_output_at_throughput", .money(use.perMillionAtThroughput)),
      ("break_even_hours_a_day_nominal", hours(use.breakEvenHoursNominal)),
      ("break_even_hours_a_day_actual_mix", hours(use.breakEvenHoursActualMix)),
    ])
  }
}
