import Audit
import Model
import Pricing

/// The sentences of a report on money, plans and the time that records cover.
extension ReportSentences {
  /// What the money paid for, and what that saved.
  var totals: String {
    let claim = report.totals.claim(by: report.judgedBy)
    var parts: [String] = []
    if report.models.contains(where: { $0.key.billing == .perToken && $0.counts.measured > 0 }) {
      parts.append("\(perTokenCost) by the token")
    }
    // A plan of the month need not run on any day of the period.
    if report.totals.planFees > .zero { parts.append("\(planFees) as this period's share of plan fees") }
    guard !parts.isEmpty else { return unpaid }
    let paid = parts.joined(separator: " and ")
    guard report.coverage.answered > 0 else { return "\(paid); no request was answered" }
    guard let claim else {
      if report.coverage.covered == 0, report.coverage.counts.measured > 0 { return "\(paid); \(lack)" }
      let why = report.coverage.covered == 0 ? lack : "it has no price for a part of the period"
      return "\(paid); what \(baseline) would have cost is not known: \(why)"
    }
    let line = "\(paid): \(outcome(claim))"
    let unmeasured = report.models.filter { $0.key.billing.plan != nil }.contains {
      $0.counts.unknown + $0.counts.estimated > 0
    }
    guard unmeasured else { return line }
    return line + ". The fees also paid for requests without measured tokens, which count nothing here"
  }

  /// What was paid by the token.
  var perTokenCost: String {
    if let range = report.totals.range?.cost, range.lowerBound < range.upperBound { return money(nil, range) }
    return money(shown?.perToken ?? report.totals.perTokenCost)
  }

  /// The share of plan fees.
  var planFees: String { money(shown?.fees ?? report.totals.planFees) }

  /// Sums as people see them, in a format without rows, too.
  private var shown: RoundedCosts? { roundedCosts ?? RoundedCosts(report) }

  /// Why no request stands behind a figure.
  var lack: String {
    let coverage = report.coverage
    guard coverage.answered > 0 else { return "no request was answered" }
    return coverage.counts.measured == 0 ? "no request has measured tokens" : "no measured request has a price"
  }

  /// Where nothing is known to have been paid.
  private var unpaid: String {
    let coverage = report.coverage
    guard coverage.answered > 0 else { return "Nothing was paid: \(lack)" }
    guard coverage.covered > 0 else { return "What was paid is not known: \(lack)" }
    guard coverage.unpriced > 0 else { return "Nothing was paid: free models did the work" }
    return "\(Figures.count(coverage.covered, "request")) to free models cost nothing; what "
      + "\(Figures.count(coverage.unpriced)) more without a price cost is not known"
  }

  /// What was saved, the cautious figure first.
  private func outcome(_ claim: Totals.Claim) -> String {
    let (low, high) = (claim.saved.lowerBound, claim.saved.upperBound)
    let (first, second) = sizes(claim)
    guard low < high, first != second || (low < .zero && high > .zero) else {
      if low == .zero, high == .zero { return "as much as \(baseline)" }
      return low < .zero ? "\(first) more than \(baseline)" : "\(first) saved"
    }
    let why =
      switch claim.isCachedCautious {
      case nil: ""
      case true?: ", the first if \(baseline) is granted its own prompt cache"
      case false?: ", the second with \(baseline)'s own prompt cache"
      }
    switch (low < .zero, high < .zero) {
    case (false, _): return "saved \(first) to \(second)\(why)"
    case (true, true):
      return (second == money(.zero) ? "up to " : "\(second) to ") + "\(first) more than \(baseline)"
    case (true, false): return "from \(first) more than \(baseline) to \(second) saved\(why)"
    }
  }

  /// How much less, or more, than the baseline was paid at the cautious end and at the other: what is left of figures as
  /// they are shown.
  func sizes(_ claim: Totals.Claim) -> (String, String) {
    let cost = claim.cost.lowerBound
    func size(_ saved: Money, _ baselineCost: Money) -> String {
      guard cost == claim.cost.upperBound else { return money(saved.magnitude) }
      return saved < .zero ? difference(cost, baselineCost) : difference(baselineCost, cost)
    }
    return (
      size(claim.saved.lowerBound, claim.baselineCost.lowerBound),
      size(claim.saved.upperBound, claim.baselineCost.upperBound)
    )
  }

