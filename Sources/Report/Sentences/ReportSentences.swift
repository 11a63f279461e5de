import Model
import Audit
import Pricing

/// The sentences of a report, the same in every format for people.
struct ReportSentences: Sendable {
  var report: AuditReport
  var notes = ReportNotes()
  /// What rows cost as people see it, where the format works it out.
  var roundedCosts: RoundedCosts?
  /// Whether ids stand whole where they are usually cut.
  var showsWholeNames: Bool { notes.showsWholeNames }
  /// Escapes a name from outside for the format.
  var quote: @Sendable (String) -> String
  /// Marks text as a command; the text is escaped already.
  var code: @Sendable (String) -> String = { $0 }

  /// An amount in the report's currency.
  func money(_ money: Money?) -> String { Figures.money(money, in: report.currency) }

  /// An amount, or between what it lies.
  func money(_ money: Money?, _ range: ClosedRange<Money>?) -> String {
    range == nil ? self.money(money) : Figures.money(between: range, in: report.currency)
  }

  /// What a row cost, rounded so that rows add up.
  func cost(_ row: AuditRow) -> String { money(roundedCosts?[row] ?? row.cost, row.range?.cost) }

  /// The ratio that decides, or between what it lies; a plan's is that of all its models together.
  func ratio(_ row: AuditRow) -> String { ratio(report.ratios(of: row)) }

  func ratio(_ range: ClosedRange<Ratio>?) -> String { Figures.ratio(between: range) }

  /// A range as a narrow column shows it: `$6.02–7.70`, `0.86–1.10×`.
  func brief(_ range: String) -> String {
    range.replacing("× to ", with: "–").replacing(" to \(report.currency.map { $0.code + " " } ?? "$")", with: "–")
  }

  /// What the work of a row costs at the baseline that decides.
  func baselineCost(_ row: AuditRow) -> String { money(nil, row.baselineCosts(by: report.judgedBy)) }

  /// A row's model, with a mark where its provider is inferred.
  func name(_ row: AuditRow) -> String { name(row.key.model) + (row.assumed > 0 ? assumedMark : "") }

  /// What says that a provider is assumed: a mark with a footnote, or the word.
  var assumedMark = "*"

  /// The baseline: what a dated alias stood for where it was one model, else the family's name.
  var baseline: String { baseline(report.successors) }

  /// The same of another time than the report's.
  func baseline(_ stood: [Successor]) -> String {
    if stood.count == 1 { return short(stood[0].model) }
    return report.baseline.model == "claude-sonnet" ? "Sonnet" : short(report.baseline)
  }

  /// The same with all that a dated alias stood for: `Sonnet 4.6, from 2026-06-30 on Sonnet 5`.
  var baselineOverTime: String {
    let stood = report.successors
    guard let first = stood.first, stood.count > 1 || first.model != report.baseline else {
      return name(report.baseline)
    }
    let later = stood.dropFirst().map {
      ", from \(CivilDay(milliseconds: $0.from, in: report.period.timeZone)) on \(short($0.model))"
    }
    return "\(short(first.model))\(later.joined()), the newest Sonnet of the day"
  }

  /// `Sonnet 4.6`, or the model's whole name.
  func short(_ model: ModelID) -> String {
    let title = ModelTitle.short(model)
    return title == model.description ? quote(title) : title
  }

  func name(_ model: ModelID) -> String { quote(model.description) }

  /// The whole report in a sentence: the money, the verdicts, and how much of the traffic stands behind neither.
  var headline: String {
    (report.missing.map { "\(MissingTrafficSummary.sentence($0)); of these: " } ?? "") + figures
  }

