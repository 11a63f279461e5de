import Audit
import Model

/// The ratio of each model by day, and over the history.
extension ReportPage {
  /// A day of a model.
  struct DayRatio {
    var day: CivilDay
    var ratio: Ratio
    /// What stands behind it.
    var counts: RequestCounts?
  }

  /// Fewer measured requests than these make a hollow dot.
  private static let few = 5

  var trend: Markup {
    let byModel = Dictionary(grouping: days.filter { $0.key.billing == .perToken }) { $0.key.model }
    let past = Dictionary(trends.map { ($0.model, points($0)) }) { one, _ in one }
    let lines = words.ranked.filter { $0.key.billing == .perToken && !$0.isBaseline }.compactMap {
      row -> (AuditRow, [DayRatio])? in
      // A page of a history has no days but those of its trends.
      guard !days.isEmpty else { return past[row.key.model].flatMap { $0.count > 1 ? (row, $0) : nil } }
      let points = (byModel[row.key.model] ?? []).compactMap { row -> DayRatio? in
        guard let day = row.key.day, let ratio = row.ratios(by: report.judgedBy)?.upperBound else { return nil }
        return DayRatio(day: day, ratio: ratio, counts: row.counts)
      }
      return points.count > 1 ? (row, points) : nil
    }
    guard !lines.isEmpty else { return Markup() }
    let drawn = lines.prefix(Self.drawnTrends)
    let axis = LogAxis(drawn.flatMap { $0.1.map(\.ratio) })
    let span = report.period.since...report.period.until
    let least = drawn.flatMap { $0.1.map(\.day) }.min() ?? span.lowerBound
    let most = drawn.flatMap { $0.1.map(\.day) }.max() ?? span.upperBound
    let more = lines.count > drawn.count ? " The \(drawn.count) models with the most at stake." : ""
    // A history does not say how many requests stand behind a day.
    let isCounted = drawn.contains { $0.1.contains { $0.counts != nil } }
    let dots =
      isCounted
      ? "A hollow dot rests on fewer than \(Self.few) measured requests; a dotted line bridges days without any."
      : "A dotted line bridges days without a ratio."
    let lead: Markup =
      "Above the line, in the shaded part, a model is dearer than \(Markup(sentence: words.baseline)). \(dots)\(more)"
    return section(
      "trend", "Ratio by day",
      [
        Markup(.p, [.class: "lead"], lead),
        Markup(
          .div, [.class: "trends"],
          drawn.map { row, points in
            Markup(
              .figure, [:], Markup(.figcaption, [:], Markup(sentence: words.name(row.key.model))),
              plot(points, axis: axis, days: least...most))
          }),
      ], isShort: true)
  }

  /// The days of a trend inside the period.
  private func points(_ trend: Trend) -> [DayRatio] {
    trend.points.compactMap { day, point in
      guard report.period.since <= day, day <= report.period.until, let ratio = point.ratio else { return nil }
      return DayRatio(day: day, ratio: ratio)
    }
  }