  /// The difference of two amounts as they are shown, so that a reader who subtracts finds the same.
  func difference(_ left: Money, _ right: Money) -> String {
    report.currency == nil ? Figures.money(Figures.shown(left) - Figures.shown(right)) : money(left - right)
  }

  /// How much of the period is recorded, where that is not all of it, and the days without any request.
  var recordedTime: [String] {
    guard let part = report.recorded, part.days > 0 else { return [] }
    var lines: [String] = []
    if part.isPartial {
      lines.append(
        "Records begin on \(part.from): \(part.days) of the period's \(Figures.count(part.ofDays, "day"))"
          + (report.plans.isEmpty ? "" : "; fees count from then on"))
    }
    if report.period.until > CivilDay(milliseconds: report.generatedAt, in: report.period.timeZone) {
      lines.append("Records go on to \(report.period.until), which is still to come: a clock is or was wrong")
    }
    if let silent = part.silentDays, silent > 0 {
      lines.append(
        "\(Figures.count(silent)) of \(Figures.count(part.days, "recorded day")) \(silent == 1 ? "has" : "have") no request "
          + "at all")
    }
    return lines
  }

  /// The plans to show; none where the ledger holds no record.
  var plans: [PlanAudit] {
    let isEmpty = report.coverage.counts.requests == 0 && report.plans.allSatisfy { ($0.recorded?.days ?? 0) == 0 }
    return isEmpty ? [] : report.plans
  }

