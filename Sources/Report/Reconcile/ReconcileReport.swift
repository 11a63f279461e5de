package import Audit
package import Model

/// Bills beside the ledger, for people and programs.
package struct ReconcileReport: Sendable {
  /// One bill.
  package struct Section: Sendable {
    package var bill: String
    var provider: String
    var since: CivilDay
    var until: CivilDay
    var zone: String
    package var isClaim: Bool
    /// The bill's own currency, where it was converted to US dollars.
    var currency: String?
    package var result: Reconciliation
    var keys: [KeySum]
    /// What ran across the beginning of a day; `nil` where nothing did, or single requests were compared.
    var edge: Edge?
    /// Days of the bill of which the ledger has no record of anything.
    var unrecorded: [CivilDay]
    /// Whether the bill is a page of an answer, and not its last.
    var hasMore: Bool
    /// What several files have in common, or one has twice, and was counted once.
    package var repeats: [BillRepeat] = []
    /// Rows of days to come, which were left out; `nil` where there are none.
    package var ahead: Ahead?
    /// Whether only what went by some keys is compared.
    package var isOfKeys = false
    /// How many requests the ledger has to models and on days that the bill has by other keys alone.
    package var ofOtherKeys = 0
    /// Days inside the bill's period of which the ledger has requests, and the bill has nothing.
    package var missingDays: [CivilDay] = []
    /// What the ledger has outside the bill's period; `nil` where it has nothing.
    package var outside: Outside?
    /// How many searches of the web the bill counts without an amount for any.
    package var searches: Int64 = 0

    package init(
      bill: String, provider: String, since: CivilDay, until: CivilDay, zone: String, isClaim: Bool, currency: String?,
      result: Reconciliation, keys: [KeySum], edge: Edge?, unrecorded: [CivilDay] = [], hasMore: Bool = false
    ) {
      self.bill = bill
      self.provider = provider
      self.since = since
      self.until = until
      self.zone = zone
      self.isClaim = isClaim
      self.currency = currency
      self.result = result
      self.keys = keys
      self.edge = edge
      self.unrecorded = unrecorded
      self.hasMore = hasMore
    }
  }

  /// Requests that ran across the beginning of a day.
  package struct Edge: Sendable {
    package var requests: Int
    package var cost: ExactAmount
    /// Whether they count on the day of their end, as the bill counts them.
    package var isMoved: Bool
    /// Whether it is known that the bill counts them so.
    package var isAsBilled: Bool

    package init(requests: Int, cost: ExactAmount, isMoved: Bool, isAsBilled: Bool = true) {
      self.requests = requests
      self.cost = cost
      self.isMoved = isMoved
      self.isAsBilled = isAsBilled
    }
  }

  /// Rows of days to come.
  package struct Ahead: Sendable {
    var rows: Int
    var days: ClosedRange<CivilDay>
    /// `nil` where they name no money.
    var cost: ExactAmount?

    /// `nil` where there are no rows.
    package init?(_ rows: [BillRow]) {
      guard let days = rows.days else { return nil }
      self.rows = rows.count
      self.days = days
      let costs = rows.compactMap(\.cost)
      cost = costs.isEmpty ? nil : costs.reduce(.zero, +)
    }
  }

  /// Requests of the ledger on days that no bill is of.
  package struct Outside: Sendable {
    var requests: Int
    /// How many days, and the first and the last one.
    var count: Int
    var days: ClosedRange<CivilDay>

    /// `nil` where there are none.
    /// - Parameter requests: how many there are on each day.
    package init?(_ requests: [CivilDay: Int]) {
      guard let first = requests.keys.min(), let last = requests.keys.max() else { return nil }
      (count, days) = (requests.count, first...last)
      self.requests = requests.values.reduce(0, +)
    }
  }

  /// A bill of which nothing can be compared.
  package struct NotCompared: Sendable {
    var bill: String
    var provider: String
    /// `nil` where it has no row.
    var days: ClosedRange<CivilDay>?
    var zone: String
    /// Why, for people.
    var why: String
    /// Whether it was left out as it was asked for, with `--key`.
    package var isLeftOut = false

    package init(bill: String, provider: String, days: ClosedRange<CivilDay>?, zone: String, why: String) {
      self.bill = bill
      self.provider = provider
      self.days = days
      self.zone = zone
      self.why = why
    }

    /// What it is, and why nothing of it is compared.
    package var words: String {
      bill + (days.map { ", \($0.lowerBound) to \($0.upperBound) (\(zone))" } ?? "") + ": \(why)"
    }
  }

  /// What went by keys of one name.
  package struct KeySum: Sendable {
    package var name: String
    /// `nil` where the bill counts none.
    package var requests: Int64?
    /// `nil` where it names no money.
    package var cost: ExactAmount?

    package init(name: String, requests: Int64?, cost: ExactAmount?) {
      self.name = name
      self.requests = requests
      self.cost = cost
    }
  }

  var sections: [Section]
  /// Bills beside these of which nothing can be compared.
  var notCompared: [NotCompared]
  var tolerance: Reconciliation.Tolerance
  var pricing: String

  package init(
    sections: [Section], notCompared: [NotCompared] = [], tolerance: Reconciliation.Tolerance, pricing: String
  ) {
    self.sections = sections
    self.notCompared = notCompared
    self.tolerance = tolerance
    self.pricing = pricing
  }

  typealias Row = Reconciliation.Row

  /// A cause with its title, its key in JSON, and its amount in a row.
  struct Cause: Sendable {
    var title: String
    var key: String
    var amount: @Sendable (Reconciliation.Causes) -> ExactAmount
  }

  private static let causes = [
    Cause(title: "Price", key: "price_usd") { $0.price },
    Cause(title: "Unmeasured", key: "unmeasured_usd") { $0.unmeasured },
    Cause(title: "Others", key: "others_usd") { $0.others },
    Cause(title: "Together", key: "unmeasured_or_others_usd") { $0.together },
    Cause(title: "Missing", key: "missing_usd") { $0.missing },
    Cause(title: "Not tokens", key: "not_tokens_usd") { $0.notTokens },
    Cause(title: "Adjustment", key: "adjustment_usd") { $0.adjustment },
    Cause(title: "Rounding", key: "rounding_usd") { $0.rounding },
    Cause(title: "Unexplained", key: "unexplained_usd") { $0.unexplained },
  ]

  /// The columns of amounts: those that some row of the bill has.
  struct Columns {
    /// Whether some row names money. A row that the bill lacks charges nothing.
    private let hasMoney: Bool
    private let isClaim: Bool
    /// Whether the bill names tokens alone somewhere, which were priced by the table.
    private let hasTableCost: Bool
    /// The causes that some row has; the unexplained part always.
    private let causes: [Cause]

    init(_ section: Section) {
      let rows = section.result.rows
      isClaim = section.isClaim
      let hasTableCost = rows.contains(where: \.isPricedHere)
      self.hasTableCost = hasTableCost
      hasMoney = !hasTableCost || rows.contains { $0.isBilled && !$0.isPricedHere }
      causes = ReconcileReport.causes.filter { cause in
        cause.title == "Unexplained"
          || rows.contains { cause.amount($0.causes).rounded(places: 6) != "0.000000" }
      }
    }

    var titles: [String] {
      (hasMoney ? [isClaim ? "Claimed" : "Billed"] : []) + (hasTableCost ? ["Its tokens"] : []) + [
        "Ledger", "Difference",
      ]
        + causes.map(\.title)
    }

    /// The amounts of a row. Of what has no price, nothing is a number.
    func cells(_ row: Row) -> [String] {
      let money = ReconcileReport.money
      return (hasMoney ? [row.billed.map(money) ?? "-"] : [])
        + (hasTableCost
          ? [row.isPricedHere ? row.tableCost.map(money) ?? (row.unpriced.isEmpty ? "-" : "no price") : "-"] : [])
        + [
          row.ledger.map(money) ?? (row.unpriced.isEmpty ? "not measured" : "no price"),
          row.difference.map(money) ?? "not measured",
        ]
        + causes.map { row.difference == nil ? "-" : money($0.amount(row.causes)) }
    }
  }

  /// The day, or the days that the bill sums up together; with the way of use that has prices of its own.
  func when(_ row: Row) -> String { Figures.days(row.days) + (row.mode.map { ", \($0)" } ?? "") }

  static func money(_ amount: ExactAmount) -> String {
    let shown = amount.magnitude.rounded(places: 6)
    return (amount < .zero && shown != "0.000000" ? "-$" : "$") + shown
  }

  func title(_ section: Section, _ model: ModelID, quote: (String) -> String = SafeText.terminal) -> String {
    "\(quote(model.description)), \(section.since) to \(section.until) (\(section.zone)), "
      + "\(section.isClaim ? "claim" : "bill"): \(section.bill), prices \(pricing.prefix(12))"
  }

  /// The text, with a line end after each line.
  package func text(style: Style) -> String {
    let width = max(20, style.width)
    var lines: [String] = []
    for section in sections {
      let columns = Columns(section)
      for (model, rows) in models(section) {
        if !lines.isEmpty { lines.append("") }
        lines += title(section, model).wrapped(to: width)
        let grid = Grid(
          columns: [.init(title: "Day")] + columns.titles.map { .init(title: $0, isNumber: true) },
          rows: rows.map { row in
            [Grid.Cell(text: when(row))] + columns.cells(row).map { Grid.Cell(text: $0) }
          })
        lines += grid.lines(style)
        lines += remarks(section, rows, quote: SafeText.terminal)
          .flatMap { "  \($0)".wrapped(to: width) }
      }
      lines += sentences(section, quote: SafeText.terminal).flatMap { $0.wrapped(to: width) }
    }
    lines += notComparedSentences.flatMap { $0.wrapped(to: width) }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Why nothing was compared.
  package static let nothingInCommon =
    "no model or request of the bill is one of the ledger's: other names of models, another clock, or another account"

  /// Bills of providers of which nothing is compared: what they charge is not explained. Where another bill of the
  /// provider is, a part is as days without records are inside one.
  package var openParts: [NotCompared] {
    let compared = Set(sections.map(\.provider))
    return notCompared.filter { !$0.isLeftOut && !compared.contains($0.provider) }
  }

  var notComparedSentences: [String] { notCompared.map { "Not compared: \($0.words)" } }

  /// What is to be said of a bill beside its tables.
  func sentences(_ section: Section, quote: (String) -> String) -> [String] {
    var sentences: [String] = []
    if section.result.comparesNothing {
      sentences.append(Self.nothingInCommon.withCapital)
    }
    sentences += renamed(section).map { billed, own in
      "The bill has \(quote(billed.description)) and the ledger \(quote(own.description)), each on the same days and as often: "
        + "where they are one model, let `aliases:` in the pricing folder say so"
    }
    sentences += section.repeats.map { words($0, quote) }
    if let ahead = section.ahead {
      sentences.append(
        "\(Figures.count(ahead.rows, "row")) of the bill, \(ahead.cost.map { Self.money($0) + ", " } ?? "")"
          + "\(ahead.rows == 1 ? "is" : "are") of "
          + "\(Figures.days(ahead.days)), which is still to come: left out")
    }
    if let edge = section.edge { sentences.append(words(edge)) }
    if section.result.rows.contains(where: { $0.days.lowerBound < $0.days.upperBound }) {
      sentences.append("The bill sums up several days: they are compared with the ledger's sum of the same days")
    }
    if section.result.rows.contains(where: \.isOfAllModels) {
      sentences.append("The bill does not tell models: all of \(quote(section.provider)) are compared together")
    }
    if let days = listed(section.unrecorded) {
      sentences.append(
        "The ledger has no record of \(days): what the bill has of \(section.unrecorded.count == 1 ? "it" : "them") is "
          + "compared with nothing")
    }
    sentences += absences(section, quote)
    if section.ofOtherKeys > 0 {
      sentences.append(
        "The ledger has \(Figures.count(section.ofOtherKeys, "request")) to models and on days that the bill has by other "
          + "keys alone: left out")
    }
    sentences += section.result.fees.map {
      // What was taken off may be the price of tokens that somebody else was paid for.
      $0.amount < .zero
        ? "\($0.day): \(Self.money($0.amount.magnitude)) taken off: \(quote($0.name))"
        : "\($0.day): \(Self.money($0.amount)) for \(quote($0.name)), which is not tokens"
    }
    if section.searches > 0 {
      sentences.append(
        "The bill counts \(Figures.count(section.searches)) web search\(section.searches == 1 ? "" : "es") without an "
          + "amount: what \(section.searches == 1 ? "it costs" : "they cost") is compared with nothing")
    }
    sentences += section.keys.map { key in
      let name = key.name.isEmpty ? "requests without a key's name" : "key \(quote(key.name))"
      let figures = [key.requests.map { Figures.count($0, "request") }, key.cost.map(Self.money)].compactMap(\.self)
      return "\(name): \(figures.isEmpty ? "tokens alone" : figures.joined(separator: ", "))"
    }
    if let currency = section.currency {
      sentences.append(
        "The bill is in \(currency); amounts are in US dollars, each day's at the pricing table's rate of that day")
    }
    if section.isClaim {
      sentences.append("The amounts of \(section.bill) come from its own price list: a claim, not what was charged")
    }
    if section.hasMore {
      sentences.append("The file is one page of an answer and not the last: give the other pages, too")
    }
    return section.isClaim ? sentences.map(Self.ofClaim) : sentences
  }

  /// Models that one side alone has, each with as many requests on the same days: they may be one under two names.
  private func renamed(_ section: Section) -> [(billed: ModelID, own: ModelID)] {
    var (billed, own): ([[ClosedRange<CivilDay>: Int64]: [ModelID]], [[ClosedRange<CivilDay>: Int64]: [ModelID]]) =
      ([:], [:])
    for (model, rows) in models(section) {
      let isBilled = rows.allSatisfy { $0.isBilled && $0.answered == 0 }
      guard isBilled || rows.allSatisfy({ !$0.isBilled && $0.answered > 0 }) else { continue }
      let requests = rows.map { ($0.days, isBilled ? $0.billedRequests ?? -1 : Int64($0.answered)) }
      if isBilled {
        billed[Dictionary(requests, uniquingKeysWith: +), default: []].append(model)
      } else {
        own[Dictionary(requests, uniquingKeysWith: +), default: []].append(model)
      }
    }
    return billed.compactMap { requests, models in
      guard models.count == 1, let found = own[requests], found.count == 1 else { return nil }
      return (models[0], found[0])
    }.sorted { $0.0 < $1.0 }
  }

  func models(_ section: Section) -> [(ModelID, [Row])] {
    Dictionary(grouping: section.result.rows, by: \.model).sorted { $0.key < $1.key }
  }

  private func words(_ found: BillRepeat, _ quote: (String) -> String) -> String {
    if found.file == found.original {
      return "\(quote(found.file)) lists \(Figures.count(found.rows, "row")) a second time: counted once"
    }
    return found.isWhole
      ? "all that \(quote(found.file)) says stands in \(quote(found.original)), too: read once"
      : "\(Figures.count(found.rows, "row")) of \(quote(found.file)) \(found.rows == 1 ? "stands" : "stand") in "
        + "\(quote(found.original)), too: counted once"
  }

  private func words(_ edge: Edge) -> String {
    "\(Figures.count(edge.requests, "request")), \(Self.money(edge.cost)), ran across the beginning of a day: "
      + "counted on the day they \(edge.isMoved ? "ended" : "began")"
      + (edge.isAsBilled ? ", as the bill does" : "; the table does not say how it counts")
  }

  /// Markdown: a table a model.
  package var markdown: String {
    var text = MarkdownText()
    for section in sections {
      let columns = Columns(section)
      let titles = ["Day"] + columns.titles
      for (model, rows) in models(section) {
        text.add("### \(title(section, model, quote: SafeText.markdown))")
        text.addTable(
          titles: titles, isNumber: titles.indices.map { $0 > 0 },
          rows: rows.map { [when($0)] + columns.cells($0) }, of: "`ccr-audit reconcile`")
        text.add("")
        text.addList(remarks(section, rows, quote: SafeText.markdown))
      }
      text.addList(sentences(section, quote: SafeText.markdown))
      text.add("")
    }
    text.addList(notComparedSentences)
    return text.text
  }

  /// JSON; amounts are exact decimal strings.
  package var json: String {
    let open = Set(openParts.map(\.words))
    return JSONText.object([
      ("schema_version", .count(1)), ("pricing", .object([("sha256", .string(pricing))])),
      ("bills", .array(sections.map(json))),
      (
        "not_compared",
        .array(
          notCompared.map {
            .object([
              ("bill", .string($0.bill)), ("provider", .string($0.provider)),
              ("since", .text($0.days?.lowerBound.description)), ("until", .text($0.days?.upperBound.description)),
              ("timezone", .string($0.zone)), ("reason", .string($0.why)),
              ("unexplained", .bool(open.contains($0.words))),
            ])
          })
      ),
    ]).pretty + "\n"
  }

  private func json(_ section: Section) -> JSONText {
    .object([
      ("bill", .string(section.bill)), ("provider", .string(section.provider)),
      ("since", .string(section.since.description)), ("until", .string(section.until.description)),
      ("timezone", .string(section.zone)), ("claim", .bool(section.isClaim)),
      ("converted_from", .text(section.currency)),
      (
        "across_days",
        section.edge.map {
          .object([("requests", .count($0.requests)), ("ledger_usd", .string($0.cost.description))])
        } ?? .null
      ),
      ("days_without_records", .array(section.unrecorded.map { .string($0.description) })),
      ("days_missing_from_bill", .array(section.missingDays.map { .string($0.description) })),
      (
        "outside_period",
        section.outside.map {
          .object([
            ("requests", .count($0.requests)), ("days", .count($0.count)),
            ("since", .string($0.days.lowerBound.description)), ("until", .string($0.days.upperBound.description)),
          ])
        } ?? .null
      ),
      ("web_searches_without_amount", .count(Int(section.searches))),
      ("has_more_pages", .bool(section.hasMore)),
      ("nothing_in_common", .bool(section.result.comparesNothing)),
      (
        "counted_once",
        .array(
          section.repeats.map {
            .object([("file", .string($0.file)), ("original", .string($0.original)), ("rows", .count($0.rows))])
          })
      ),
      (
        "days_to_come",
        section.ahead.map {
          .object([
            ("rows", .count($0.rows)), ("since", .string($0.days.lowerBound.description)),
            ("until", .string($0.days.upperBound.description)), ("billed_usd", .text($0.cost?.description)),
          ])
        } ?? .null
      ), ("rows", .array(section.result.rows.map(json))),
      (
        "fees",
        .array(
          section.result.fees.map {
            .object([
              ("day", .string($0.day.description)), ("name", .string($0.name)),
              ("amount_usd", .string($0.amount.description)),
            ])
          })
      ), ("not_tokens_usd", .string(section.result.fees.reduce(ExactAmount.zero) { $0 + $1.amount }.description)),
      (
        "keys",
        .array(
          section.keys.map {
            .object([
              ("name", .string($0.name)), ("requests", $0.requests.map { .count($0) } ?? .null),
              ("billed_usd", .text($0.cost?.description)),
            ])
          })
      ),
      (
        "unexplained",
        .array(
          section.result.unexplained(tolerance: tolerance).map {
            .object([
              ("model", .string($0.model.description)), ("amount_usd", .string($0.amount.description)),
              ("reason", .null),
            ])
          }
            + section.result.unpriced.map {
              .object([
                ("model", .string($0.description)), ("amount_usd", .null), ("reason", .string("no price in the table")),
              ])
            }
            + section.result.unknownMissing.map {
              .object([
                ("model", .string($0.model.description)), ("amount_usd", .null),
                ("reason", .string("unmeasured requests that the bill has nothing of")),
              ])
            })
      ),
    ])
  }

  private func json(_ row: Row) -> JSONText {
    let beyond: JSONText =
      row.beyond.map { beyond in
        .object(TokenClass.allCases.map { ($0.rawValue, .count(beyond[$0] ?? 0)) })
      } ?? .null
    let isKnown = row.difference != nil
    let causes = Self.causes.map { cause in
      (cause.key, isKnown ? JSONText.string(cause.amount(row.causes).description) : .null)
    }
    let folded = JSONText.object(
      TokenClass.allCases.compactMap { name in row.folded[name].map { (name.rawValue, .count($0)) } })
    return .object(
      sides(row) + causes + [
        ("tokens_beyond_measured", beyond), ("tokens_among_input", folded),
        ("at_table_prices_usd", .text(row.repriced?.listed.description)), ("rates", .array(row.rates.map(json))),
      ])
  }

  private func json(_ rate: Reconciliation.RateDifference) -> JSONText {
    .object([
      ("class", .text(rate.tokenClass?.rawValue)), ("bill", .string(rate.bill.description)),
      ("table", .text(rate.table?.description)), ("since", .text(rate.since?.description)),
    ])
  }

  /// What a row is of, and both sides of it.
  private func sides(_ row: Row) -> [(String, JSONText)] {
    let matched = row.matched.map { matched in
      JSONText.object([
        ("unmeasured", .count(matched.unmeasured)), ("others", .count(matched.others)),
        ("missing", .count(matched.missing)),
      ])
    }
    let amounts: [(String, ExactAmount?)] = [
      ("billed_usd", row.billed), ("tokens_at_table_prices_usd", row.tableCost), ("ledger_usd", row.ledger),
      ("difference_usd", row.difference),
    ]
    let what: [(String, JSONText)] = [
      ("day", .string(row.days.lowerBound.description)), ("last_day", .string(row.days.upperBound.description)),
      ("provider", .string(row.model.provider)),
      ("model", row.isOfAllModels ? .null : .string(row.model.model)), ("mode", .text(row.mode)),
      ("modes_not_in_bill", .array(row.untoldModes.isEmpty ? row.recordedModes.map { .string($0) } : [])),
      ("without_tokens_usd", .string(row.withoutTokens.description)),
      (
        "tokens_without_money",
        .object(TokenClass.allCases.compactMap { name in row.withoutMoney[name].map { (name.rawValue, .count($0)) } })
      ),
      (
        "unexplained_by_class_usd",
        .object(
          TokenClass.allCases.compactMap { name in
            row.openByClass[name].map { (name.rawValue, .string($0.description)) }
          })
      ),
      (
        "cache_writes_of_other_time",
        row.shifted.map { .object([("tokens", .count($0.tokens)), ("as", .string($0.to.rawValue))]) } ?? .null
      ),
      ("modes_not_in_records", .array(row.untoldModes.map { .string($0) })),
      ("modes_without_price", .array(row.modesWithoutPrice.map { .string($0) })),
      ("mode_price_usd", .string(row.modePrice.description)), ("by_keys_usd", .text(row.ofKeys?.description)),
    ]
    return what + amounts.map { ($0, .text($1?.description)) } + [
      ("without_price", .array(row.unpriced.map { .string($0.description) })),
      ("billed_requests", row.billedRequests.map { .count($0) } ?? .null), ("answered", .count(row.answered)),
      ("unmeasured", .count(row.unmeasured)), ("unmeasured_missing", .count(row.unknownMissing)),
      ("matched", matched ?? .null),
      ("most_usd", .text(row.limit?.most.description)), ("in_bill", .bool(row.isBilled)),
      ("priced_by_table", .bool(row.isPricedHere)), ("tells_unmeasured", .bool(row.tellsUnmeasured)),
    ]
  }
}
