package import Audit
import Pricing
import Model

/// A simulation for a person and for programs.
package enum SimulationReport {
  /// The text, with a line end after each line.
  package static func text(_ simulation: Simulation, style: Style) -> String {
    let period = simulation.period
    let width = max(20, style.width)
    let days = Figures.days(period.since...period.until)
    var lines = "The same tokens elsewhere, \(days) (\(period.zoneName)); nothing was changed".wrapped(to: width)
    lines += simulation.scope.sentences.flatMap { $0.wrapped(to: width) }
    guard !simulation.rows.isEmpty else { return (lines + ["No requests in this period"]).map { $0 + "\n" }.joined() }
    let rounded = RoundedSimulation(simulation)
    var shown = simulation
    if let rounded { shown.rows = rounded.rows }
    lines += [""] + table(shown, style: Style(color: style.color, width: width)) + [""]
    let change = rounded.map { Change(now: $0.now, then: $0.then) } ?? Change(simulation)
    lines += outcome(simulation, change).wrapped(to: width)
    return (lines + remarks(simulation).flatMap { $0.wrapped(to: width) }).map { $0 + "\n" }.joined()
  }

  /// All in columns; else the target on a line of its own, and at last each row on lines of its own.
  private static func table(_ simulation: Simulation, style: Style) -> [String] {
    let amounts: [Grid.Column] = ["Now", "Then", "Difference"].map { .init(title: $0, isNumber: true) }
    let sizes: [Grid.Column] = ["Requests", "Tokens"].map { .init(title: $0, isNumber: true) }
    let whole = Grid(
      columns: [.init(title: "Route"), .init(title: "From"), .init(title: "To")] + sizes + amounts,
      rows: simulation.rows.map { cells($0, in: simulation, hasTarget: true) }
        + simulation.fees.map { cells($0, hasTarget: true) })
    if whole.width <= style.width { return whole.lines(style) }
    // A plan has no target, and of no row is one shown that stays where it is.
    let targets =
      simulation.rows.map { $0.target == $0.model ? nil : SafeText.terminal($0.target.description) }
      + simulation.fees.map { _ in nil }
    for hasSizes in [true, false] {
      let grid = Grid(
        columns: [.init(title: "Route"), .init(title: "Model")] + (hasSizes ? sizes : []) + amounts,
        rows: simulation.rows.map { cells($0, in: simulation, hasTarget: false, hasSizes: hasSizes) }
          + simulation.fees.map { cells($0, hasTarget: false, hasSizes: hasSizes) })
      guard grid.width <= style.width else { continue }
      let lines = grid.lines(style)
      return lines.prefix(1)
        + zip(lines.dropFirst(), targets).flatMap { line, target in
          [line] + (target.map { "→ \($0)".wrapped(to: style.width, indent: "    ", hanging: "      ") } ?? [])
        }
    }
    let rows = simulation.rows.map {
      ("\($0.route.rawValue): \(name($0, in: simulation))", Change($0))
    }
    let fees = simulation.fees.map { ("plan \(SafeText.terminal($0.plan))", Change(now: $0.now, then: $0.then)) }
    return zip(rows + fees, targets).flatMap { row, target in
      let (name, change) = row
      return (name + (target.map { " → \($0)" } ?? "")).wrapped(to: style.width, hanging: "  ")
        + "\(change.now) now, \(change.then) then".wrapped(to: style.width, indent: "  ", hanging: "  ")
    }
  }

  /// A model; with its plan where it is also paid by the token.
  private static func name(_ row: Simulation.Row, in simulation: Simulation) -> String {
    let others = simulation.rows.filter { $0.route == row.route && $0.model == row.model && $0.target == row.target }
    let isMixed = row.plan != nil && others.contains { $0.plan != row.plan }
    return SafeText.terminal(row.model.description) + (row.isAssumed ? "*" : "") + (isMixed ? " (plan)" : "")
  }

  /// What traffic costs now and then: from end to end where nobody knows what caches served.
  private struct Change {
    /// A pair an end.
    private var ends: [(now: Money?, then: Money?)]

    init(now: Money?, then: Money?) { ends = [(now, then)] }

    init(_ row: Simulation.Row) { ends = [(row.now, row.then), (row.nowServed, row.thenServed)] }

    init(_ simulation: Simulation) {
      ends = [(simulation.now, simulation.then)] + (simulation.ifServed.map { [($0.now, $0.then)] } ?? [])
    }

    var now: String { Figures.money(between: ends.compactMap(\.now).span) }
    var then: String { Figures.money(between: ends.compactMap(\.then).span) }

    /// The difference of amounts as they are shown, so that a reader who subtracts finds the same.
    var difference: ClosedRange<Money>? {
      ends.compactMap { end in end.now.flatMap { now in end.then.map { Figures.shown($0) - Figures.shown(now) } } }.span
    }

    /// What it comes to, the cautious figure first.
    var outcome: String {
      let range = difference ?? .zero ... .zero
      func size(_ money: Money) -> String { Figures.money(money.magnitude) }
      let (low, high) = (size(range.lowerBound), size(range.upperBound))
      if range.lowerBound == .zero, range.upperBound == .zero { return "the same" }
      if range.lowerBound > .zero { return low == high ? "\(low) more" : "\(low) to \(high) more" }
      if range.upperBound <= .zero { return low == high ? "\(low) saved" : "\(high) to \(low) saved" }
      if range.lowerBound == .zero { return "up to \(high) more" }
      return "from \(high) more to \(low) saved"
    }
  }

  /// What it comes to; nothing is saved by sending requests to where nobody knows the price.
  private static func outcome(_ simulation: Simulation, _ change: Change) -> String {
    let now = change.now + " now" + (undeclaredPlan(simulation) == nil ? "" : ReportSentences.ifByToken)
    let unknown = simulation.rows.filter { $0.now != nil && $0.then == nil }.reduce(0) { $0 + $1.counts.measured }
    let dropped = droppedPlans(simulation)
    let unmeasured = simulation.rows.filter { $0.plan.map(dropped.contains) ?? false }
      .reduce(0) { $0 + $1.counts.unknown + $1.counts.estimated }
    let parts = [(unknown, "a price"), (unmeasured, "measured tokens")].filter { $0.0 > 0 }
    guard parts.isEmpty else {
      let requests = parts.map { "\(Figures.count($0, "request")) without \($1)" }.joined(separator: " and ")
      let rest = simulation.then == .zero ? "" : "\(change.then) and "
      return "\(now); then \(rest)what \(requests) would cost, which is not known"
    }
    // A plan that would be taken pays for work of which nobody knows what it costs now.
    let uncostedRows = simulation.rows.filter { $0.now == nil && $0.then != nil }
    let uncosted = uncostedRows.reduce(0) { $0 + $1.counts.measured }
    guard uncosted == 0 || simulation.fees.allSatisfy({ $0.now == $0.then }) else {
      let isAll = uncostedRows.allSatisfy { Side($0) == .beforeFees }
      return "\(now), and what \(Figures.count(uncosted, "request")) without a price "
        + "\(uncosted == 1 ? "costs" : "cost"), which is not known; then \(change.then)\(isAll ? "" : " without these")"
    }
    guard simulation.isPriced else {
      let isMeasured = simulation.rows.contains { $0.counts.measured > 0 }
      return "Nothing can be compared: " + (isMeasured ? "no measured request has a price" : "no request is measured")
    }
    return "\(now), \(change.then) then: \(change.outcome)"
  }

  /// That no plan is declared that pays for what only a client tells of.
  private static func undeclaredPlan(_ simulation: Simulation) -> String? {
    ReportSentences.undeclaredPlan(
      of: simulation.rows.filter { $0.isAssumed && $0.plan == nil && $0.now != nil }
        .map { (offers: $0.offers, lack: $0.lack, firstDay: $0.firstDay) },
      paid: Set(simulation.fees.filter { $0.now > .zero }.map(\.plan)), quote: SafeText.terminal)
  }

  /// The plans that pay for requests now and would not any more.
  private static func droppedPlans(_ simulation: Simulation) -> Set<String> {
    Set(simulation.fees.filter { !$0.isKept }.map(\.plan))
  }

  /// Where measured requests without some price count.
  private enum Side: Int {
    case neither
    /// A plan pays for them now, and without it they have no price.
    case nowOnPlan
    /// They have no price now, and then cost nothing beside fees.
    case beforeFees

    init(_ row: Simulation.Row) {
      if row.plan != nil, row.now != nil {
        self = .nowOnPlan
      } else {
        self = row.now == nil && row.then == .zero ? .beforeFees : .neither
      }
    }
  }

  /// That requests without some price are in a part of the figures only.
  private static func openSentence(_ rows: [Simulation.Row], to model: ModelID, _ side: Side) -> String {
    let count = rows.reduce(0) { $0 + $1.counts.measured }
    let requests = "\(Figures.count(count, "request")) to \(SafeText.terminal(model.description))"
    let (counts, have, they, cost) = count == 1 ? ("counts", "has", "it", "costs") : ("count", "have", "they", "cost")
    switch side {
    case .neither:
      let then = rows.compactMap(\.then).reduce(Money.zero, +)
      return "\(requests) \(counts) on neither side, for want of a price"
        + (then > .zero ? "; there \(they) would cost \(Figures.money(then))" : "")
    case .nowOnPlan:
      let plans = Set(rows.compactMap(\.plan)).sorted().map(SafeText.terminal).joined(separator: ", ")
      return "\(requests) \(have) no price without \(plans), which pays for \(count == 1 ? "it" : "them") now"
    case .beforeFees: return "\(requests) \(have) no price now, and then \(cost) nothing beside the fees"
    }
  }

  private static func remarks(_ simulation: Simulation) -> [String] {
    let assumed = simulation.rows.filter(\.isAssumed).map(\.model)
    var lines = [ReportSentences.assumption(of: assumed, mark: "*")].compactMap(\.self)
    if let undeclared = undeclaredPlan(simulation) { lines.append(undeclared) }
    let lost = simulation.rows.reduce(into: [:]) { $0.merge($1.lostModes, uniquingKeysWith: +) }
    lines += lost.sorted { $0.key < $1.key }.map { mode, requests in
      "\(Figures.count(requests, "request")) in mode \(SafeText.terminal(mode)): of that mode the table has no factor "
        + "there, so the usual price counts"
    }
    let unmeasured = simulation.rows.reduce(0) { $0 + $1.counts.unknown + $1.counts.estimated }
    if unmeasured > 0 {
      lines.append(
        "\(Figures.count(unmeasured, "request")) without measured tokens \(unmeasured == 1 ? "counts" : "count") nothing here"
      )
    }
    if simulation.splitUnknown > 0 { lines.append(ReportSentences.splitUnknown(simulation.splitUnknown)) }
    let open = simulation.rows.filter { $0.counts.measured > 0 && ($0.now == nil || $0.then == nil) }
    let dropped = droppedPlans(simulation)
    struct Open: Hashable {
      var model: ModelID
      var side: Side
    }
    let opens = Dictionary(grouping: open) { Open(model: $0.now == nil ? $0.model : $0.target, side: Side($0)) }
    for (key, rows) in opens.sorted(by: { ($0.key.model, $0.key.side.rawValue) < ($1.key.model, $1.key.side.rawValue) })
    {
      // A model that would be called is cured by a price alone: no record says where it would run.
      let unpriced = rows.first { $0.now == nil }
      let isDropped = rows.contains { row in
        row.plan.map(dropped.contains) ?? false || !dropped.isDisjoint(with: row.offers)
      }
      lines.append(
        openSentence(rows, to: key.model, key.side)
          // Who asks what cancelling a plan saves is not told to take it.
          + "; "
          + Cure.clause(
            for: key.model, isDropped ? .price : unpriced?.lack ?? .price,
            offers: isDropped ? [] : unpriced?.offers ?? []))
    }
    for fee in simulation.fees {
      let plan = SafeText.terminal(fee.plan)
      guard fee.isKept else { continue }
      guard fee.isUsed else {
        lines.append("\(plan) would carry none of this traffic; its fee is counted still")
        continue
      }
      let month = fee.monthly.map { "\(Figures.money($0)) a month" } ?? "its fee"
      let tokens = fee.tokens > 0 ? Figures.count(fee.tokens, "measured token") : "none with measured tokens"
      let work = "\(Figures.count(fee.requests, "request")) (\(tokens))"
      if let included = fee.includedTokens {
        lines.append(
          "\(plan) includes \(Figures.count(included)) tokens for \(month) and would carry "
            + "\(work) in this period; what goes beyond is not counted here")
      } else {
        lines.append(
          "\(plan) (\(month)) would carry \(work) for its fee alone; its limits are not in "
            + "the table, so whether it allows that is not known")
      }
    }
    return lines
  }

  private static func cells(
    _ row: Simulation.Row, in simulation: Simulation, hasTarget: Bool, hasSizes: Bool = true
  ) -> [Grid.Cell] {
    let target = row.target == row.model ? "(same)" : SafeText.terminal(row.target.description)
    let tokens = row.counts.measured > 0 ? Figures.count(row.tokens.total) : "–"
    let texts =
      [row.route.rawValue, name(row, in: simulation)] + (hasTarget ? [target] : [])
      + (hasSizes ? [Figures.count(row.counts.requests), tokens] : [])
    return texts.map { Grid.Cell(text: $0) } + amounts(Change(row))
  }

  private static func cells(_ fee: Simulation.Fee, hasTarget: Bool, hasSizes: Bool = true) -> [Grid.Cell] {
    let blanks = (hasTarget ? 1 : 0) + (hasSizes ? 2 : 0)
    return (["(plan)", SafeText.terminal(fee.plan)] + Array(repeating: "", count: blanks)).map { Grid.Cell(text: $0) }
      + amounts(Change(now: fee.now, then: fee.then))
  }

  private static func amounts(_ change: Change) -> [Grid.Cell] {
    let difference = change.difference
    let paint =
      difference.map { range -> Paint in
        if range.lowerBound > .zero { return .bad }
        if range.upperBound < .zero { return .good }
        return range.lowerBound == range.upperBound ? .plain : .unsure
      } ?? .unsure
    return [
      Grid.Cell(text: change.now), Grid.Cell(text: change.then),
      Grid.Cell(text: Figures.money(between: difference), paint: paint),
    ]
  }

  /// The simulation as JSON; money is exact decimal strings.
  package static func json(_ simulation: Simulation) -> String {
    func amounts(_ now: Money?, _ then: Money?) -> [(String, JSONText)] {
      let difference = now.flatMap { now in then.map { $0 - now } }
      return [("now_usd", .money(now)), ("then_usd", .money(then)), ("difference_usd", .money(difference))]
    }
    /// No single figure where both ends differ.
    func exact(_ amount: Money?, _ other: Money?) -> Money? { amount == other ? amount : nil }
    func ends(_ name: String, _ amounts: Money?...) -> [(String, JSONText)] {
      let span = amounts.contains { $0 == nil } ? nil : amounts.compactMap(\.self).span
      return [("\(name)_low", .money(span?.lowerBound)), ("\(name)_high", .money(span?.upperBound))]
    }
    let rows = simulation.rows.map { row in
      JSONText.object(
        [
          ("route", .string(row.route.rawValue)), ("from", .string(row.model.description)),
          ("to", .string(row.target.description)), ("provider_assumed", .bool(row.isAssumed)),
          ("requests", .count(row.counts.requests)),
          ("measured", .count(row.counts.measured)), ("tokens", .tokens(row.tokens)), ("plan", .text(row.plan)),
        ] + amounts(exact(row.now, row.nowServed), exact(row.then, row.thenServed))
          + ends("now_usd", row.now, row.nowServed) + ends("then_usd", row.then, row.thenServed))
    }
    let fees = simulation.fees.map { fee in
      JSONText.object(
        [("plan", .string(fee.plan))] + amounts(fee.now, fee.then) + [
          ("tokens", .count(fee.tokens)), ("included_tokens", fee.includedTokens.map { .count($0) } ?? .null),
          ("limits_known", .bool(fee.includedTokens != nil)),
        ])
    }
    return JSONText.object(
      [
        ("schema_version", .count(1)), ("since", .string(simulation.period.since.description)),
        ("until", .string(simulation.period.until.description)), ("timezone", .string(simulation.period.zoneName)),
      ] + simulation.scope.members + [
        ("routes", .array(rows)), ("plans", .array(fees)),
        ("totals", .object(amounts(simulation.now, simulation.then))),
        (
          "totals_if_served",
          simulation.ifServed.map { JSONText.object(amounts($0.now, $0.then)) } ?? .null
        ),
      ]
    ).pretty + "\n"
  }
}
