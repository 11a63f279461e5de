import Audit
import Model
import Pricing

/// What a report finds, a sentence a finding.
struct Finding: Hashable, Sendable {
  /// How good it is.
  var tone: Tone
  /// What it says, without a full stop.
  var sentence: String
}

extension Finding {
  /// With another behind it; the worse tone of both.
  fileprivate func joined(by other: Finding?) -> Finding {
    guard let other else { return self }
    let tones = [tone, other.tone]
    let worse = tones.contains(.bad) ? Tone.bad : tones.contains(.none) ? .none : tone
    return Finding(tone: worse, sentence: "\(sentence); \(other.sentence)")
  }
}

extension String {
  /// The first letter as a sentence begins with it.
  var withCapital: String { prefix(1).uppercased() + dropFirst() }
}

/// The findings of a report, the same in every format for people.
extension ReportSentences {
  /// The answer to the question of the audit.
  var answer: Finding {
    guard let missing = report.missing else { return wholeAnswer }
    return Finding(tone: .none, sentence: MissingTrafficSummary.sentence(missing))
  }

  private var wholeAnswer: Finding {
    if let unanswered { return Finding(tone: .none, sentence: unanswered) }
    guard report.coverage.covered > 0 else {
      return Finding(tone: .none, sentence: "Nothing can be compared: no request has measured tokens and a price")
    }
    let judged = report.models.filter { $0.key.billing == .perToken && !$0.isBaseline }
      .map { ($0.key.model, $0.verdict(by: report.judgedBy)) }
      .filter { [.cheaper, .dearer, .equal, .uncertain].contains($0.1) }
    let known = Set(judged.map(\.0))
    let others = Set(
      report.models.filter { [.perToken, .unpriced].contains($0.key.billing) && !$0.isBaseline }.map(
        \.key.model)
    ).subtracting(known)
    guard !known.isEmpty else { return answerWithoutModels(others: others.count) }
    if let only = judged.first, known.count == 1 {
      return answer(onlyModel: only.0, only.1, others: others.count).joined(by: plansBelow)
    }
    let dearer = judged.count { $0.1 == .dearer }
    let uncertain = judged.count { $0.1 == .uncertain }
    var sentence =
      "\(dearer == 0 ? "None" : Figures.count(dearer)) of \(Figures.count(known.count, "per-token model")) "
    sentence += "\(dearer > 1 ? "are" : "is") dearer than \(baseline)"
    if uncertain > 0 { sentence += "; \(Figures.count(uncertain)) may be" }
    if !others.isEmpty { sentence += "; \(Figures.count(others.count)) more cannot be compared" }
    let tone = dearer > 0 ? Tone.bad : uncertain > 0 || !others.isEmpty ? .none : .good
    return Finding(tone: tone, sentence: sentence).joined(by: plansBelow)
  }

  private func answer(onlyModel model: ModelID, _ verdict: Verdict, others: Int) -> Finding {
    let word =
      switch verdict {
      case .dearer: "dearer than"
      case .equal: "as dear as"
      case .uncertain: "cheaper or dearer than"
      default: "cheaper than"
      }
    let rest = others == 0 ? "" : "; \(Figures.count(others)) more cannot be compared"
    return Finding(
      tone: verdict == .dearer ? .bad : verdict == .uncertain || others > 0 ? .none : .good,
      sentence: "\(quote(model.model)) is \(word) \(baseline)\(rest)")
  }

  private func answerWithoutModels(others: Int) -> Finding {
    if others > 0 {
      return Finding(tone: .none, sentence: "No per-token model can be compared with \(baseline)").joined(
        by: plansBelow)
    }
    let paysForBaseline = report.models.contains { $0.isBaseline && $0.key.billing == .perToken }
    let rest = "\(paysForBaseline ? "only \(baseline) itself" : "no model") is paid by the token"
    if let below = plansBelow {
      return Finding(tone: below.tone, sentence: "\(below.sentence.withCapital); \(rest)")
    }
    let paying = plans.filter { $0.status == .pays }
    if let only = paying.first {
      let sentence =
        paying.count == 1
        ? "Plan \(quote(only.name)) pays" : "None of \(Figures.count(paying.count, "plan")) is under break-even"
      return Finding(tone: .good, sentence: "\(sentence); \(rest)")
    }
    guard report.plans.isEmpty, !paysForBaseline, report.models.contains(where: { $0.key.billing == .free }) else {
      return Finding(tone: .none, sentence: rest.withCapital)
    }
    return Finding(tone: .good, sentence: "Nothing was paid: free models did the work")
  }

  /// The plans that do not pay in their month, or that nothing ran on, for the end of an answer; `nil` without such.
  private var plansBelow: Finding? {
    let judged = plans.filter { [.pays, .underBreakEven].contains($0.status) }
    let below = judged.filter { $0.status == .underBreakEven }
    if let first = below.first {
      let isSure = below.contains { !$0.mayPay }
      let which =
        judged.count == 1
        ? "plan \(quote(first.name))" : "\(Figures.count(below.count)) of \(Figures.count(judged.count, "plan"))"
      return Finding(
        tone: isSure ? .bad : .none,
        sentence: "\(which) \(below.count == 1 ? "is" : "are") under break-even\(isSure ? "" : " by what is measured")")
    }
    let unused = unusedPlans
    guard let first = unused.first else { return nil }
    let which =
      unused.count == 1 ? "plan \(quote(first.name)) has" : "\(Figures.count(unused.count, "plan")) have"
    // It can have been used where nothing is recorded.
    return Finding(tone: .none, sentence: "\(which) no answered request")
  }

