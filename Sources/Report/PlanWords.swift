import Audit
import Model
import Pricing

/// The sentences of a report on money, plans and the time that records tell of.
extension Words {
  /// The sums.
  var totals: String {
    let totals = report.totals
    var parts: [String] = []
    if report.models.contains(where: { $0.key.billing == .perToken && $0.counts.measured > 0 }) {
      parts.append("\(money(totals.perTokenCost)) by the token")
    }
    if !report.plans.isEmpty { parts.append("\(money(totals.planFees)) as this period's part of plan fees") }
    guard !parts.isEmpty else {
      return report.coverage.covered == 0
        ? "What was paid is not known: no measured request has a price" : "Nothing was paid: free models did the work"
    }
    let paid = parts.count == 1 ? "\(parts[0]) paid" : "\(money(totals.cost)) paid (\(parts.joined(separator: ", ")))"
    guard let baselineCost = totals.baselineCost, let saved = totals.saved else {
      let why =
        report.coverage.counts.measured == 0
        ? "no request has measured tokens"
        : report.coverage.covered == 0 ? "no measured request has a price" : "it has no price for a part of the period"
      return "\(paid); what \(baseline) would have cost is not known: \(why)"
    }
    let work = "\(paid) for measured work that \(baseline) does for \(range(baselineCost, totals.baselineCachedCost))"
    let line = "\(work): \(outcome(saved, totals.savedCached))"
    let unmeasured = report.models.filter { $0.key.billing.plan != nil }.contains {
      $0.counts.unknown + $0.counts.estimated > 0
    }
    guard unmeasured else { return line }
    return line + ". The fees also paid for requests without measured tokens, which count nothing here"
  }

  /// Two amounts where they differ by more than 5 %, the smaller first: what the baseline costs with its own prompt
  /// cache, and without.
  func range(_ plain: Money, _ cached: Money?) -> String {
    guard let cached, Self.differ(plain, cached) else { return money(judged(plain, cached)) }
    return "\(money(min(plain, cached))) to \(money(max(plain, cached)))"
  }

  /// What was saved, the cautious figure first.
  private func outcome(_ plain: Money, _ cached: Money?) -> String {
    guard let baselineCost = report.totals.baselineCost, let cached,
      let baselineCached = report.totals.baselineCachedCost, Self.differ(baselineCost, baselineCached)
    else {
      let saved = judged(plain, cached)
      return saved < .zero ? "\(money(.zero - saved)) more than \(baseline)" : "\(money(saved)) saved"
    }
    let (low, high) = (min(plain, cached), max(plain, cached))
    let why =
      low == cached
      ? "the first if \(baseline) is granted its own prompt cache" : "the second with its own prompt cache"
    switch (low < .zero, high < .zero) {
    case (false, _): return "saved \(money(low)) to \(money(high)), \(why)"
    case (true, true): return "\(money(.zero - high)) to \(money(.zero - low)) more than \(baseline)"
    case (true, false):
      return "from \(money(.zero - low)) more than \(baseline) to \(money(high)) saved, \(why)"
    }
  }

  /// Whether two figures are more than 5 % apart.
  static func differ(_ left: Money, _ right: Money) -> Bool {
    let (low, high) = (min(left, right), max(left, right))
    return (high - low).multiplied(by: 20) > high
  }

  private func judged(_ plain: Money, _ cached: Money?) -> Money {
    report.judgedBy == .cached ? cached ?? plain : plain
  }

  /// How much of the period is recorded, where that is not all of it, and the days without any request.
  var recordedTime: [String] {
    guard let part = report.recorded, part.days > 0 else { return [] }
    var lines: [String] = []
    if part.isPartial {
      lines.append(
        "Records begin on \(part.from): \(part.days) of the period's \(Figures.count(part.ofDays, "day")); fees count from "
          + "then on")
    }
    if let silent = part.silentDays, silent > 0 {
      lines.append(
        "\(Figures.count(silent)) of \(Figures.count(part.days, "recorded day")) \(silent == 1 ? "has" : "have") no request "
          + "at all")
    }
    return lines
  }

  /// The plans to tell of: of a ledger without any record there is nothing to say.
  var plans: [PlanAudit] {
    let isEmpty = report.coverage.counts.requests == 0 && report.plans.allSatisfy { ($0.recorded?.days ?? 0) == 0 }
    return isEmpty ? [] : report.plans
  }

