import Audit
import Model
import Pricing

/// The top of a page: the answer, four figures, and what to know next.
extension ReportPage {
  func summary(_ answer: Finding) -> Markup {
    let title = Markup(
      .h1, [.id: "h-top"], answer.tone.sign(isLead: true), Markup(.span, [:], Markup(sentence: answer.sentence)))
    var parts = [title]
    if report.coverage.counts.requests > 0 {
      parts += [Markup(.p, [.class: "lead"], Markup(sentence: words.headline)), keyFigures]
    } else {
      parts.append(
        Markup(
          .p, [.class: "lead"], "The ledger holds none between these days. ",
          Markup(.code, [:], "ccr-audit report --all"), " shows all that it holds."))
    }
    let scope = report.scope.sentences
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

  private var keyFigures: Markup {
    Markup(.dl, [.class: "kpi"], paid, atBaseline, difference, measured)
  }

  private func figure(_ title: Markup, _ value: Markup, _ below: String, tone: Tone? = nil) -> Markup {
    Markup(
      .div, [.class: tone?.rawValue ?? "figure"], Markup(.dt, [:], title),
      Markup(.dd, [:], Markup(.b, [:], value), " ", Markup(.span, [:], Markup(sentence: below))))
  }

  private var isPriced: Bool { report.coverage.covered > 0 }

  private var paid: Markup {
    let totals = report.totals
    var parts: [String] = []
    if report.models.contains(where: { $0.key.billing == .perToken && $0.counts.measured > 0 }) {
      let range = totals.range?.cost
      parts.append("\(words.money(totals.perTokenCost, range)) by the token")
    }
    if !report.plans.isEmpty { parts.append("\(words.money(totals.planFees)) in plan fees") }
    let isKnown = isPriced || !report.plans.isEmpty
    let value = isKnown ? words.money(totals.cost, totals.range == nil ? nil : totals.costs) : "–"
    let nothing = isPriced ? "only free models have measured work" : "no measured request has a price"
    return figure("Paid", Markup(value), parts.isEmpty ? nothing : parts.joined(separator: " + "))
  }

  private var atBaseline: Markup {
    let ends = isPriced ? words.baselineEnds : nil
    let hasCache = report.totals.baselineCachedCost.map { cached in
      report.totals.baselineCosts.map { Words.differ($0.lowerBound, cached) } ?? false
    }
    let below =
      ends == nil
      ? "not known: no measured request has a price there"
      : hasCache == true
        ? "the measured tokens at its rates, with its own prompt cache and without"
        : report.totals.range != nil
          ? "the measured tokens at its rates; what caches served of some is not known"
          : "the measured tokens at its rates"
    return figure(
      "Same work at \(Markup(sentence: words.baseline))", Markup(words.money(ends?.lowerBound, ends)), below)
  }

  private var difference: Markup {
    guard isPriced, let saved = words.savedEnds else { return figure("Difference", "–", "not known") }
    let tone: Tone = saved.lowerBound >= .zero ? .good : saved.upperBound < .zero ? .bad : .none
    let low = min(saved.lowerBound.magnitude, saved.upperBound.magnitude)
    let high = max(saved.lowerBound.magnitude, saved.upperBound.magnitude)
    let value: String
    let below: String
    switch tone {
    case .good: (value, below) = (words.money(low, low...high), "saved\(share("less"))")
    case .bad: (value, below) = (words.money(low, low...high), "lost\(share("more"))")
    default:
      (value, below) = (
        "\(words.money(saved.lowerBound)) to \(words.money(saved.upperBound))", "lost or saved, by what caches served"
      )
    }
    return figure("Difference", "\(tone.sign()) \(value)", below, tone: tone)
  }

  /// `: 12% less than Sonnet 4.6`, where it is one figure.
  private func share(_ word: String) -> String {
    guard let ends = words.baselineEnds, let saved = words.savedEnds, ends.lowerBound == ends.upperBound,
      let ratio = Ratio(saved.lowerBound.magnitude, over: ends.lowerBound)
    else { return "" }
    return ": \(Figures.percent(ratio)) \(word) than \(words.baseline)"
  }

  private var measured: Markup {
    let coverage = report.coverage
    return figure(
      "Measured and priced", Markup(coverage.share.map(Figures.percent) ?? "–"),
      "\(Figures.count(coverage.covered)) of \(Figures.count(coverage.answered, "answered request"))")
  }
}

extension Money {
  /// The amount without its sign.
  var magnitude: Money { self < .zero ? .zero - self : self }
}