  private var figures: String {
    if let unanswered { return unanswered + unansweredFees }
    let compared = report.models.filter { row in
      !row.isBaseline && Self.comparing.contains(row.verdict(by: report.judgedBy))
    }
    .sorted { left, right in
      let (one, other) = (weight(left), weight(right))
      return one == other ? left.key < right.key : other < one
    }
    var parts =
      [paid + searchFees]
      + compared.prefix(2).map { row in
        // Another seller's model of that name is meant no less, though it has no ratio of its own.
        let sellers = Set(report.models.map(\.key.model).filter { $0.model == row.key.model.model })
        let rows = compared.filter { $0.key.model.model == row.key.model.model }
        let name = rows.count > 1 || sellers.count > 1 ? name(row.key.model) : quote(row.key.model.model)
        return "\(name) \(ratio(row)), \(word(row))"
      }
    let rest = compared.dropFirst(2).map(word)
    if !rest.isEmpty { parts.append(Self.summary(rest)) }
    let others = report.models.filter { [.perToken, .unpriced].contains($0.key.billing) && !$0.isBaseline }
    if compared.isEmpty, !others.isEmpty { parts.append("no per-token model can be compared") }
    return parts.joined(separator: "; ") + gap
  }

  /// That there was no answer, where there was none.
  var unanswered: String? {
    let (coverage, failed) = (report.coverage, report.coverage.counts.failed)
    guard coverage.counts.requests > 0 else { return "No requests in this period" }
    return coverage.answered > 0 ? nil : "No request was answered; \(Figures.count(failed)) failed"
  }

  /// Fees are due all the same.
  private var unansweredFees: String {
    report.coverage.counts.requests == 0 || report.totals.planFees == .zero ? "" : "; \(planFees) in plan fees"
  }

  /// What becomes of further models: `4 more models cheaper`, `3 more models: 2 cheaper, 1 as dear`.
  static func summary(_ verdicts: [String]) -> String {
    let models = Figures.count(verdicts.count, "more model")
    let counts = Dictionary(grouping: verdicts) { $0 }.mapValues(\.count).sorted { $0.key < $1.key }
    guard counts.count > 1 else { return counts.map { "\(models) \($0.key)" }.joined() }
    return "\(models): " + counts.map { "\($1) \($0)" }.joined(separator: ", ")
  }

  private static let comparing: Set<Verdict> = [.cheaper, .dearer, .equal, .uncertain]

  /// Dearer models first, and of those alike the one that costs more.
  private func weight(_ row: AuditRow) -> (Int, Money) {
    (row.verdict(by: report.judgedBy) == .dearer ? 1 : 0, row.highestCost ?? .zero)
  }

  private func word(_ row: AuditRow) -> String {
    switch row.verdict(by: report.judgedBy) {
    case .equal: "as dear"
    case .uncertain: "cheaper or dearer"
    case let verdict: verdict.rawValue
    }
  }

  /// What was paid, and for what.
  private var paid: String {
    let totals = report.totals
    if report.coverage.answered > 0, report.coverage.covered == 0 {
      // What has no tokens or no price did not cost nothing.
      guard totals.planFees > .zero else { return "What was paid is not known" }
      if report.coverage.counts.measured > 0 { return "Paid \(planFees) in plan fees" }
    }
    guard let claim = totals.claim(by: report.judgedBy) else {
      return "Paid \(money(totals.cost, totals.costs)); what \(baseline) would have cost is not known"
    }
    return "Paid \(money(nil, claim.cost))\(ifByToken) for work that \(baseline) would have done for "
      + money(nil, claim.baselineCost)
  }

  /// Of what a client's own records tell, only a declaration says whether it was paid by the token.
  static let ifByToken = ", if by the token"
  /// The same for the middle of a sentence; empty where a plan is declared.
  var ifByToken: String { undeclaredPlan == nil ? "" : Self.ifByToken + "," }

  /// How much of the traffic stands behind no figure, for the end of a sentence; empty where all is measured and priced.
  var gap: String {
    let coverage = report.coverage
    func part(_ count: Int, _ words: String) -> String {
      guard count > 0, let share = Ratio(count, of: coverage.answered) else { return "" }
      return "; \(Figures.percent(share)) \(words)"
    }
    return part(coverage.answered - coverage.counts.measured, "of requests not measured")
      + part(coverage.unpriced, "without a price")
  }