  /// The sentences on a plan; the first begins with its name.
  func sentences(on plan: PlanAudit) -> [String] {
    let models = plan.models.map(name).joined(separator: ", ")
    let seats = plan.seats > 1 ? " (\(Figures.count(plan.seats, "seat")))" : ""
    let days = plan.month.upperBound.number - plan.month.lowerBound.number
    let running = plan.runningDays < days ? ", paid on \(plan.runningDays) of its \(days) days" : ""
    var lines = [
      "\(quote(plan.name)): \(money(plan.fee))\(seats) a month, in \(Self.month(plan.month))\(running); covers \(models)"
    ]
    let soFar = plan.monthIsOver ? "the month" : "the month so far"
    if let recorded = plan.recorded, recorded.isPartial, recorded.days > 0 {
      lines.append(
        "records begin on \(recorded.from): \(recorded.days) of the month's \(Figures.count(recorded.ofDays, "day"))"
          + (plan.monthIsOver ? "" : " so far"))
    }
    if let silent = plan.recorded?.silentDays, silent > 0, plan.counts.requests > 0 {
      lines.append("\(Figures.count(silent, "day")) of them without any request, of whatever model")
    }
    lines += use(of: plan, soFar)
    let unmeasured = plan.counts.unknown + plan.counts.estimated
    if unmeasured > 0, plan.counts.measured > 0 {
      lines.append(
        "\(Figures.count(unmeasured)) of its \(Figures.count(plan.counts.requests, "request")) "
          + "\(unmeasured == 1 ? "has" : "have") no measured tokens: the true use is higher")
    }
    if let included = plan.includedTokens {
      let beyond = plan.overage > .zero ? "; \(money(plan.overage)) to pay for those beyond" : ""
      lines.append(
        "\(Figures.count(plan.tokens.total)) of \(Figures.count(included)) included tokens are used\(beyond)")
    }
    if let nominal = plan.breakEvenNominal {
      let mixes = [plan.cached.breakEvenActualMix, plan.plain.breakEvenActualMix].compactMap(\.self).sorted(by: >)
      let actual: String
      if let first = mixes.first, let last = mixes.last, (first - last) * 20 > first {
        actual = ", \(Figures.count(first)) to \(Figures.count(last)) in the mix that it really runs"
      } else {
        actual = plan.breakEvenActualMix.map { ", \(Figures.count($0)) in the mix that it really runs" } ?? ""
      }
      lines.append("breaks even at \(Figures.count(nominal)) tokens a month\(actual)")
    }
    if let hardware = plan.hardware { lines += sentences(on: hardware) }
    if plan.monthsBelow > 0 {
      let advice = plan.advisesChange ? ": downgrade it, or move its route to a cheap per-token model" : ""
      lines.append("below its fee for \(Figures.count(plan.monthsBelow, "whole month")) in a row\(advice)")
    }
    return lines
  }

  /// What a plan's work is worth: the ratio of the period, and the month.
  private func use(of plan: PlanAudit, _ soFar: String) -> [String] {
    var lines = [ratio(of: plan)].compactMap(\.self)
    guard let cost = plan.plain.baselineCost else { return lines + [status(of: plan, soFar)] }
    let worth = "\(range(cost, plan.cached.baselineCost)) at \(baseline) prices in \(soFar)"
    switch plan.status {
    case .pays, .underBreakEven:
      let word = plan.status == .pays ? "it pays" : "under break-even"
      let isPartial = plan.recorded?.isPartial ?? false
      let shown = plan.plain.projected.map { range($0, plan.cached.projected) } ?? ""
      let spread = plan.projectedRange.map { " (\(money($0.lowerBound)) to \(money($0.upperBound)))" } ?? ""
      let projection = plan.monthIsOver && !isPartial ? "" : ", \(shown)\(spread) projected for all of it"
      lines.append("\(worth)\(projection): \(share(of: plan)) of the fee, \(word)")
    case .tooEarly: lines.append("\(worth): too early to project, fewer than 3 days are recorded")
    default: lines.append(status(of: plan, soFar))
    }
    return lines
  }

  /// The fee's share of the period against what its work would have cost; `nil` where nothing is measured.
  func ratio(of plan: PlanAudit) -> String? {
    guard let ratio = plan.plain.ratio, let cost = plan.plain.periodCost else { return nil }
    let both: String
    if let cached = plan.cached.periodCost, let other = plan.cached.ratio, Self.differ(cost, cached) {
      both = "\(Figures.ratio(max(ratio, other))) to \(Figures.ratio(min(ratio, other)))"
    } else {
      both = Figures.ratio(plan.ratio)
    }
    return
      "\(money(plan.feeShare)) of its fee for work of \(range(cost, plan.cached.periodCost)) at \(baseline) prices in "
      + "this period: \(both)"
  }

  /// The utilisation, of both baselines where they differ.
  private func share(of plan: PlanAudit) -> String {
    guard let plain = plan.plain.utilisation else { return "no share" }
    guard let cached = plan.cached.utilisation, let one = plan.plain.projected, let other = plan.cached.projected,
      Self.differ(one, other)
    else { return Figures.percent(plan.utilisation ?? plain) }
    return "\(Figures.percent(min(plain, cached))) to \(Figures.percent(max(plain, cached)))"
  }

  private func status(of plan: PlanAudit, _ soFar: String) -> String {
    switch plan.status {
    case .noRecords: "no records in \(soFar): whether it pays is not known"
    case .noUsage: "not used in \(soFar)"
    case .unmeasured: "\(Figures.count(plan.counts.requests, "request")) in \(soFar), none with measured tokens"
    default: "cannot be judged: \(baseline) or the plan has no price for a part of \(soFar)"
    }
  }

  private func sentences(on hardware: HardwareUse) -> [String] {
    var lines: [String] = []
    if let real = hardware.perMillionAtRealUse {
      lines.append("\(money(real)) a million tokens as it is used, idle time included")
    }
    if let full = hardware.perMillionAtThroughput, let speed = hardware.tokensPerSecond {
      lines.append(
        "\(money(full)) a million output tokens if it were busy at \(Figures.count(speed)) tokens a second all the time"
      )
    }
    if let nominal = hardware.breakEvenHoursNominal {
      let actual = hardware.breakEvenHoursActualMix.map { ", \(Figures.thousandths($0)) in its real mix" } ?? ""
      let never = (hardware.breakEvenHoursActualMix ?? nominal) > 24_000 ? ", which no day has" : ""
      lines.append(
        "breaks even at \(Figures.thousandths(nominal)) busy hours a day at that speed\(actual)\(never)")
    }
    return lines
  }

  private static func month(_ days: Range<CivilDay>) -> String {
    let (first, last) = (days.lowerBound, days.upperBound.advanced(by: -1))
    return first == first.firstOfMonth ? String(first.description.dropLast(3)) : "\(first) to \(last)"
  }
}
