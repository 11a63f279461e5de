import Audit
import Model

/// Bills beside the ledger, as one page for a browser: a section for each model of a bill.
extension ReconcileReport {
  /// The page's text.
  /// - Parameters:
  ///   - program: what made it.
  ///   - now: when, epoch milliseconds.
  package func page(program: String, now: Int64) -> String {
    let open = notExplained
    let verdict =
      open.isEmpty
      ? "Every difference \(notCompared.isEmpty ? "is" : "that can be compared is") explained"
      : "Not explained: \(open.joined(separator: ", "))"
    let body = Markup(
      .body, [:],
      Markup(
        .header, [:], Markup(.p, [.class: "brand"], "ccr-audit ", Markup(.span, [:], "bill against ledger"))),
      Markup(
        .main, [:],
        [
          Markup(
            .h1, [.id: "h-top", .class: open.isEmpty ? "good" : "bad"], Markup(.span, [:], Markup(verdict)))
        ] + sections.enumerated().flatMap { number, section in content(section, number) }
          + (notCompared.isEmpty
            ? []
            : [
              Markup(
                .section, [.class: "short"], [Markup(.h2, [:], "Not compared")] + list(notCompared.map(\.words)))
            ])),
      Markup(
        .footer, [:],
        Markup(
          .p, [:],
          "Billed is what the provider says, Its tokens what those of a bill without money cost at the pricing table's "
            + "rates, Ledger what the measured tokens cost at these. The causes of a row add up to its difference."),
        Markup(
          .p, [:],
          Markup("made \(ISOTime.second(now)) by \(program) · prices \(String(pricing.prefix(12)))"))))
    return ReportPage.document(title: "\(verdict) – ccr-audit", program: program, body)
  }

  /// What is open, in words; nothing where every difference is explained.
  private var notExplained: [String] {
    let open = sections.flatMap { $0.result.unexplained(tolerance: tolerance) }
    let unpriced = sections.flatMap(\.result.unpriced)
    let missing = sections.flatMap(\.result.unknownMissing).reduce(0) { $0 + $1.requests }
    let parts = [
      open.isEmpty
        ? nil : "\(Self.money(open.reduce(.zero) { $0 + $1.amount })) of \(Figures.count(open.count, "model"))",
      unpriced.isEmpty ? nil : "\(Figures.count(unpriced.count, "model")) without a price",
      missing == 0 ? nil : "\(Figures.count(missing, "unmeasured request")) that the bill has nothing of",
      openParts.isEmpty ? nil : "\(Figures.count(openParts.count, "bill")) that cannot be compared",
      sections.contains(where: \.result.comparesNothing) ? "bill and ledger have nothing in common" : nil,
    ]
    return parts.compactMap(\.self)
  }

  private func content(_ section: Section, _ number: Int) -> [Markup] {
    let rest = sentences(section, quote: Markup.quote)
    let columns = Columns(section)
    return models(section).enumerated().map { index, entry in
      let id = "h-\(number)-\(index)"
      return Markup(
        .section, [.class: "long", .ariaLabelledby: id],
        [
          Markup(.h2, [.id: id], Markup(sentence: Markup.quote(entry.0.description))),
          Markup(.p, [.class: "lead"], Markup(sentence: origin(section))), table(columns, entry.0, entry.1),
        ] + list(remarks(section, entry.1, quote: Markup.quote)))
    }
      + (rest.isEmpty
        ? [] : [Markup(.section, [.class: "short"], [Markup(.h2, [:], "Beside the models")] + list(rest))])
  }

  private func origin(_ section: Section) -> String {
    "\(section.isClaim ? "A claim" : "A bill"): \(section.bill), \(section.since) to \(section.until) (\(section.zone))"
  }

  private func list(_ sentences: [String]) -> [Markup] {
    sentences.isEmpty
      ? [] : [Markup(.ul, [.class: "why"], sentences.map { Markup(.li, [:], Markup(sentence: $0)) })]
  }

  private func table(_ columns: Columns, _ model: ModelID, _ rows: [Row]) -> Markup {
    Markup.scrolling(
      "\(model.description): bill and ledger by day",
      Markup(
        .table, [.class: "plain figures", .width: "100%"],
        Markup(
          .thead, [:],
          Markup(
            .tr, [:],
            [Markup(.th, [.scope: "col", .align: "left"], "Day")]
              + columns.titles.map { Markup(.th, [.scope: "col", .align: "right", .class: "num"], Markup($0)) })),
        Markup(
          .tbody, [:],
          rows.map { row in
            Markup(
              .tr, [:],
              [Markup(.th, [.scope: "row", .align: "left"], Markup(when(row)))]
                + columns.cells(row).map { Markup(.td, [.align: "right", .class: "num"], Markup($0)) })
          })))
  }
}