  /// The sentences on a plan; the first begins with its name.
  func sentences(on plan: PlanAudit) -> [String] {
    let models = covered(by: plan)
    let seats = plan.seats > 1 ? " (\(Figures.count(plan.seats, "seat")))" : ""
    let days = plan.month.upperBound.number - plan.month.lowerBound.number
    let running = plan.runningDays < days ? ", paid on \(plan.runningDays) of its \(days) days" : ""
    var lines = [
      "\(quote(plan.name)): \(money(plan.fee))\(seats) a month, in \(plan.monthName)\(running); covers \(models)"
    ]
    let soFar = plan.monthIsOver ? "the month" : "the month so far"
    if let recorded = plan.recorded, recorded.days > 0 {
      let all = "of the month's \(Figures.count(recorded.ofDays, "day"))" + (plan.monthIsOver ? "" : " so far")
      if recorded.isPartial { lines.append("records begin on \(recorded.from): \(recorded.days) \(all)") }
      if let silent = recorded.silentDays, silent > 0, plan.counts.requests > 0 {
        lines.append(
          (recorded.isPartial ? "\(Figures.count(silent, "day")) of them" : "\(silent) \(all)")
            + " without any request, of whatever model")
      }
    }
    lines += use(of: plan, soFar)
    let unmeasured = plan.counts.unknown + plan.counts.estimated
    if unmeasured > 0, plan.counts.measured > 0 {
      lines.append(
        "\(Figures.count(unmeasured)) of its \(Figures.count(plan.counts.requests, "request")) "
          + "\(unmeasured == 1 ? "has" : "have") no measured tokens: the true use is higher"
          + (plan.mayPay ? ", and the plan pays if they are like the others" : ""))
    }
    if let included = plan.includedTokens {
      let beyond = plan.overage > .zero ? "; \(money(plan.overage)) to pay for those beyond" : ""
      lines.append(
        "\(Figures.count(plan.tokens.total)) of \(Figures.count(included)) included tokens are used\(beyond)")
    }
    if let nominal = plan.breakEvenNominal {
      let mixes = [plan.cached, plan.plain, plan.least].compactMap { $0?.breakEvenActualMix }.sorted(by: >)
      let actual: String
      if let first = mixes.first, let last = mixes.last, (first - last) * 20 > first {
        actual = ", \(Figures.count(first)) in the mix that it really runs, or as few as \(Figures.count(last))"
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

  /// The models that a plan covers; of many, those that ran on it in the period.
  private func covered(by plan: PlanAudit) -> String {
    func list(_ models: [ModelID]) -> String { models.map(name).joined(separator: ", ") }
    guard plan.models.count > 6 else { return list(plan.models) }
    let used = report.models.filter { $0.key.billing.plan == plan.name }.map(\.key.model)
    let all = Figures.count(plan.models.count, "model")
    return used.isEmpty ? all : "\(all); here \(list(Array(used.prefix(4))))" + (used.count > 4 ? " and others" : "")
  }

  /// What a plan's work is worth: the ratio of the period, and the month.
  private func use(of plan: PlanAudit, _ soFar: String) -> [String] {
    var lines = [ratio(of: plan)].compactMap(\.self)
    guard plan.plain.baselineCost != nil else { return lines + [status(of: plan, soFar)] }
    let worth = "\(money(nil, plan.said(\.baselineCost))) at \(baseline(plan.successors)) prices in \(soFar)"
    switch plan.status {
    case .pays, .underBreakEven, .uncertain:
      let word =
        switch plan.status {
        case .pays: "it pays"
        case .underBreakEven: plan.mayPay ? "under break-even by what is measured" : "under break-even"
        default: whyUncertain(plan)
        }
      let isPartial = plan.recorded?.isPartial ?? false
      let ends = plan.projectedRange.map { (money($0.lowerBound), money($0.upperBound)) }
      let spread = ends.map { $0 == $1 ? "" : " (\($0) to \($1))" } ?? ""
      let projected = ", \(money(nil, plan.said(\.projected)))\(spread) "
      let projection =
        plan.runsInPart
        ? projected + "in a whole month at that pace"
        : plan.monthIsOver && !isPartial ? "" : projected + "projected for all of it"
      lines.append("\(worth)\(projection): \(share(of: plan)) of the fee, \(word)")
    case .tooEarly: lines.append("\(worth): too early to project, fewer than 3 days are recorded")
    default: lines.append(status(of: plan, soFar))
    }
    return lines
  }

  /// The fee's share of the period against what its work would have cost; `nil` where nothing is measured.
  func ratio(of plan: PlanAudit) -> String? {
    guard let ratio = plan.said(\.ratio, by: \.periodCost) else { return nil }
    return
      "\(money(shownFee(of: plan))) of its fee for work of \(money(nil, plan.said(\.periodCost))) at \(baseline) prices in "
      + "this period: \(self.ratio(ratio))"
  }

  /// The fee's share of the period, rounded so that plans add up.
  func shownFee(of plan: PlanAudit) -> Money { shown?.fee(of: plan.name) ?? plan.feeShare }

  /// What the work of the plan's month is worth, on which its status rests; `nil` where that is not known.
  func month(of plan: PlanAudit) -> String? {
    guard let projected = plan.said(\.projected), let fee = plan.fee else { return nil }
    let isWhole = plan.monthIsOver && !(plan.recorded?.isPartial ?? false)
    let time = plan.runsInPart ? "a month at its pace in" : isWhole ? "in" : "projected for"
    return "work of \(money(nil, projected)) at \(baseline(plan.successors)) prices \(time) \(plan.monthName), "
      + "\(share(of: plan)) of its fee of \(money(fee))"
  }

  /// What it depends on whether a plan pays.
  private func whyUncertain(_ plan: PlanAudit) -> String {
    plan.dependsOnCaches
      ? "whether it pays depends on what caches served, which is not known"
      : "whether it pays depends on \(baseline(plan.successors))'s own prompt cache"
  }

  /// The utilisation, of both baselines where they differ. Where tokens beyond the fee cost, what it is of all that the
  /// month costs decides.
  func share(of plan: PlanAudit) -> String {
    let share = percents(plan.said(\.utilisation, by: \.projected))
    let all = percents(plan.said(\.coverage, by: \.projected))
    return share == all ? share : "\(all) of all that its month costs, \(share)"
  }

  private func percents(_ range: ClosedRange<Ratio>?) -> String {
    guard let range else { return "no share" }
    let (low, high) = (Figures.percent(range.lowerBound), Figures.percent(range.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  private func status(of plan: PlanAudit, _ soFar: String) -> String {
    switch plan.status {
    case .noRecords: "no records in \(soFar): whether it pays is not known"
    case .noUsage: "not used in \(soFar)"
    case .unmeasured: "\(Figures.count(plan.counts.requests, "request")) in \(soFar), none with measured tokens"
    default: "cannot be judged: \(baseline(plan.successors)) or the plan has no price for a part of \(soFar)"
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
}

extension PlanAudit {
  /// `2026-11`, or `2026-11-05 to 2026-12-04` of a fee that is due on another day.
  var monthName: String {
    let (first, last) = (month.lowerBound, month.upperBound.advanced(by: -1))
    return first == first.firstOfMonth ? String(first.description.dropLast(3)) : "\(first) to \(last)"
  }
}
