import Audit
import Model
import Pricing

/// Each plan against its fee.
extension ReportPage {
  var planGauges: Markup {
    let plans = words.plans
    guard !plans.isEmpty else { return Markup() }
    let drawn = plans.prefix(Self.drawnModels)
    return section(
      "plans", "Plans",
      [
        Markup(
          .p, [.class: "lead"],
          "The bar is what the plan’s work would have cost at \(Markup(sentence: words.baseline)) in the month, its light "
            + "part what is projected for all of it. From the mark on the plan pays.")
      ]
        + drawn.map(gauge) + [more(plans.count - drawn.count, "plan", by: "ccr-audit report")],
      isShort: true)
  }

  /// What is spent of each budget.
  var budgets: Markup {
    guard !report.budgets.isEmpty else { return Markup() }
    let states = report.budgets.prefix(Self.drawnModels)
    return section(
      "budgets", "Budgets",
      states.map { state in
        let tone = state.isOver ? Tone.bad : .none
        let words = state.isOver ? "exceeded" : "\(state.share.map(Figures.percent) ?? "0%") spent"
        return Markup(
          .figure, [.class: "fee"],
          Markup(
            .figcaption, [:], Markup(.b, [:], Markup(sentence: Markup.quote(state.budget.name))), " ",
            Markup(.span, [.class: "v \(tone.rawValue)"], tone.sign(), " ", Markup(words))),
          list([BudgetSummary.line(state, quote: Markup.quote)]))
      }
        + [more(report.budgets.count - states.count, "budget", by: "ccr-audit report")],
      isShort: true)
  }

  private func gauge(_ plan: PlanAudit) -> Markup {
    let tone = plan.status.tone
    let sentences = words.sentences(on: plan)
    return Markup(
      .figure, [.class: "fee"],
      Markup(
        .figcaption, [:], Markup(.b, [:], Markup(sentence: words.quote(plan.name))), " ",
        Markup(
          .span, [.class: "v \(tone.rawValue)"], tone.sign(), " ",
          Markup(plan.status.rawValue.replacing("_", with: " ").replacing("under break even", with: "under break-even"))
        )),
      plan.fee.map { bar(plan, fee: $0) } ?? Markup(), list(sentences))
  }

  private func bar(_ plan: PlanAudit, fee: Money) -> Markup {
    guard let range = plan.said(\.baselineCost) else { return Markup() }
    let (work, most) = (range.lowerBound, range.upperBound)
    let projected = plan.said(\.projected)?.lowerBound
    let scale = max(fee, max(most, projected ?? .zero)).multiplied(by: 5, over: 4)
    let (done, mark) = (Drawing.share(work, of: scale), Drawing.share(fee, of: scale))
    let tone = plan.status.tone
    var shapes = [rect(0, 1, "#eceef1", "f-track")]
    if let projected, !plan.monthIsOver || projected > most {
      shapes.append(
        Markup(
          .rect,
          [
            .x: "0", .y: "20", .width: Drawing.percent(Drawing.share(projected, of: scale)), .height: "16", .rx: "3",
            .fill: tone.color, .fillOpacity: ".3", .class: "f-\(tone.rawValue)",
          ]))
    }
    shapes.append(rect(0, done, tone.color, "f-\(tone.rawValue)"))
    let place = Drawing.percent(mark)
    shapes.append(
      Markup(
        .line, [.x1: place, .x2: place, .y1: "15", .y2: "41", .stroke: "#1b1f24", .strokeWidth: "2", .class: "one"]))
    shapes.append(
      Drawing.label(
        Markup("fee \(words.money(fee)): break-even"), x: place, y: 10, anchor: Self.anchor(at: mark), size: 12,
        color: "#1b1f24", class: "ink"))
    let amount = words.money(nil, range)
    shapes.append(
      Drawing.label(
        Markup("\(amount) of work"), x: Drawing.percent(min(done, 0.98)), y: 54, anchor: Self.anchor(at: done),
        size: 12))
    return Markup(
      .svg,
      [
        .class: "gauge", .width: "100%", .height: "60", .role: "img",
        .ariaLabel: "\(amount) of work against a fee of \(words.money(fee))",
      ], shapes)
  }

  /// Which way a label goes from its place on the bar, so that it stays within a narrow page, too.
  private static func anchor(at share: Double) -> String { share < 0.35 ? "start" : share > 0.65 ? "end" : "middle" }

  private func rect(_ x: Double, _ width: Double, _ color: String, _ name: String) -> Markup {
    Markup(
      .rect,
      [
        .x: Drawing.percent(x), .y: "20", .width: Drawing.percent(width), .height: "16", .rx: "3", .fill: color,
        .class: name,
      ])
  }
}
