package import Audit
import Foundation
import Model
import Pricing

/// A report as one page for a browser, which needs nothing else: no script, no fonts, no pictures from elsewhere. It can
/// be read without its style sheet, on paper, on a phone, and without telling colours apart.
package struct ReportPage: Sendable {
  package let report: AuditReport
  /// What its readers should know beside it.
  package let notes: ReportNotes
  /// The period's rows by day, for what changed inside it.
  package var days: [AuditRow]
  /// How ratios went over the history, where there is one.
  package var trends: [Trend]
  /// Which program made it.
  package var program: String
  /// The address of a page beside it, relative, and what it shows.
  package var sibling: (address: String, title: String)?

  private let roundedCosts: RoundedCosts?

  package init(
    _ report: AuditReport, notes: ReportNotes = ReportNotes(), days: [AuditRow] = [], trends: [Trend] = [],
    program: String
  ) {
    self.report = report
    self.notes = notes
    self.days = days
    self.trends = trends
    self.program = program
    roundedCosts = RoundedCosts(report)
  }

  /// How many models are drawn; the others are in the table.
  static let drawnModels = 12
  /// How many ratios are drawn by day.
  static let drawnTrends = 6
  /// How many findings stand at the top.
  static let shownFindings = 8
  /// How many rows the table of figures has at most.
  static let shownRows = 200
  /// How many sentences a list has at most.
  static let shownSentences = 60

  var words: ReportSentences {
    ReportSentences(report: report, notes: notes, roundedCosts: roundedCosts, quote: Markup.quote, code: Markup.code)
  }

  package var text: String {
    let words = words
    let answer = words.answer
    let title = plain("\(answer.sentence) – ccr-audit, \(Self.dates(report.period))")
    let sections = report.coverage.counts.requests > 0 ? content : [history, budgets]
    return Self.document(
      title: title, program: program,
      Markup(
        .body, [:], Markup(.a, [.class: "skip", .href: "#h-top"], "To the result"), header, Drawing.hatch,
        Markup(.main, [:], [summary(answer)] + sections), footer))
  }

  /// A document that needs nothing else, and whose policy lets it have nothing else.
  static func document(title: String, program: String, _ body: Markup) -> String {
    let hash = Data(SecureHash.digest(Array("\(PageStyle.sheet)".utf8))).base64EncodedString()
    let policy = "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
    return Markup.document(
      Markup(
        .html, [.lang: "en"],
        Markup(
          .head, [:], Markup(.meta, [.charset: "utf-8"]),
          Markup(.meta, [.httpEquiv: "Content-Security-Policy", .content: policy]),
          Markup(.meta, [.name: "viewport", .content: "width=device-width, initial-scale=1"]),
          Markup(.meta, [.name: "color-scheme", .content: "light dark"]),
          Markup(.meta, [.name: "referrer", .content: "no-referrer"]),
          Markup(.meta, [.name: "robots", .content: "noindex"]),
          Markup(.meta, [.name: "generator", .content: program]), Markup(.title, [:], Markup(title)),
          Markup(style: PageStyle.sheet)), body))
  }

  private var content: [Markup] { [models, trend, history, planGauges, budgets, coverage, figures] }

  private var header: Markup {
    Markup(
      .header, [:], Markup(.p, [.class: "brand"], "ccr-audit ", Markup(.span, [:], "cost report")),
      Markup(
        .p, [.class: "when"],
        [
          "\(Self.dates(report.period)) ", Markup(.span, [:], Markup("(\(report.period.zoneName))")),
          sibling.map { Markup(" · ") + Markup(.a, [.href: $0.address], Markup($0.title)) } ?? Markup(),
        ]))
  }

  private var footer: Markup {
    let since = report.recorded?.from
    // Without records there is no first day.
    let recorded = since.map { $0 <= report.period.until ? " · records since \($0)" : "" } ?? ""
    return Markup(
      .footer, [:],
      Markup(
        .p, [:],
        "A number here is measured, or it is labelled as not measured. Cost is tokens × the rate in force when the "
          + "request was made, worked out exactly and rounded only for this page. Ratio is cost ÷ what the same tokens cost "
          + "at the model compared with; below 1 pays."),
      Markup(.p, [:], Markup(sentence: words.subject), Markup(recorded)),
      Markup(
        .p, [:],
        Markup("made \(ISOTime.second(report.generatedAt)) by \(program) · the exact figures: "),
        Markup(command: "ccr-audit report --format json")))
  }

  /// A section with a heading.
  func section(_ id: String, _ title: Markup, _ content: [Markup], isShort: Bool = false) -> Markup {
    Markup(
      .section, [.class: isShort ? "short" : "long", .ariaLabelledby: "h-\(id)"],
      [Markup(.h2, [.id: "h-\(id)"], title)] + content)
  }

  /// What a section has no room for, and the command that shows it; nothing where there is room.
  func more(_ count: Int, _ noun: String, by command: String, _ rest: Markup = Markup()) -> Markup {
    guard count > 0 else { return Markup() }
    return Markup(.p, [.class: "more"], "\(Figures.count(count, "more \(noun)")): ", Markup(command: command), rest)
  }

  /// A list of sentences, cut where it is long.
  func list(_ sentences: [String]) -> Markup {
    var items = sentences.prefix(Self.shownSentences).map { Markup(.li, [:], Markup(sentence: $0)) }
    if sentences.count > Self.shownSentences {
      let left = sentences.count - Self.shownSentences
      items.append(
        Markup(
          .li, [:], "\(Figures.count(left)) more: ", Markup(command: "ccr-audit report"), " shows all of them"))
    }
    return Markup(.ul, [.class: "why"], items)
  }

  /// A sentence without the marks of names.
  func plain(_ sentence: String) -> String {
    // No text of ours holds a character of private use, and none from outside passes `SafeText`.
    String(String.UnicodeScalarView(sentence.unicodeScalars.filter { $0.properties.generalCategory != .privateUse }))
  }

  /// `30 June 2026`, `22–30 June 2026`, `22 May – 3 June 2026`.
  static func dates(_ period: AuditPeriod) -> String {
    let (first, last) = (period.since.components, period.until.components)
    let end = "\(last.day) \(month(last.month)) \(last.year)"
    if period.since == period.until { return end }
    if first.year != last.year { return "\(first.day) \(month(first.month)) \(first.year) – \(end)" }
    return first.month == last.month ? "\(first.day)–\(end)" : "\(first.day) \(month(first.month)) – \(end)"
  }

  /// `22 Jun`.
  static func shortDate(_ day: CivilDay) -> String {
    let parts = day.components
    return "\(parts.day) \(month(parts.month).prefix(3))"
  }

  private static func month(_ number: Int) -> String {
    [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ][number - 1]
  }
}
