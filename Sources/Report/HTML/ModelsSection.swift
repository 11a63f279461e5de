import Audit
import Model
import Pricing

/// Each model against the line at 1.0.
extension ReportPage {
  private static let height = "34"
  /// The axis keeps clear of a cell's edges, so that nothing is cut off.
  private static func x(_ share: Double) -> Double { 0.03 + 0.94 * share }

  var models: Markup {
    let words = self.words
    let rows = words.ranked
    let drawn = Array(rows.prefix(Self.drawnModels))
    let dots = drawn.flatMap { ends($0) }
    let byDay = Dictionary(grouping: days) { $0.key.model }
    let marks = drawn.flatMap { byDay[$0.key.model] ?? [] }.filter { $0.key.billing == .perToken }.flatMap { ends($0) }
    let axis = LogAxis(dots + marks)
    let isDrawn = !dots.isEmpty
    let hasDays = Set(days.compactMap(\.key.day)).count > 1 && !marks.isEmpty
    let most = drawn.flatMap { [$0.highestCost, baselineEnd($0)] }.compactMap(\.self).max() ?? .zero
    let lead: Markup =
      "Ratio is cost ÷ what the same tokens cost at \(Markup(sentence: words.baseline)). Left of the line pays. The dot "
      + "is the whole period\(hasDays ? ", a small mark one day" : "")."
    var parts: [Markup] = isDrawn ? [Markup(.p, [.class: "lead"], lead)] : []
    parts.append(
      Markup(
        .table, [.class: "models", .width: "100%"],
        Markup(
          .caption, [.class: "vh"], "Cost of each model and of \(Markup(sentence: words.baseline)) for the same tokens"),
        Markup(.thead, [:], titles(axis, isDrawn: isDrawn)),
        Markup(
          .tbody, [:],
          drawn.map { row in
            let cost = words.cost(row)
            return Markup(
              .tr, [:], name(row), chart(row, axis: axis, days: hasDays ? byDay[row.key.model] ?? [] : [], isDrawn),
              Markup(.td, [.align: "right", .class: "num big"], Markup(words.ratio(row))),
              bars(row, cost: cost, most: most),
              Markup(
                .td, [.align: "right", .class: "num two"], Markup(.b, [:], Markup(cost)), " ",
                Markup(.span, [:], Markup(words.baselineCost(row)))),
              Markup(
                .td, [.align: "right", .class: "num sm"], Markup(Figures.count(row.counts.measured)), " ",
                Markup(.span, [:], Markup("of \(Figures.count(row.counts.requests - row.counts.failed))"))))
          })))
    if let rest = rest(Array(rows.dropFirst(Self.drawnModels))) {
      parts.append(Markup(.p, [.class: "more"], Markup(sentence: rest)))
    }
    parts.append(Markup(.p, [.class: "note"], "\(Markup(sentence: words.totals))."))
    let remarks = words.remarks
    if !remarks.isEmpty { parts.append(list(remarks)) }
    return section("models", "Each model against \(Markup(sentence: words.baseline))", parts)
  }

  /// What the models cost that are not drawn.
  private func rest(_ rows: [AuditRow]) -> String? {
    guard !rows.isEmpty else { return nil }
    let paid = rows.compactMap(\.highestCost).reduce(.zero, +)
    let baseline = rows.compactMap(baselineEnd).reduce(.zero, +)
    return
      "\(Figures.count(rows.count, "more model")), \(words.money(paid)) paid, \(words.money(baseline)) at "
      + "\(words.baseline): in the table of all figures below"
  }

  private func titles(_ axis: LogAxis, isDrawn: Bool) -> Markup {
    let ticks = axis.ticks.enumerated().map { index, tick in
      let isOne = tick == 1
      return Drawing.label(
        Markup(LogAxis.label(tick)), x: Drawing.percent(Self.x(axis.place(tick))), y: 12, anchor: "middle",
        class: isOne
          ? "tick one"
          : (index % 2 == 1) == (axis.ticks.firstIndex(of: 1) ?? 0).isMultiple(of: 2)
            ? "tick mi" : "tick", weight: isOne ? "650" : "400")
    }
    let scale = Markup(
      .svg, [.class: "ax", .width: "100%", .height: "16", .overflow: "visible", .ariaHidden: "true"], ticks)
    return Markup(
      .tr, [:], Markup(.th, [.scope: "col", .align: "left"], "Model"),
      Markup(
        .th, [.scope: "col", .class: "chart"], Markup(.span, [.class: "vh"], "Ratio, drawn "),
        isDrawn ? scale : Markup()
      ),
      Markup(.th, [.scope: "col", .align: "right", .class: "num"], "Ratio"),
      Markup(
        .th, [.scope: "col", .class: "chart2"],
        Markup(
          .span, [.class: "key"], swatch([(Tone.good.color, "f-good"), (Tone.bad.color, "f-bad")]), " paid ",
          swatch([("#8993a1", "f-base")]), " ", Markup(sentence: words.baseline))),
      Markup(.th, [.scope: "col", .align: "right", .class: "num"], "Cost"),
      Markup(.th, [.scope: "col", .align: "right", .class: "num"], "Measured"))
  }