  /// What the figures are about.
  var subject: String {
    let period = report.period
    let days = Figures.days(period.since...period.until)
    let isRunning = period.since == period.until && !report.hasEnded
    return "\(days) (\(period.zoneName)\(isRunning ? ", not over yet" : "")), compared with \(baselineOverTime); "
      + "prices " + report.pricingVersion.prefix(12) + (report.knownOn.map { " as known on \($0)" } ?? "")
  }

  /// The verdict, with the plan's name or without.
  func verdict(_ row: AuditRow, naming: Bool) -> String {
    switch row.verdict(by: report.judgedBy) {
    case .cheaper: return "cheaper"
    case .dearer: return "dearer"
    case .equal: return "as dear"
    case .uncertain: return "cheaper or dearer"
    case .plan: return naming ? "plan \(quote(row.key.billing.plan ?? ""))" : "plan"
    case .free: return "free"
    case .unpriced where row.counts.isOnlyFailures: return "failed"
    case .unpriced where row.counts.measured == 0: return "not measured"
    case .unpriced: return row.key.billing == .unpriced ? "no price" : "no baseline price"
    case .noUsage: return row.counts.isOnlyFailures ? "failed" : "not measured"
    }
  }

  /// What else there is to know of the figures; each only where it applies.
  var remarks: [String] {
    let compared = report.models.filter { $0.ratio != nil && !$0.others.isEmpty }
    var lines: [String] = []
    if let assumption { lines.append(assumption) }
    if let undeclared = undeclaredPlan { lines.append(undeclared) }
    if report.grouping != .model, report.rows.contains(where: { $0.key.billing.plan != nil && $0.cost != nil }) {
      lines.append("A plan's fee is shared out over rows by what their work would have cost at \(baseline) prices")
    }
    let unsplit = report.models.reduce(0) { $0 + $1.splitUnknown }
    if unsplit > 0 { lines.append(Self.splitUnknown(unsplit)) }
    lines += compared.map { row in
      let ratios = [(report.baseline, row.ratio)] + row.others.map { ($0.baseline, $0.ratio) }
      return "\(name(row.key.model)): "
        + ratios.map { "\(Figures.ratio($1)) of \(short($0))" }.joined(separator: ", ")
    }
    for row in report.models where row.isDisputed {
      let observed = Self.word(row.verdict, than: baseline)
      let cached = row.verdictCached.map { Self.word($0, than: "it") } ?? ""
      let decides = report.judgedBy == .plain ? "the observed tokens decide" : "the prompt cache decides"
      lines.append(
        "\(name(row.key.model)) is \(observed) by its observed tokens (\(ratio(row.ratios(by: .plain)))), but granted "
          + "its own prompt cache, \(cached) (\(ratio(row.ratios(by: .cached)))): \(decides)")
    }
    for row in report.models where row.tokenFactor != .one && row.counts.measured > 0 {
      lines.append(
        "\(baseline) is taken to make \(row.tokenFactor) tokens of the text of each token of \(name(row.key.model)): the "
          + "providers publish how their tokenizers differ")
    }
    lines += recordedTime + report.corrections.map(correction)
    if let currency = report.currency {
      lines.append(
        "Amounts are in \(currency.code) at \(Figures.money(currency.rate.dollars)) each, the rate since "
          + "\(currency.rate.day)")
    }
    return lines
  }

  /// That providers are inferred.
  var assumption: String? {
    Self.assumption(of: report.models.filter { $0.assumed > 0 }.map(\.key.model), mark: assumedMark)
  }

  /// The same of models. Where no provider could be inferred either, none is assumed.
  static func assumption(of models: [ModelID], mark: String) -> String? {
    guard !models.isEmpty else { return nil }
    let word = models.contains { $0.provider != "unknown" } ? "assumed" : "unknown"
    return (mark == "*" ? "* provider \(word)" : word.withCapital)
      + ": only the client's record tells of these requests, and it does not name who was called"
  }

  /// Requests whose cost lies between two ends.
  static func splitUnknown(_ requests: Int) -> String {
    "What caches served of \(Figures.count(requests, "request")) is not known: costs are ranges, from as much as like "
      + "requests had, or all, to nothing"
  }