  /// Labels, lines and the last figure side by side: each keeps its size however wide the page is.
  func plot(_ points: [DayRatio], axis: LogAxis, days: ClosedRange<CivilDay>) -> Markup {
    func y(_ ratio: Double) -> Double { 124 - 116 * axis.place(ratio) }
    func y(_ ratio: Ratio) -> Double { 124 - 116 * axis.place(ratio) }
    let count = Double(max(1, days.upperBound.number - days.lowerBound.number))
    func x(_ day: CivilDay) -> Double { 3 + 94 * Double(day.number - days.lowerBound.number) / count }
    let points = points.sorted { $0.day < $1.day }
    let room = Self.width(of: axis.ticks.map(LogAxis.label), least: 38, by: 6.5)
    let labels = axis.ticks.map { tick in
      Drawing.label(
        Markup(LogAxis.label(tick)), x: String(room - 6), y: y(tick) + 4, anchor: "end",
        class: tick == 1 ? "tick one" : "tick",
        weight: tick == 1 ? "650" : "400")
    }
    var shapes = [
      Markup(
        .rect,
        [
          .x: "0", .y: "8", .width: "100%", .height: Drawing.number(y(1.0) - 8, places: 1), .fill: "#b4400a",
          .fillOpacity: ".06", .class: "zone",
        ])
    ]
    shapes += axis.ticks.map { tick in
      let place = Drawing.number(y(tick), places: 1)
      return Markup(
        .line,
        [
          .x1: "0", .x2: "100%", .y1: place, .y2: place, .stroke: tick == 1 ? "#1b1f24" : "#e3e6ea",
          .strokeWidth: tick == 1 ? "1.5" : "1", .class: tick == 1 ? "one" : "grid",
        ])
    }
    shapes.append(
      Markup(
        .svg, [.width: "100%", .height: "150", .viewBox: "0 0 100 150", .preserveAspectRatio: "none"],
        lines(points, x: x, y: y)))
    let isDotted = points.count <= 31
    for (index, point) in points.enumerated() where isDotted || index == points.count - 1 {
      shapes.append(dot(point, x: x(point.day), y: y(point.ratio), isLast: index == points.count - 1))
    }
    let isYear = days.lowerBound.components.year == days.upperBound.components.year
    func date(_ day: CivilDay) -> Markup {
      Markup(Self.shortDate(day) + (isYear ? "" : " \(day.components.year)"))
    }
    shapes.append(Drawing.label(date(days.lowerBound), x: "3%", y: 144))
    shapes.append(Drawing.label(date(days.upperBound), x: "97%", y: 144, anchor: "end"))
    let end = Self.width(of: points.suffix(1).map { Figures.ratio($0.ratio) }, least: 56, by: 8.5)
    let last = points.last.map { point in
      Drawing.label(
        Markup(Figures.ratio(point.ratio)), x: "4", y: y(point.ratio) + 4.5, size: 13, color: tone(point.ratio).color,
        class: "f-\(tone(point.ratio).rawValue)", weight: "600")
    }
    return Markup(
      .table, [.class: "plot", .width: "100%", .role: "presentation"],
      Markup(
        .tbody, [:],
        Markup(
          .tr, [:],
          Markup(
            .td, [.width: String(room)],
            Markup(.svg, [.width: String(room), .height: "150", .ariaHidden: "true"], labels)),
          Markup(
            .td, [:],
            Markup(
              .svg, [.class: "trend", .width: "100%", .height: "150", .role: "img", .ariaLabel: summary(of: points)],
              shapes)),
          Markup(
            .td, [.width: String(end)],
            Markup(.svg, [.width: String(end), .height: "150", .ariaHidden: "true"], [last].compactMap(\.self))))))
  }

  /// What the longest label takes.
  private static func width(of labels: [String], least: Int, by character: Double) -> Int {
    max(least, Int((Double(labels.map(\.count).max() ?? 0) * character).rounded(.up)) + 8)
  }

  private func tone(_ ratio: Ratio) -> Tone { ratio > .one ? .bad : ratio < .one ? .good : .flat }

  /// Days one after another are joined, a gap is bridged by dots.
  private func lines(_ points: [DayRatio], x: (CivilDay) -> Double, y: (Ratio) -> Double) -> [Markup] {
    var (solid, dotted) = ("", "")
    func place(_ point: DayRatio) -> String {
      "\(Drawing.number(x(point.day))) \(Drawing.number(y(point.ratio), places: 1))"
    }
    for (one, next) in zip(points, points.dropFirst()) {
      if next.day.number == one.day.number + 1 {
        solid += solid.hasSuffix("L" + place(one)) ? "L\(place(next))" : "M\(place(one))L\(place(next))"
      } else {
        dotted += "M\(place(one))L\(place(next))"
      }
    }
    func path(_ path: String, dashes: String) -> Markup {
      Markup(
        .path,
        [
          .d: path, .fill: "none", .stroke: "#3d4a5a", .strokeWidth: "2", .vectorEffect: "non-scaling-stroke",
          .strokeDasharray: dashes, .class: "s-line",
        ])
    }
    return (solid.isEmpty ? [] : [path(solid, dashes: "none")]) + (dotted.isEmpty ? [] : [path(dotted, dashes: "2 4")])
  }

  private func dot(_ point: DayRatio, x: Double, y: Double, isLast: Bool) -> Markup {
    let tone = tone(point.ratio)
    let measured = point.counts?.measured ?? Self.few
    let isHollow = measured < Self.few
    let behind = point.counts.map {
      ", \(Figures.count($0.measured)) of \(Figures.count($0.requests - $0.failed)) measured"
    }
    return Markup(
      .circle,
      [
        .cx: Drawing.percent(x / 100), .cy: Drawing.number(y, places: 1), .r: isLast ? "5.5" : "4.5",
        .fill: isHollow ? "#fff" : tone.color, .stroke: isHollow ? tone.color : "#fff",
        .strokeWidth: isHollow ? "2" : "1.5", .class: "f-\(tone.rawValue) dot\(isHollow ? " few" : "")",
      ], Markup(.title, [:], Markup("\(point.day.description): \(Figures.ratio(point.ratio))\(behind ?? "")")))
  }

