import Audit
import Model

/// What was measured, by whom, and what was not.
extension ReportPage {
  /// Answered requests by what is known of them; each request is in one part.
  private struct Parts {
    var upstream = 0
    var router = 0
    var client = 0
    var unpriced = 0
    var estimated = 0
    var unknown = 0
    var failed = 0

    init(_ rows: [AuditRow]) {
      for row in rows {
        let counts = row.counts
        estimated += counts.estimated
        unknown += counts.unknown
        failed += counts.failed
        // All of a row has a price, or none of it.
        if row.key.billing == .unpriced {
          unpriced += counts.measured
        } else {
          upstream += counts.upstream
          router += counts.router
          client += counts.client
        }
      }
    }

    var measured: Int { upstream + router + client + unpriced }

    /// The parts that there are, with what they are called, a colour, and its name in the style sheet.
    var all: [(count: Int, words: String, color: String, name: String)] {
      [
        (upstream, "measured by the provider", "#0b4f94", "f-c1"),
        (router, "measured by the router", "#2a74ba", "f-c2"),
        (client, "measured by the client", "#5596d2", "f-c3"),
        (unpriced, "measured, but without a price", "#c07f1b", "f-c4"),
        (estimated, "only estimated", "url(#hatch)", "f-c5"),
        (unknown, "without tokens in any record", "url(#hatch)", "f-c5"),
      ].filter { $0.0 > 0 }
    }
  }

  var coverage: Markup {
    let parts = Parts(report.models)
    let answered = report.coverage.answered
    let failed =
      parts.failed > 0
      ? ", \(Figures.count(parts.failed)) more failed and \(parts.failed == 1 ? "needs" : "need") no tokens" : ""
    let lead =
      words.unanswered ?? "\(Figures.count(answered, "request")) \(answered == 1 ? "was" : "were") answered\(failed)"
    let gaps = words.gaps
    let byModel = Dictionary(grouping: report.models) { $0.key.model }
    var seen: Set<ModelID> = []
    let models = words.ranked.map(\.key.model).filter { seen.insert($0).inserted }
    let drawn = models.prefix(Self.drawnModels)
    let title: (String) -> Markup = { Markup(.th, [.scope: "col", .align: "right", .class: "num"], Markup($0)) }
    let number: (Int) -> Markup = { Markup(.td, [.align: "right", .class: "num"], Markup(Figures.count($0))) }
    let table = Markup(
      .table, [.class: "plain", .width: "100%"], Markup(.caption, [.class: "vh"], "Coverage by model"),
      Markup(
        .thead, [:],
        Markup(
          .tr, [:], Markup(.th, [.scope: "col", .align: "left"], "Model"),
          Markup(.th, [.scope: "col", .class: "wide"], Markup(.span, [.class: "vh"], "Drawn")), title("Measured"),
          title("of them unpriced"), title("Unknown"), title("Failed"))),
      Markup(
        .tbody, [:],
        drawn.map { model in
          let parts = Parts(byModel[model] ?? [])
          return Markup(
            .tr, [:], Markup(.th, [.scope: "row", .align: "left"], Markup(sentence: words.name(model))),
            Markup(.td, [.class: "wide"], strip(parts, height: "10")), number(parts.measured),
            number(parts.unpriced), number(parts.unknown + parts.estimated), number(parts.failed))
        }))
    let legend = Markup(
      .ul, [.class: "legend"],
      parts.all.map { part in
        Markup(
          .li, [:],
          Markup(
            .svg, [.width: "12", .height: "12", .ariaHidden: "true"],
            Markup(
              .rect,
              [
                .width: "12", .height: "12", .rx: "2", .fill: part.color, .stroke: "#6b7480",
                .class: "\(part.name) seg",
              ])
          ), " ", Markup(.span, [:], Markup(part.words)), " ", Markup(.b, [:], Markup(Figures.count(part.count))))
      })
    return section(
      "cov", "What was measured",
      [
        Markup(
          .p, [.class: "lead"],
          "\(lead). What nobody measured is hatched, and never counted as zero."), strip(parts, height: "16"), legend,
        Markup.scrolling("Coverage", table),
        models.count > drawn.count
          ? Markup(
            .p, [.class: "more"], "\(Figures.count(models.count - drawn.count, "more model")): in the table below.")
          : Markup(),
        Markup(.h3, [:], gaps.isEmpty ? "What the figures rest on" : "What is missing, and why"),
        list(
          [words.coverage]
            + gaps.map { "\(Figures.count($0.requests, "request")) to \($0.model): \($0.reason)" }
            + words.coverageNotes),
      ])
  }

  private func strip(_ parts: Parts, height: String) -> Markup {
    let whole = Double(parts.all.reduce(0) { $0 + $1.count })
    guard whole > 0 else { return Markup() }
    var start = 0.0
    let shapes = parts.all.map { part in
      let share = Double(part.count) / whole
      defer { start += share }
      return Markup(
        .rect,
        [
          .x: Drawing.percent(start), .y: "0", .width: Drawing.percent(share), .height: height, .fill: part.color,
          .stroke: "#fff", .class: "\(part.name) seg",
        ])
    }
    let label = parts.all.map { "\(Figures.count($0.count)) \($0.words)" }.joined(separator: ", ")
    return Markup(.svg, [.class: "cov", .width: "100%", .height: height, .role: "img", .ariaLabel: label], shapes)
  }
}