  /// The plans that are paid for and that nothing ran on.
  private var unusedPlans: [PlanAudit] { plans.filter { $0.status == .noUsage && $0.feeShare > .zero } }

  /// What to know next, worst first.
  /// - Parameters:
  ///   - days: the period's rows by day.
  ///   - limit: how many findings at most.
  func findings(days: [AuditRow], limit: Int) -> [Finding] {
    let dearer = ranked.filter { $0.verdict(by: report.judgedBy) == .dearer && !$0.isBaseline }
    var found = dearer.prefix(3).map { row in
      Finding(
        tone: .bad,
        sentence: "\(name(row)) costs \(ratio(row)) of \(baseline): \(cost(row)) instead of \(baselineCost(row))")
    }
    if dearer.count > 3 {
      let more = dearer.count - 3
      found.append(
        Finding(tone: .bad, sentence: "\(Figures.count(more, "more model")) \(more == 1 ? "is" : "are") dearer"))
    }
    found += lately(days)
    found += plans.compactMap { plan in
      guard plan.status == .underBreakEven, let sentence = month(of: plan) else { return nil }
      let word = plan.mayPay ? "under break-even by what is measured" : "under break-even"
      return Finding(tone: plan.mayPay ? .none : .bad, sentence: "Plan \(quote(plan.name)) is \(word): \(sentence)")
    }
    found += unusedPlans.map { plan in
      Finding(
        tone: .none,
        sentence: "Plan \(quote(plan.name)) has no answered request in \(plan.monthName): "
          + "\(money(shownFee(of: plan))) of its fee in this period")
    }
    found += ranked.filter { $0.verdict(by: report.judgedBy) == .uncertain }.map {
      Finding(tone: .none, sentence: "\(name($0)) is cheaper or dearer, by what caches served: \(ratio($0))")
    }
    found += report.models.filter { $0.key.billing == .unpriced && $0.counts.measured > 0 }.map {
      Finding(tone: .none, sentence: "\(name($0)) has no price in the table and cannot be judged")
    }
    let coverage = report.coverage
    let gap = coverage.answered - coverage.covered
    if gap > 0 {
      found.append(
        Finding(
          tone: .none,
          sentence: "\(Figures.count(gap)) of \(Figures.count(coverage.answered, "answered request")) could not be "
            + "measured or priced and \(gap == 1 ? "counts" : "count") nowhere above; `ccr-audit doctor` says what to "
            + "change"))
    }
    let good = plans.compactMap { plan -> Finding? in
      guard plan.status == .pays, let sentence = month(of: plan) else { return nil }
      return Finding(tone: .good, sentence: "Plan \(quote(plan.name)) pays: \(sentence)")
    }
    guard found.count > limit else { return Array((found + good).prefix(limit)) }
    // The gap is never what falls off.
    let last = gap > 0 ? found.suffix(1) : []
    let left = found.count - (limit - 1 - last.count) - last.count
    return found.prefix(limit - 1 - last.count)
      + [Finding(tone: .none, sentence: "\(Figures.count(left, "more finding")): in the figures below")] + last
  }

  /// Models that were dearer on the last day, though not over the period.
  private func lately(_ days: [AuditRow]) -> [Finding] {
    guard report.period.since < report.period.until, let last = days.compactMap(\.key.day).max() else { return [] }
    return days.filter { $0.key.day == last && $0.verdict(by: report.judgedBy) == .dearer && !$0.isBaseline }
      .compactMap { row in
        let whole = report.models.first { $0.key.model == row.key.model && $0.key.billing == row.key.billing }
        guard let whole, whole.verdict(by: report.judgedBy) == .cheaper else { return nil }
        return Finding(
          tone: .bad,
          sentence: "\(name(row)) was dearer on the last day, \(last) (\(ratio(row))), though cheaper over the period "
            + "(\(ratio(whole)))")
      }
  }

  /// Rows of models: the dearer ones first, then what is compared, plans, and what cannot be compared; of those alike the
  /// one of the larger amount.
  var ranked: [AuditRow] {
    func rank(_ row: AuditRow) -> Int {
      switch row.verdict(by: report.judgedBy) {
      case .dearer: 0
      case .uncertain: 1
      case .cheaper, .equal: 2
      case .free, .plan: 3
      case .unpriced: 4
      case .noUsage: 5
      }
    }
    func amount(_ row: AuditRow) -> Money {
      max(row.highestCost ?? .zero, row.baselineCosts(by: report.judgedBy)?.upperBound ?? .zero)
    }
    return report.models.sorted { left, right in
      let (one, other) = (rank(left), rank(right))
      if one != other { return one < other }
      let (cost, otherCost) = (amount(left), amount(right))
      return cost == otherCost ? left.key < right.key : otherCost < cost
    }
  }
}