  private func summary(of points: [DayRatio]) -> String {
    let ratios = points.map(\.ratio)
    return
      "\(Figures.count(points.count, "day")), first \(Figures.ratio(ratios.first)), last \(Figures.ratio(ratios.last)), "
      + "lowest \(Figures.ratio(ratios.min())), highest \(Figures.ratio(ratios.max())), above 1 on "
      + Figures.count(ratios.count { $0 > Ratio.one })
  }

  /// How ratios went over the history, where it covers more days than the report.
  var history: Markup {
    let period = report.period.since...report.period.until
    let shown = trends.filter { !$0.points.isEmpty }.sorted {
      ($0.latest ?? .one, $1.model) > ($1.latest ?? .one, $0.model)
    }
    guard let span = shown.first?.days, span.lowerBound < period.lowerBound || span.upperBound > period.upperBound
    else {
      return Markup()
    }
    let drawn = Array(shown.prefix(Self.drawnModels))
    let axis = LogAxis(drawn.flatMap { $0.points.values.compactMap(\.ratio) })
    let rows = drawn.map { trend in
      Markup(
        .tr, [:],
        Markup(.th, [.scope: "row", .align: "left"], Markup(sentence: trend.name(Markup.quote, mark: " (assumed)"))),
        Markup(.td, [.class: "wide"], sparkline(trend, axis: axis)), number(trend.coverage),
        number(Figures.count(trend.points.count)), number(Figures.ratio(trend.first)),
        number(Figures.ratio(trend.latest)),
        Markup(.td, [.class: "nw"], Markup(trend.words)))
    }
    let title: (String) -> Markup = { Markup(.th, [.scope: "col", .align: "right", .class: "num"], Markup($0)) }
    let left = shown.count - drawn.count
    return section(
      "history", "Over the whole history",
      [
        Markup(
          .p, [.class: "lead"],
          "\(Self.dates(AuditPeriod(since: span.lowerBound, until: span.upperBound, timeZone: report.period.timeZone))); "
            + "a falling ratio is the improvement."),
        Markup.scrolling(
          "History",
          Markup(
            .table, [.class: "plain", .width: "100%"],
            Markup(.caption, [.class: "vh"], "Ratio of each model over time"),
            Markup(
              .thead, [:],
              Markup(
                .tr, [:], Markup(.th, [.scope: "col", .align: "left"], "Model"),
                Markup(.th, [.scope: "col", .class: "wide"], Markup(.span, [.class: "vh"], "Ratio, drawn")),
                title("Measured"), title("Days"), title("First"), title("Latest"), Markup(.th, [.scope: "col"], "Trend")
              )),
            Markup(.tbody, [:], rows))),
        more(left, "model", by: "ccr-audit history"),
      ], isShort: true)
  }

  private func sparkline(_ trend: Trend, axis: LogAxis) -> Markup {
    let count = Double(max(1, trend.days.upperBound.number - trend.days.lowerBound.number))
    let points = trend.points.sorted { $0.key < $1.key }.compactMap { day, point in
      point.ratio.map { ratio in
        "\(Drawing.number(100 * Double(day.number - trend.days.lowerBound.number) / count)) "
          + Drawing.number(24 - 20 * axis.place(ratio), places: 1)
      }
    }
    // A page has room for some hundred points, a year has more.
    let stride = max(1, points.count / 120)
    let some = points.indices.filter { $0 % stride == 0 || $0 == points.count - 1 }.map { points[$0] }
    let one = Drawing.number(24 - 20 * axis.place(1.0), places: 1)
    let label = "first \(Figures.ratio(trend.first)), latest \(Figures.ratio(trend.latest))"
    return Markup(
      .svg, [.class: "spark", .width: "100%", .height: "28", .role: "img", .ariaLabel: label],
      Markup(.line, [.x1: "0", .x2: "100%", .y1: one, .y2: one, .stroke: "#1b1f24", .strokeWidth: "1", .class: "one"]),
      Markup(
        .svg, [.width: "100%", .height: "28", .viewBox: "0 0 100 28", .preserveAspectRatio: "none"],
        Markup(
          .path,
          [
            .d: some.count == 1 ? "M\(some[0])h1" : "M" + some.joined(separator: "L"), .fill: "none",
            .stroke: "#3d4a5a",
            .strokeWidth: "2", .vectorEffect: "non-scaling-stroke", .class: "s-line",
          ])))
  }

  private func number(_ text: String) -> Markup { Markup(.td, [.align: "right", .class: "num"], Markup(text)) }
}
