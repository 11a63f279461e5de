package import Foundation

/// What a provider says that it charged, or that was used: a file that a person exported.
package struct Bill: Sendable {
  /// Who made it.
  package var seller: BillSeller
  /// Whose requests it lists, where the file says so and its maker is another.
  package var provider: String?
  /// What the file is, for people: `DeepSeek usage export`.
  package var format: String
  /// Whose clock its days are read by.
  package var timeZone: TimeZone
  /// Whether that is no more than the offset that its instants carry, which is another one behind a change of the clock.
  package var tellsOffsets = false
  /// The offsets of its days for people, where these tell its zone and nothing names it.
  package var clock: String?
  /// Whose days it has, for people.
  package var zoneName: String { clock ?? timeZone.ianaName }
  /// By which instant of a request it counts for a day.
  package var dayRule: DayRule
  /// Whether that is known of its maker; nobody knows it of any table.
  package var isDayRuleKnown = true
  /// The currency of its amounts, ISO 4217.
  package var currency: String
  /// What it lists.
  package var rows: [BillRow]
  /// The places that its amounts are rounded to; `nil` where they are exact.
  package var roundedPlaces: Int?
  /// Whether its money is somebody's own calculation rather than a charge.
  package var isClaim: Bool
  /// Whether each of its rows says in which mode the use was, so that one without a mode is of the usual one.
  package var tellsModes = false
  /// Whether the file does not say its currency, and nobody else did.
  package var assumesCurrency = false
  /// Whether the file is a page of an answer, and not its last.
  package var hasMore = false
  /// The pages of answers that it was read from.
  package var pages: [BillPage] = []
  /// The names of the files, in the order in which they were given; an archive's have the archive's name before them.
  package var files: [String] = []
  /// The archive that its file came in; `nil` where it came by itself.
  package var archive: String?
  /// The files of its archive that are no bills, such as a README, with the archive's name before them.
  package var leftOut: [String] = []
  /// Whether its file is no UTF-8, and was read as Windows-1252.
  package var isWindows1252 = false
  /// Whether its tokens are told by the thousand and may be rounded, so that they are not read.
  package var roundsTokens = false
  /// What the files have in common, and was counted once.
  package var repeats: [BillRepeat] = []
  /// How many lines of its file are equal to others of it, and count all the same: nothing tells whether they list the
  /// same use.
  package var equalLines = 0

  /// By which instant a request belongs to a day.
  package enum DayRule: Sendable { case start, end }

  package init(
    seller: BillSeller, provider: String? = nil, format: String, timeZone: TimeZone = .gmt, dayRule: DayRule = .start,
    currency: String = "USD",
    rows: [BillRow] = [], roundedPlaces: Int? = nil, isClaim: Bool = false
  ) {
    self.seller = seller
    self.provider = provider ?? seller.provider
    self.format = format
    self.timeZone = timeZone
    self.dayRule = dayRule
    self.currency = currency
    self.rows = rows
    self.roundedPlaces = roundedPlaces
    self.isClaim = isClaim
  }
}

/// Who sends a bill. Raw values are the words of `--from`.
package enum BillSeller: String, CaseIterable, Sendable {
  case openrouter, anthropic, openai, deepseek, minimax, zai, litellm, csv

  /// The name that the pricing table has for it; `nil` where the file alone does not say whose bill it is.
  package var provider: String? {
    switch self {
    case .openrouter, .anthropic, .openai, .deepseek, .minimax, .zai: rawValue
    case .litellm, .csv: nil
    }
  }

  /// The pricing table's names of all whose bills it makes: in China Z.ai sells as another.
  package var providers: [String] { self == .zai ? ["zai", "zhipu"] : provider.map { [$0] } ?? [] }

  /// Where a provider's bill is to be had, for people.
  package func export(of provider: String) -> String? {
    switch self {
    case .deepseek: "platform.deepseek.com, Usage, Export"
    case .anthropic: "platform.claude.com, Cost, Export (the money), and Usage, Export (its tokens)"
    case .openrouter: "openrouter.ai, Logs, Export (single requests), or Activity, Export (days)"
    case .openai: "api.openai.com/v1/organization/costs and /usage/completions"
    case .minimax: "platform.minimax.io, Billing (its console's account/amount, saved as JSON)"
    case .zai: "\(provider == "zhipu" ? "bigmodel.cn" : "z.ai"), Billing, Details, saved as CSV"
    case .litellm, .csv: nil
    }
  }
}