  /// A client logged in to a plan and one with a key write the same records: what it pays by is only known when declared.
  var undeclaredPlan: String? {
    let rows = report.models.filter { $0.assumed > 0 && $0.key.billing == .perToken }
    return Self.undeclaredPlan(
      of: rows.map { (offers: $0.offers, lack: $0.lack, firstDay: $0.firstDay) }, paid: Set(report.plans.map(\.name)),
      quote: quote, code: code)
  }

  /// The same of what counts by the token and only a client tells of: the plans on the market that cover it, why none of
  /// them pays, and the first day.
  static func undeclaredPlan(
    of rows: [(offers: [String], lack: PriceLack, firstDay: CivilDay?)], paid: Set<String>,
    quote: (String) -> String, code: (String) -> String = { $0 }
  ) -> String? {
    let rows = rows.filter { paid.isDisjoint(with: $0.offers) }
    guard let offer = rows.compactMap(\.offers.first).first, let day = rows.compactMap(\.firstDay).min() else {
      return nil
    }
    for case .unpaidTime(let plan) in rows.map(\.lack) {
      return
        "The plan \(quote(plan)), which covers them, is declared for other days, so they count by the token; if it was "
        + "paid on theirs, too: " + code("\(Cure.subscribing(to: plan)) --from \(day)")
    }
    return "No plan is declared that covers them, so they count by the token; if one pays, such as \(quote(offer)): "
      + code("\(Cure.subscribing(to: offer)) --from \(day)")
  }

  private func correction(_ correction: Correction) -> String {
    let (before, after) = (correction.before, correction.after)
    let then = report.knownOn.map { "as known on \($0)" } ?? "in the history"
    let model = name(correction.model)
    // What a day bears of a fee is no price that changed.
    switch correction.billing {
    case .plan: return "\(model): a plan was declared since that pays for it"
    case .noPlan: return "\(model): no plan is declared any more that pays for it"
    case nil: break
    }
    let change = before.costs == nil ? "it got a price since" : "prices were corrected since"
    let old = before.costs == nil ? "" : "\(money(nil, before.costs)) \(then), "
    var line = "\(model): \(change): \(old)\(money(nil, after.costs)) now"
    if before.baselineCosts != after.baselineCosts {
      line += "; at \(baseline) \(money(nil, before.baselineCosts)) then, \(money(nil, after.baselineCosts)) now"
    }
    if let old = before.ratio, let new = after.ratio, old != new {
      line += "; \(Figures.ratio(old)) then, \(Figures.ratio(new)) now"
    }
    return line
  }

  private static func word(_ verdict: Verdict, than other: String) -> String {
    switch verdict {
    case .equal: "as dear as \(other)"
    case .uncertain: "cheaper or dearer than \(other)"
    default: "\(verdict.rawValue) than \(other)"
    }
  }

  /// How much of the traffic the figures cover.
  var coverage: String {
    let (coverage, failed) = (report.coverage, report.coverage.counts.failed)
    if coverage.counts.requests > 0, let unanswered { return unanswered }
    return "\(Figures.count(coverage.covered)) of \(Figures.count(coverage.answered, "answered request")) "
      + (coverage.share.map { "(\(Figures.percent($0))) " } ?? "")
      + coverage.haveMeasuredTokens
      + (failed > 0 ? "; \(Figures.count(failed)) more failed" : "")
  }

  /// Requests that stand behind no figure, and why.
  struct Gap: Hashable {
    var requests: Int
    var model: String
    var reason: String
  }