  /// The colours of a bar, which also a page without its style sheet has.
  private func swatch(_ colors: [(color: String, name: String)]) -> Markup {
    let width = 16 / colors.count
    return Markup(
      .svg, [.width: "16", .height: "7", .ariaHidden: "true"],
      colors.enumerated().map { index, part in
        Markup(
          .rect,
          [
            .x: String(index * width), .width: String(width), .height: "7", .fill: part.color, .class: part.name,
          ])
      })
  }

  private func name(_ row: AuditRow) -> Markup {
    let tone = row.tone(by: report.judgedBy)
    let word = words.verdict(row, naming: true)
    return Markup(
      .th, [.scope: "row", .align: "left"], Markup(sentence: words.name(row)), " ",
      Markup(.span, [.class: "v \(tone.rawValue)"], tone.sign(), " ", Markup(sentence: word)))
  }

  private func chart(_ row: AuditRow, axis: LogAxis, days: [AuditRow], _ isDrawn: Bool) -> Markup {
    guard isDrawn else { return Markup(.td, [.class: "chart"]) }
    let tone = row.tone(by: report.judgedBy)
    var shapes = axis.ticks.filter { $0 != 1 }.map { vertical(Self.x(axis.place($0)), "#e3e6ea", "1", "grid") }
    let one = Self.x(axis.place(1))
    shapes.append(vertical(one, "#1b1f24", "1.5", "one"))
    let marks = Dictionary(grouping: days.filter { $0.key.billing == .perToken && $0.key.billing == row.key.billing }) {
      $0.tone(by: report.judgedBy)
    }
    for tone in [Tone.good, .bad, .flat] {
      let places = (marks[tone] ?? []).compactMap { self.ends($0).first }
        .map { Drawing.number(100 * Self.x(axis.place($0)), places: 1) }
      guard !places.isEmpty else { continue }
      let path = Array(Set(places)).sorted().map { "M\($0) 12v10" }.joined()
      shapes.append(
        Markup(
          .svg, [.width: "100%", .height: Self.height, .viewBox: "0 0 100 34", .preserveAspectRatio: "none"],
          Markup(
            .path,
            [
              .d: path, .stroke: tone.color, .strokeWidth: "1.5", .opacity: ".5", .fill: "none",
              .vectorEffect: "non-scaling-stroke", .class: "s-\(tone.rawValue)",
            ])))
    }
    let ends = ends(row)
    let places = ends.map { Self.x(axis.place($0)) }
    if let first = places.first, let last = places.last {
      shapes.append(
        Markup(
          .line,
          [
            .x1: Drawing.percent(places.count > 1 ? first : min(first, one)),
            .x2: Drawing.percent(places.count > 1 ? last : max(first, one)), .y1: "17", .y2: "17", .stroke: tone.color,
            .strokeWidth: places.count > 1 ? "4" : "2", .class: "s-\(tone.rawValue)",
          ]))
      shapes += places.map { place in
        Markup(
          .circle,
          [
            .cx: Drawing.percent(place), .cy: "17", .r: "6", .fill: tone.color, .class: "f-\(tone.rawValue) ring",
          ])
      }
    }
    let label = ends.isEmpty ? "no ratio" : "ratio \(words.ratio(row))"
    return Markup(
      .td, [.class: "chart"],
      Markup(.svg, [.class: "ratio", .width: "100%", .height: Self.height, .role: "img", .ariaLabel: label], shapes))
  }

  private func vertical(_ x: Double, _ color: String, _ width: String, _ name: String) -> Markup {
    Markup(
      .line,
      [
        .x1: Drawing.percent(x), .x2: Drawing.percent(x), .y1: "0", .y2: Self.height, .stroke: color,
        .strokeWidth: width, .class: name,
      ])
  }

  /// The ratio that decides, or both ends of it; a plan's is that of all its models together.
  private func ends(_ row: AuditRow) -> [Ratio] {
    guard let range = report.ratios(of: row) else { return [] }
    return range.lowerBound == range.upperBound ? [range.lowerBound] : [range.lowerBound, range.upperBound]
  }

  private func baselineEnd(_ row: AuditRow) -> Money? { row.baselineCosts(by: report.judgedBy)?.upperBound }

  private func bars(_ row: AuditRow, cost: String, most: Money) -> Markup {
    let tone = row.tone(by: report.judgedBy)
    var shapes: [Markup] = []
    if let paid = row.highestCost {
      shapes.append(bar(y: 0, Drawing.share(paid, of: most), tone.color, "f-\(tone.rawValue)"))
    } else {
      shapes.append(
        Markup(
          .rect,
          [
            .x: ".5", .y: ".5", .width: "34", .height: "8", .rx: "2", .fill: "none", .stroke: "#6b7480",
            .strokeDasharray: "3 2", .class: "dash",
          ]))
    }
    if let cost = baselineEnd(row) { shapes.append(bar(y: 13, Drawing.share(cost, of: most), "#8993a1", "f-base")) }
    let label = "\(cost) paid, \(words.baselineCost(row)) at \(words.baseline)"
    return Markup(
      .td, [.class: "chart2"],
      Markup(
        .svg, [.class: "bars", .width: "100%", .height: "22", .role: "img", .ariaLabel: plain(label)], shapes))
  }

  private func bar(y: Int, _ share: Double, _ color: String, _ name: String) -> Markup {
    Markup(
      .rect,
      [
        .x: "0", .y: String(y), .width: Drawing.percent(share), .height: "9", .rx: "2", .fill: color, .class: name,
      ])
  }
}
