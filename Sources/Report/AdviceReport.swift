package import Audit
import Pricing
package import Model

/// What to change, in words.
package enum AdviceReport {
  /// The text, with a line end after each line.
  /// - Parameters:
  ///   - diff: the change to the router's configuration, where there is one.
  ///   - notes: what that change does not hold.
  ///   - unanswered: the models that are dearer than the baseline and that no advice has a place for.
  package static func text(
    _ advice: [Advice], of report: AuditReport, unanswered: [ModelID], diff: String?, notes: [String] = [], style: Style
  ) -> String {
    let words = ReportSentences(report: report, quote: SafeText.terminal)
    let width = max(20, style.width)
    var lines = ([words.subject] + report.scope.sentences).flatMap { $0.wrapped(to: width) }
    if report.coverage.counts.requests > 0 {
      let coverage = report.coverage
      lines +=
        ("Judged by \(Figures.count(coverage.covered)) of \(Figures.count(coverage.answered, "answered request"))"
        + "\(words.gap)").wrapped(to: width)
    }
    lines += unanswered.flatMap { unansweredSentence($0, words).wrapped(to: width) }
    if advice.isEmpty, unanswered.isEmpty {
      lines.append(
        report.coverage.counts.requests == 0
          ? "No requests in this period"
          : report.coverage.covered == 0
            ? "Nothing can be judged: no request has measured tokens and a price"
            : report.coverage.covered < report.coverage.answered
              ? "Nothing to change in what can be judged" : "Nothing to change")
    }
    for (number, advice) in advice.enumerated() {
      let (title, evidence) = sentences(advice, words)
      lines.append("")
      lines += "\(number + 1). \(title): \(saving(advice, words)) a month".wrapped(
        to: width, hanging: "   "
      )
      .map { style.paint($0, .heading) }
      lines += evidence.wrapped(to: width, indent: "   ", hanging: "   ")
    }
    if !advice.isEmpty {
      lines +=
        [""]
        + [pace(report) + "; how well a model answers is not measured here."].flatMap {
          $0.wrapped(to: width)
        }
      if Advice.overlap(advice) {
        lines += "Of advice on the same model only one saving counts: they do not add up.".wrapped(to: width)
      }
      let unsplit = report.models.reduce(0) { $0 + $1.splitUnknown }
      if unsplit > 0, advice.contains(where: { $0.served != nil }) {
        lines += ReportSentences.splitUnknown(unsplit).wrapped(to: width)
      }
      if let undeclared = words.undeclaredPlan { lines += undeclared.wrapped(to: width) }
    }
    for plan in report.plans where plan.status == .underBreakEven && plan.monthsBelow < 2 && !plan.hasEnded {
      lines += "\(words.quote(plan.name)) is under break-even so far; two whole months below its fee make it advice"
        .wrapped(to: width)
    }
    if let diff {
      lines += [""] + "The change to the router's configuration; it was not written:".wrapped(to: width) + [""]
      lines += diff.split(separator: "\n").map { SafeText.terminal(String($0)) }
    }
    lines += notes.flatMap { $0.wrapped(to: width) }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func unansweredSentence(_ model: ModelID, _ words: ReportSentences) -> String {
    let rows = words.report.models.filter { $0.key.model == model }
    let ratio = rows.filter { $0.key.billing == .perToken }.compactMap { $0.ratio(by: words.report.judgedBy) }.max()
    let plan = rows.compactMap(\.key.billing.plan).first.map {
      "; the plan \(words.quote($0)) pays for its other calls"
    }
    return
      "\(words.name(model)) costs \(Figures.ratio(ratio)) what \(words.baseline) would, and no other model that is "
      + "paid by the token here is known to do all of its work for less; `ccr-audit simulate` prices it on any\(plan ?? "")"
  }

  /// On what the savings of a month rest.
  private static func pace(_ report: AuditReport) -> String {
    guard let recorded = report.recorded, recorded.isPartial || recorded.days < 3 else {
      return "Savings are at these tokens and this pace"
    }
    let days = Figures.count(recorded.days, "recorded day")
    let isOpen = CivilDay(milliseconds: report.generatedAt, in: report.period.timeZone) <= report.period.until
    return "Savings of a month are at the pace of \(days)"
      + (isOpen && recorded.days > 1 ? ", of today its part so far" : "")
      + (recorded.days < 3 ? ", which is little to go by" : "")
  }

  private static func sentences(_ advice: Advice, _ words: ReportSentences) -> (title: String, evidence: String) {
    let measured = Figures.count(advice.requests, "measured request")
    let cost = words.money(nil, advice.costs)
    let paid = cost + (words.ifByToken.isEmpty ? "," : words.ifByToken)
    let instead =
      words.money(nil, advice.insteads)
      + (advice.insteadOtherwise == nil ? "" : ", by what its own prompt cache holds")
    switch advice.action {
    case .takeOff(let model, let routes, let target):
      let rows = words.report.models.filter { $0.key.model == model && $0.key.billing == .perToken }
      let ratio = rows.compactMap { $0.ratio(by: words.report.judgedBy) }.max()
      // What a client asks for by name, or nobody knows the route of, is in no rule of the router.
      let rules = routes.filter { ![.direct, .explicit, .unknown].contains($0) }
      return (
        rules.isEmpty
          ? "use \(words.name(target)) in place of \(words.name(model))"
          : "take \(words.name(model)) off the routing (\(list(rules))), use \(words.name(target))",
        "it costs \(Figures.ratio(ratio)) what \(words.baseline) would: \(measured) cost \(paid) there \(instead)"
      )
    case .move(let route, let from, let target):
      let swap = "use \(words.name(target)) in place of \(words.name(from))"
      let title =
        switch route {
        case .direct, .unknown: swap
        case .explicit: "\(swap) where clients ask for it by name"
        default: "move \(route.rawValue) from \(words.name(from)) to \(words.name(target))"
        }
      return (title, "\(measured) cost \(paid) there \(instead)")
    case .dropPlan(let plan, let months):
      let audit = words.report.plans.first { $0.name == plan }
      let worth = audit?.said(\.projected).map { words.money(nil, $0) } ?? instead
      return (
        "drop or downgrade \(words.quote(plan))",
        "below its fee for \(months) whole months in a row: \(cost) a month for work worth \(worth) at "
          + "\(words.baseline) prices (\(measured) this month)"
      )
    case .takePlan(let plan, let models):
      return (
        "take \(words.quote(plan))",
        "it covers \(models.map(words.name).joined(separator: ", ")): \(measured) cost \(cost) in this period, "
          + "the plan \(instead) a month; "
          + (words.report.scope.shown == .direct
            ? "whether its limits suffice is not measured here"
            : "whether its limits suffice, and whether a router may use it, is not measured here")
      )
    }
  }

  /// `saves $3.10 to $4.20`, the cautious figure first.
  private static func saving(_ advice: Advice, _ words: ReportSentences) -> String {
    let savings = advice.monthlySavings
    // Whether a plan's limits let it do all of that work, nobody knows.
    if case .takePlan = advice.action { return "saves up to \(words.money(savings.upperBound))" }
    guard savings.lowerBound < .zero else { return "saves \(words.money(nil, savings))" }
    return "from \(words.money(.zero - savings.lowerBound)) more to \(words.money(savings.upperBound)) saved"
  }

  private static func list(_ routes: [Route]) -> String { routes.map(\.rawValue).joined(separator: ", ") }

  /// The advice as JSON; money is exact decimal strings.
  package static func json(
    _ advice: [Advice], of report: AuditReport, unanswered: [ModelID], diff: String?
  ) -> String {
    /// No single figure where a split that nobody knows makes it a range.
    func exact(_ amount: Money, _ served: Money?) -> Money? { served.map { $0 == amount } ?? true ? amount : nil }
    let entries = advice.map { advice in
      JSONText.object(
        members(advice.action) + [
          ("requests", .count(advice.requests)), ("cost_usd", .money(exact(advice.cost, advice.served?.cost))),
          ("cost_usd_low", .money(advice.costs.lowerBound)), ("cost_usd_high", .money(advice.costs.upperBound)),
          ("instead_usd", .money(exact(advice.instead, advice.served?.instead))),
          ("instead_usd_low", .money(advice.insteads.lowerBound)),
          ("instead_usd_high", .money(advice.insteads.upperBound)),
          ("monthly_saving_usd", .money(exact(advice.monthlySaving, advice.served?.monthlySaving))),
          ("monthly_saving_usd_low", .money(advice.monthlySavings.lowerBound)),
          ("monthly_saving_usd_high", .money(advice.monthlySavings.upperBound)),
        ])
    }
    return JSONText.object(
      [
        ("schema_version", .count(1)), ("since", .string(report.period.since.description)),
        ("until", .string(report.period.until.description)), ("timezone", .string(report.period.zoneName)),
      ] + report.scope.members + [
        ("advice", .array(entries)),
        ("dearer_without_advice", .array(unanswered.map { .string($0.description) })), ("router_diff", .text(diff)),
      ]
    ).pretty + "\n"
  }

  private static func members(_ action: Advice.Action) -> [(String, JSONText)] {
    func text(_ model: ModelID) -> JSONText { .string(model.description) }
    return switch action {
    case .takeOff(let model, let routes, let target):
      [
        ("action", .string("take_off")), ("model", text(model)),
        ("routes", .array(routes.map { .string($0.rawValue) })), ("to", text(target)),
      ]
    case .move(let route, let from, let target):
      [("action", .string("move")), ("route", .string(route.rawValue)), ("model", text(from)), ("to", text(target))]
    case .dropPlan(let plan, let months):
      [("action", .string("drop_plan")), ("plan", .string(plan)), ("months_below", .count(months))]
    case .takePlan(let plan, let models):
      [("action", .string("take_plan")), ("plan", .string(plan)), ("models", .array(models.map(text)))]
    }
  }
}