  /// What is not covered, by model.
  var gaps: [Gap] {
    let models = Dictionary(grouping: report.models, by: \.key.model).sorted { $0.key < $1.key }
    return models.flatMap { model, rows -> [Gap] in
      let counts = rows.reduce(RequestCounts.zero) { $0 + $1.counts }
      // What we estimated is in no record either.
      let estimated = rows.reduce(0) { $0 + ($1.estimated.map { $0.requests - $0.counted } ?? 0) }
      let unrecorded = counts.unknown + estimated
      let known = notes.reasons[model] ?? []
      var gaps = known.filter { $0.requests > 0 }.map { (requests: $0.requests, reason: $0.reason) }
      let rest = unrecorded - known.reduce(0) { $0 + $1.requests }
      // Reasons of another number of requests would be claims that nobody can check.
      if rest < 0 { gaps = [] }
      let nameless = rest < 0 ? unrecorded : rest
      if nameless > 0 { gaps.append((nameless, "no tokens in any record")) }
      let counted = counts.estimated - estimated
      if counted > 0 { gaps.append((counted, "counted by the proxy itself, not measured")) }
      for row in rows where row.unpriced > 0 {
        // What a plan covers is spelled right.
        let near = row.offers.isEmpty ? row.nearest.map(name).joined(separator: ", ") : ""
        gaps.append((row.unpriced, "no price in the table" + (near.isEmpty ? "" : "; names like it: \(near)")))
      }
      for row in rows where row.baselineUnpriced > 0 {
        gaps.append((row.baselineUnpriced, "\(baseline) has no price at that time: no ratio"))
      }
      return gaps.map { Gap(requests: $0.requests, model: name(model), reason: $0.reason) }
    }
  }

  /// On what the figures rest, and what would cover more.
  var coverageNotes: [String] { sources + cures + fallbacks + extras + bounds + skipped }

  /// What ends each "no price", once for all models that it ends it for.
  private var cures: [String] {
    func clause(_ row: AuditRow, of models: Int) -> String {
      Cure.clause(
        for: row.key.model, row.lack, offers: row.offers, covered: models > 1 ? "them" : "it", quote: quote, code: code)
    }
    var (rows, names): ([AuditRow], [String: [String]]) = ([], [:])
    // Of a model that nobody measured, a price would say nothing yet.
    for row in report.models where row.unpriced > 0 {
      let clause = clause(row, of: 1)
      if names[clause] == nil { rows.append(row) }
      // Models are sorted: of one name there is none but the last.
      let model = name(row.key.model)
      if names[clause]?.last != model { names[clause, default: []].append(model) }
    }
    return rows.map { row in
      let names = names[clause(row, of: 1), default: []]
      return "\(names.joined(separator: ", ")): \(clause(row, of: names.count))"
    }
  }

  /// Whether there is anything to say of coverage.
  var hasCoverage: Bool { report.coverage.counts.requests > 0 || notes.skippedLines > 0 }

  private var fallbacks: [String] {
    var sums: [RateFallback: Int64] = [:]
    for fallback in report.models.flatMap(\.fallbacks) {
      var key = fallback
      key.tokens = 0
      sums[key, default: 0] += fallback.tokens
    }
    return sums.map { fallback, tokens in
      "\(Figures.count(tokens)) \(fallback.tokenClass.name) tokens are priced at the "
        + "\(fallback.from.name) rate of \(name(fallback.model)), which publishes none of their own"
    }.sorted()
  }

  private var bounds: [String] {
    notes.bounds.map { bound in
      let requests = Figures.count(bound.requests, "request")
      if bound.isCounted {
        return "\(name(bound.model)): \(requests) with measured tokens broke off, or lost the client; the figures hold "
          + "\(Figures.count(bound.tokens.output)) tokens of answer, at least what was made"
      }
      return "\(name(bound.model)): \(requests) without measured tokens took at least "
        + "\(Figures.count(bound.tokens.prompt)) tokens of prompt and \(Figures.count(bound.tokens.output)) of answer, as "
        + "far as the records go; no figure counts them"
    }
  }

  private var skipped: [String] {
    notes.skippedLines == 0
      ? [] : ["\(Figures.count(notes.skippedLines, "line")) of the logs could not be read and were skipped"]
  }
}

extension AuditRow {
  /// The colour of the verdict that decides.
  func paint(by kind: RatioKind) -> Paint {
    switch verdict(by: kind) {
    case .cheaper, .free: .good
    case .dearer: .bad
    case .unpriced, .noUsage, .uncertain: .unsure
    case .equal, .plan: .plain
    }
  }
}

extension Coverage {
  /// The verb follows whichever of the two numbers is one.
  var haveMeasuredTokens: String { "\(covered == 1 || answered == 1 ? "has" : "have") measured tokens and a price" }
}
