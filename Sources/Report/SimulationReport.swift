package import Audit
import Pricing
import Model

/// A simulation for a person and for programs.
package enum SimulationReport {
  /// The text, with a line end after each line.
  package static func text(_ simulation: Simulation, style: Style) -> String {
    let period = simulation.period
    let width = max(20, style.width)
    var lines =
      "The same tokens elsewhere, \(period.since) to \(period.until) (\(period.zoneName)); nothing was changed"
      .wrapped(to: width)
    lines += simulation.scope.sentences.flatMap { $0.wrapped(to: width) }
    guard !simulation.rows.isEmpty else { return (lines + ["No requests in this period"]).map { $0 + "\n" }.joined() }
    let grid = Grid(
      columns: [
        .init(title: "Route"), .init(title: "From"), .init(title: "To"), .init(title: "Requests", isNumber: true),
        .init(title: "Tokens", isNumber: true), .init(title: "Now", isNumber: true),
        .init(title: "Then", isNumber: true), .init(title: "Difference", isNumber: true),
      ], rows: simulation.rows.map(cells) + simulation.fees.map(cells))
    lines += [""] + grid.lines(Style(color: style.color, width: width)) + [""]
    let difference = simulation.then - simulation.now
    let outcome =
      difference > .zero
      ? "\(Figures.money(difference)) more" : "\(Figures.money(.zero - difference)) saved"
    lines += "\(Figures.money(simulation.now)) now, \(Figures.money(simulation.then)) then: \(outcome)"
      .wrapped(to: width)
    return (lines + remarks(simulation).flatMap { $0.wrapped(to: width) }).map { $0 + "\n" }.joined()
  }

  private static func remarks(_ simulation: Simulation) -> [String] {
    var lines: [String] = []
    let unmeasured = simulation.rows.reduce(0) { $0 + $1.counts.unknown + $1.counts.estimated }
    if unmeasured > 0 {
      lines.append(
        "\(Figures.count(unmeasured, "request")) without measured tokens \(unmeasured == 1 ? "counts" : "count") nothing here"
      )
    }
    for row in simulation.rows where row.counts.measured > 0 && (row.now == nil || row.then == nil) {
      let model = SafeText.terminal((row.now == nil ? row.model : row.target).description)
      lines.append(
        "\(model) has no price for a part of \(Figures.count(row.counts.measured, "request")) (\(row.route.rawValue)), "
          + "which count on neither side")
    }
    for fee in simulation.fees where !fee.isUsed {
      lines.append("\(SafeText.terminal(fee.plan)) would carry none of this traffic; its fee is counted still")
    }
    return lines
  }

  private static func cells(_ row: Simulation.Row) -> [Grid.Cell] {
    let target = row.target == row.model ? "(same)" : SafeText.terminal(row.target.description)
    let texts = [
      row.route.rawValue, SafeText.terminal(row.model.description), target, Figures.count(row.counts.requests),
      Figures.count(row.tokens.total),
    ]
    return texts.map { Grid.Cell(text: $0) } + amounts(row.now, row.then)
  }

  private static func cells(_ fee: Simulation.Fee) -> [Grid.Cell] {
    ["(plan)", SafeText.terminal(fee.plan), "", "", ""].map { Grid.Cell(text: $0) } + amounts(fee.now, fee.then)
  }

  private static func amounts(_ now: Money?, _ then: Money?) -> [Grid.Cell] {
    let difference = now.flatMap { now in then.map { $0 - now } }
    let paint = difference.map { $0 > .zero ? Paint.bad : $0 < .zero ? .good : .plain } ?? .unsure
    return [
      Grid.Cell(text: Figures.money(now)), Grid.Cell(text: Figures.money(then)),
      Grid.Cell(text: Figures.money(difference), paint: paint),
    ]
  }

  /// The simulation as JSON; money is exact decimal strings.
  package static func json(_ simulation: Simulation) -> String {
    func amounts(_ now: Money?, _ then: Money?) -> [(String, JSONText)] {
      let difference = now.flatMap { now in then.map { $0 - now } }
      return [("now_usd", .money(now)), ("then_usd", .money(then)), ("difference_usd", .money(difference))]
    }
    let rows = simulation.rows.map { row in
      JSONText.object(
        [
          ("route", .string(row.route.rawValue)), ("from", .string(row.model.description)),
          ("to", .string(row.target.description)), ("requests", .count(row.counts.requests)),
          ("measured", .count(row.counts.measured)), ("tokens", .tokens(row.tokens)),
        ] + amounts(row.now, row.then))
    }
    let fees = simulation.fees.map { fee in
      JSONText.object([("plan", .string(fee.plan))] + amounts(fee.now, fee.then))
    }
    return JSONText.object(
      [
        ("schema_version", .count(1)), ("since", .string(simulation.period.since.description)),
        ("until", .string(simulation.period.until.description)), ("timezone", .string(simulation.period.zoneName)),
      ] + simulation.scope.members + [
        ("routes", .array(rows)), ("plans", .array(fees)),
        ("totals", .object(amounts(simulation.now, simulation.then))),
      ]
    ).pretty + "\n"
  }
}