/// A line of a bill.
package struct BillRow: Hashable, Sendable {
  /// The day, in the bill's zone; the first one where it sums up several.
  package var day: CivilDay
  /// The last day, where it sums up several; `nil` for one day.
  package var lastDay: CivilDay?
  /// Its bucket of time, epoch milliseconds, where it is shorter than a day, or the clock changes in it.
  package var bucket: Range<Int64>?
  /// The id of the request, where it is one, or a part of one.
  package var id: String?
  /// The model as the bill writes it; `nil` where a row is for no model.
  package var model: String?
  /// The name of the key that was used; never the key.
  package var keyName: String?
  /// Whose use it is by ids that tell nobody anything, each as its hash by what it is the id of.
  package var scope: [String: Int] = [:]
  /// How many requests, where the bill counts them.
  package var requests: Int64?
  /// The tokens that it bills, by class; a class that it does not name is not there.
  package var tokens: [TokenClass: Int64]
  /// All tokens together, where the bill does not tell prompts from what caches served of them.
  package var total: Int64?
  /// What it charges for this row; `nil` where a bill lists use alone.
  package var cost: ExactAmount?
  /// The price of one token, where the bill names one.
  package var rate: ExactAmount?
  /// The class of tokens that it charges, where a row has money and no tokens.
  package var chargedClass: TokenClass?
  /// How many searches of the web, where the bill counts them.
  package var searches: Int64?
  /// What was charged for, where it was not tokens: `web search`.
  package var fee: String?
  /// When the request began, epoch milliseconds, where a row is one request.
  package var started: Int64?
  /// When it ended.
  package var ended: Int64?
  /// The way of its use that has prices of its own, as `mode(speed:tier:geo:)` writes it; `nil` for the usual.
  package var mode: String?
  /// What it mends of what the other rows of its model and day charge; `nil` for a charge of its own.
  package var mends: Correction?

  /// How a provider's own figures differ from each other.
  package enum Correction: Sendable {
    /// By no more than what was rounded.
    case rounding
    /// It charges another amount than its tokens at its prices.
    case charge
  }

  /// What a row is for that takes something off and names no reason: no tokens cost less than nothing.
  package static func credit(for model: String?) -> String { model.map { "credit for \($0)" } ?? "credit" }

  /// The words of a bill for the way of its use as a mode (`fast`, `batch`, `fast, inference_geo us`); `nil` where all are
  /// those of the usual one.
  package static func mode(speed: String? = nil, tier: String? = nil, geo: String? = nil) -> String? {
    let usual = [
      "standard", "default", "auto", "on_demand", "not_available", "none", "null", "false", "token", "tokens",
      "message", "messages", "global", "any",
    ]
    func word(_ text: String?) -> String? {
      let word = text?.trimmingCharacters(in: .whitespaces).lowercased() ?? ""
      let isWord = !word.isEmpty && word.count <= 30 && word.allSatisfy { $0.isLetter || $0 == "_" || $0 == "-" }
      return !isWord || usual.contains(word) ? nil : word.contains("batch") ? "batch" : word
    }
    let words = [word(speed), word(tier), word(geo).map { geoMark + $0 }].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: modeSeparator)
  }

  /// What stands before the place where a model had to run.
  package static let geoMark = "inference_geo "
  /// What stands between the words of a mode.
  package static let modeSeparator = ", "

  /// Whether no use is of both scopes: both tell the same kind of ids, and other ones.
  package static func areApart(_ first: [String: Int], _ second: [String: Int]) -> Bool {
    first.contains { kind, id in second[kind].map { $0 != id } ?? false }
  }

  /// The days that it sums up.
  package var days: ClosedRange<CivilDay> { day...max(day, lastDay ?? day) }

  /// All its tokens, told by class or together; `nil` where it tells none.
  package var allTokens: Int64? { total ?? (tokens.isEmpty ? nil : tokens.values.reduce(0, +)) }

  package init(
    day: CivilDay, model: String? = nil, keyName: String? = nil, requests: Int64? = nil,
    tokens: [TokenClass: Int64] = [:], total: Int64? = nil, cost: ExactAmount? = nil, rate: ExactAmount? = nil,
    chargedClass: TokenClass? = nil, fee: String? = nil,
    started: Int64? = nil, ended: Int64? = nil
  ) {
    self.day = day
    self.model = model
    self.keyName = keyName
    self.requests = requests
    self.tokens = tokens
    self.total = total
    self.cost = cost
    self.rate = rate
    self.chargedClass = chargedClass
    self.fee = fee
    self.started = started
    self.ended = ended
  }
}

extension Sequence<BillRow> {
  /// From the first of their days to the last one; `nil` where there are no rows.
  package var days: ClosedRange<CivilDay>? {
    guard let first = map(\.day).min(), let last = map(\.days.upperBound).max() else { return nil }
    return first...last
  }

  /// What they charge together.
  package var cost: ExactAmount { reduce(.zero) { $0 + ($1.cost ?? .zero) } }

  /// Their tokens by class.
  package var tokens: [TokenClass: Int64] { reduce(into: [:]) { $0.merge($1.tokens, uniquingKeysWith: +) } }
}

/// A page of an answer that comes in several.
package struct BillPage: Hashable, Sendable {
  /// When its first bucket begins and its last one ends, epoch milliseconds; `nil` where it has none.
  package var start: Int64?
  package var end: Int64?
  /// Whether it says that there are more.
  package var hasMore: Bool
  /// How many items it has, and how many it says that all pages have.
  package var items: Int
  package var total: Int64?

  package init(start: Int64?, end: Int64?, hasMore: Bool, items: Int, total: Int64?) {
    self.start = start
    self.end = end
    self.hasMore = hasMore
    self.items = items
    self.total = total
  }
}

extension [BillPage] {
  /// Whether one of them is not here: a page goes on where another one ends.
  package var lackOne: Bool {
    if let total = compactMap(\.total).max() { return reduce(0) { $0 + Int64($1.items) } < total }
    return contains { page in
      page.hasMore && !contains { $0.start != nil && $0.start == page.end }
    }
  }
}

/// Rows that stand in two files, or twice in one.
package struct BillRepeat: Hashable, Sendable {
  /// The file whose rows were left out.
  package var file: String
  /// The file that has them, too.
  package var original: String
  package var rows: Int
  /// Whether these are all of the file's.
  package var isWhole: Bool

  package init(file: String, original: String, rows: Int, isWhole: Bool) {
    self.file = file
    self.original = original
    self.rows = rows
    self.isWhole = isWhole
  }
}
