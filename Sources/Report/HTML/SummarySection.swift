import Audit
import Model
import Pricing

/// The top of a page: the answer, four figures, and what to know next.
extension ReportPage {
  func summary(_ answer: Finding) -> Markup {
    let title = Markup(
      .h1, [.id: "h-top"], answer.tone.sign(isLead: true), " ", Markup(.span, [:], Markup(sentence: answer.sentence)))
    var parts = [title]
    if report.coverage.counts.requests > 0 {
      if words.headline != answer.sentence {
        parts.append(Markup(.p, [.class: "lead"], Markup(sentence: words.headline)))
      }
      parts.append(keyFigures)
    } else {
      parts.append(Markup(.p, [.class: "lead"], emptiness))
    }
    let scope = report.scope.sentences(code: Markup.code)
    if !scope.isEmpty {
      parts.append(Markup(.p, [.class: "lead"], scope.map { "\(Markup(sentence: $0)). " }))
    }
    let findings = words.findings(days: days, limit: Self.shownFindings)
    if report.coverage.counts.requests > 0, !findings.isEmpty {
      parts.append(
        Markup(
          .ul, [.class: "notes"],
          findings.map { finding in
            Markup(
              .li, [.class: finding.tone.rawValue], finding.tone.sign(), " ",
              Markup(.span, [:], "\(Markup(sentence: finding.sentence))."))
          }))
    }
    return Markup(.section, [.class: "hero \(answer.tone.rawValue)", .ariaLabelledby: "h-top"], parts)
  }

  /// What to do where there are no requests.
  private var emptiness: Markup {
    let today = CivilDay(milliseconds: report.generatedAt, in: report.period.timeZone)
    let isEmpty = report.recorded.map { $0.from > today } ?? false
    return isEmpty
      ? "No such request is recorded: \(Markup(command: "ccr-audit doctor")) says which records there are."
      : "There are records of other days: \(Markup(command: "ccr-audit report --all")) shows all of them."
  }

  /// A figure of more characters is set smaller; a sign takes the place of some.
  private static let wide = (alone: 12, withSign: 8)
  /// What is longer may break behind its sign.
  private static let unbroken = 10

  private var keyFigures: Markup {
    Markup(.dl, [.class: "kpi"], paid, atBaseline, difference, measured)
  }

  private func figure(_ title: Markup, _ value: String, _ below: String, tone: Tone? = nil) -> Markup {
    let figure = tone.map { signed(value, $0) } ?? Markup(value)
    let isWide = value.count > (tone == nil ? Self.wide.alone : Self.wide.withSign)
    return Markup(
      .div, [.class: tone?.rawValue ?? "figure"], Markup(.dt, [:], title),
      Markup(
        .dd, [:], Markup(.b, [.class: isWide ? "long" : "figure"], figure), " ",
        Markup(.span, [:], Markup(sentence: below))))
  }

  /// A figure behind a sign, which stays with it where both are short.
  private func signed(_ value: String, _ tone: Tone) -> Markup {
    let end = value.firstIndex(of: " ") ?? value.endIndex
    let isShort = value[..<end].count <= Self.unbroken
    return Markup(.span, [.class: isShort ? "k" : "figure"], tone.sign(), " ", Markup(String(value[..<end])))
      + Markup(String(value[end...]))
  }

  private var isPriced: Bool { report.coverage.covered > 0 }

  private var isMeasured: Bool { report.coverage.counts.measured > 0 }

  private var claim: Totals.Claim? { isPriced ? report.totals.claim(by: report.judgedBy) : nil }

  private var paid: Markup {
    let totals = report.totals
    var parts: [String] = []
    if report.models.contains(where: { $0.key.billing == .perToken && $0.counts.measured > 0 }) {
      parts.append("\(words.perTokenCost) by the token")
    }
    if !report.plans.isEmpty { parts.append("\(words.planFees) in plan fees") }
    let isKnown = isPriced || !report.plans.isEmpty
    let value = isKnown ? words.money(totals.cost, claim?.cost ?? totals.costs) : "–"
    let nothing = isPriced ? "only free models have measured work" : words.lack
    return figure(
      "Paid\(words.undeclaredPlan == nil ? "" : ReportSentences.ifByToken)", value,
      parts.isEmpty ? nothing : parts.joined(separator: " + "))
  }

  private var atBaseline: Markup {
    let below: String
    switch (claim, report.totals.range) {
    case (nil, _): below = "not known: \(isMeasured ? "no price for all of the measured work" : words.lack)"
    case (let claim?, _) where claim.isCachedCautious != nil:
      below = "the measured tokens at its rates, with its own prompt cache and without"
    case (_, .some): below = "the measured tokens at its rates; what caches served of some is not known"
    case (_, nil): below = "the measured tokens at its rates"
    }
    return figure(
      "Same work at \(Markup(sentence: words.baseline))", words.money(nil, claim?.baselineCost), below)
  }

  private var difference: Markup {
    guard let claim else { return figure("Difference", "–", "not known") }
    let (low, high) = (claim.saved.lowerBound, claim.saved.upperBound)
    let (first, second) = words.sizes(claim)
    if low < .zero, high > .zero {
      let value = "-\(first) to \(second)"
      return figure("Difference", value, "lost or saved, by what caches serve", tone: Tone.none)
    }
    if low == .zero, high == .zero { return figure("Difference", words.money(.zero), "as much as \(words.baseline)") }
    let isLoss = low < .zero
    let tone = isLoss ? Tone.bad : .good
    var value = isLoss ? "\(second) to \(first)" : "\(first) to \(second)"
    var below = isLoss ? "lost" : "saved"
    if low == high || first == second {
      value = first
      let baseline = claim.baselineCost.lowerBound
      if low == high, let share = Ratio(low.magnitude, over: baseline) {
        below += ": \(Figures.percent(share)) \(isLoss ? "more" : "less") than \(words.baseline)"
      }
    }
    return figure("Difference", value, below, tone: tone)
  }

  private var measured: Markup {
    let coverage = report.coverage
    return figure(
      "Measured and priced", coverage.share.map(Figures.percent) ?? "–",
      coverage.answered > 0
        ? "\(Figures.count(coverage.covered)) of \(Figures.count(coverage.answered, "answered request"))" : words.lack)
  }
}
