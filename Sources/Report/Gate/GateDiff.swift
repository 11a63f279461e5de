package import Audit
package import Pricing
import Model

/// A change of the pricing table, and what it does to real traffic: for a pull request.
package enum PricingDiffReport {
  /// The first line, by which CI finds its own comment again.
  package static let marker = "<!-- ccr-audit pricing diff -->"
  /// GitHub takes 65,536 characters; this leaves room for what CI adds.
  package static let limit = 64_000

  /// In GitHub's Markdown, below 65,000 characters; the marker is its first line.
  /// - Parameter effect: `nil` where there is no history.
  package static func markdown(_ diff: PriceTableDiff, _ effect: PricingEffect?) -> String {
    var page = Page(limit: limit)
    page.add([marker, "## \(headline(diff, effect))"])
    section(sentences(diff, SafeText.markdown), title: "Changes", into: &page)
    guard let effect else {
      page.add(["", "There is no history, so nothing is known of what this does to traffic."])
      return page.text
    }
    let period = effect.after.period
    page.add([
      "", "### Effect on \(period.since) to \(period.until) (\(period.zoneName))", "",
      total(effect) + ", against \(SafeText.markdown(effect.after.baseline.description)).",
    ])
    if !effect.rows.isEmpty {
      page.add([
        "", "| Model | Cost | Baseline cost | Ratio | Verdict | A month |", "| --- | ---: | ---: | ---: | --- | ---: |",
      ])
      page.addAll(effect.rows.map { "| " + cells($0, effect, SafeText.markdown).joined(separator: " | ") + " |" })
    }
    section(plans(effect, SafeText.markdown), title: "Plans", into: &page)
    section(repriced(effect, SafeText.markdown), title: "The past is priced anew", into: &page)
    page.add(["", "Pricing `\(effect.before.pricingVersion.prefix(12))` → `\(effect.after.pricingVersion.prefix(12))`"])
    return page.text
  }

  /// For a terminal.
  package static func table(_ diff: PriceTableDiff, _ effect: PricingEffect?, style: Style) -> String {
    let width = max(20, style.width)
    func wrapped(_ sentences: [String]) -> [String] { sentences.flatMap { $0.wrapped(to: width, hanging: "  ") } }
    var lines = [style.paint(headline(diff, effect), .heading)] + wrapped(sentences(diff, SafeText.terminal))
    if let effect {
      let period = effect.after.period
      lines += [""] + wrapped(["\(Figures.days(period.since...period.until)): \(total(effect))"])
      let titles = ["Model", "Cost", "Baseline cost", "Ratio", "Verdict", "A month"]
      if !effect.rows.isEmpty {
        let grid = Grid(
          columns: titles.map { .init(title: $0) },
          rows: effect.rows.map { row in cells(row, effect, SafeText.terminal).map { .init(text: $0) } })
        lines +=
          grid.width <= width
          ? grid.lines(style)
          : wrapped(
            effect.rows.map { row in
              let cells = cells(row, effect, SafeText.terminal)
              let facts = zip(titles.dropFirst(), cells.dropFirst()).map { "\($0.lowercased()) \($1)" }
              return cells[0] + ": " + facts.joined(separator: ", ")
            })
      }
      lines += wrapped(plans(effect, SafeText.terminal) + repriced(effect, SafeText.terminal))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func headline(_ diff: PriceTableDiff, _ effect: PricingEffect?) -> String {
    if diff.changes.isEmpty { return "The pricing table says the same" }
    let crossings = effect?.rows.count(where: \.crosses) ?? 0
    let rest = crossings > 0 ? "; \(Figures.count(crossings, "model")) with another verdict" : ""
    return Figures.count(diff.changes.count, "change") + " of the pricing table" + rest
  }

  private static func sentences(_ diff: PriceTableDiff, _ quote: (String) -> String) -> [String] {
    diff.changes.map { change in
      let from = change.from.map { " from \(ISOTime.text($0).replacing("T00:00:00Z", with: ""))" } ?? ""
      // A name is cut where it is long; prices, of which there can be many, are not.
      let text = change.text.split(separator: " → ").map { side in
        side.split(separator: "; ").map { quote(String($0)) }.joined(separator: "; ")
      }.joined(separator: " → ")
      return "\(quote(change.subject))\(from): \(text)"
    }
  }

  private static func total(_ effect: PricingEffect) -> String {
    let (old, new) = (effect.before.totals.costs, effect.after.totals.costs)
    return "All of it \(Figures.money(between: old)) → \(Figures.money(between: new)), "
      + "\(signed(monthly(PricingEffect.difference(old, new), effect))) a month"
  }

  private static func cells(
    _ row: PricingEffect.Row, _ effect: PricingEffect, _ quote: (String) -> String
  ) -> [String] {
    func change(_ old: String, _ new: String) -> String { old == new ? new : "\(old) → \(new)" }
    let (old, new) = (row.before, row.after)
    return [
      quote(row.model.description), change(Figures.money(between: old.cost), Figures.money(between: new.cost)),
      change(Figures.money(between: old.baselineCost), Figures.money(between: new.baselineCost)),
      change(Figures.ratio(between: old.ratio), Figures.ratio(between: new.ratio)), change(old.verdict, new.verdict),
      row.difference.map { signed(monthly($0, effect)) } ?? "–",
    ]
  }

  private static func plans(_ effect: PricingEffect, _ quote: (String) -> String) -> [String] {
    func words(_ plan: PlanAudit?) -> String {
      guard let plan else { return "none" }
      let tokens = plan.breakEvenNominal.map { "\(Figures.count($0)) tokens a month" } ?? "unknown"
      let mix = plan.breakEvenActualMix.map { " (\(Figures.count($0)) of the real mix)" } ?? ""
      return tokens + mix
    }
    let (old, new) = (effect.before.plans, effect.after.plans)
    return Set((old + new).map(\.name)).sorted().compactMap { name in
      let (before, after) = (words(old.first { $0.name == name }), words(new.first { $0.name == name }))
      return before == after ? nil : "\(quote(name)) breaks even at \(before) → \(after)"
    }
  }

  private static func repriced(_ effect: PricingEffect, _ quote: (String) -> String) -> [String] {
    effect.repriced.map { entry in
      let difference = entry.difference.map(signed) ?? "not known on both sides"
      return
        "\(quote(entry.model.description)): \(Figures.count(entry.count, "record")) of \(Figures.days(entry.days)), "
        + difference
    }
  }

  private static func section(_ sentences: [String], title: String, into page: inout Page) {
    guard !sentences.isEmpty else { return }
    page.add(["", "### \(title)", ""])
    page.addAll(sentences.map { "- " + $0 })
  }

  private static func monthly(_ money: ClosedRange<Money>, _ effect: PricingEffect) -> ClosedRange<Money> {
    effect.monthly(money.lowerBound)...effect.monthly(money.upperBound)
  }

  private static func signed(_ money: Money) -> String {
    (money > .zero ? "+" : "") + Figures.money(money)
  }

  private static func signed(_ money: ClosedRange<Money>) -> String {
    let (low, high) = (signed(money.lowerBound), signed(money.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  /// Lines up to a limit of characters; a list that does not fit says how much of it is missing.
  private struct Page {
    let limit: Int
    private(set) var text = ""

    init(limit: Int) { self.limit = limit }

    mutating func add(_ lines: [String]) { text += lines.map { $0 + "\n" }.joined() }

    /// A list takes at most half of the room that is left, so that what follows finds some.
    mutating func addAll(_ lines: [String]) {
      var room = (limit - text.utf16.count) / 2
      for (index, line) in lines.enumerated() {
        room -= line.utf16.count + 1
        guard room > 100 else {
          return add(["", "and \(Figures.count(lines.count - index)) more", ""])
        }
        add([line])
      }
    }
  }
}
