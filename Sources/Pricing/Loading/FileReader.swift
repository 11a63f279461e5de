import Model
import Yams

/// What one file says, before it is compared with the others.
struct ParsedFile: Sendable {
  struct Model: Sendable {
    var name: Placed<String>
    var aliases: [Placed<String>]
    var isFree: Bool
    var tokenFactor: TokenFactor?
    var succession: [Placed<Successor>]
    var modifiers: PriceModifiers
    /// Whether the file states prices: of those that were refused none is in `prices`.
    var statesPrices: Bool
    var prices: [CurrencyConversion.Entry<PriceEntry>]
  }

  struct PlanEntry: Sendable {
    var name: Placed<String>
    var kind: PlanKind
    var models: [Placed<ModelID>]
    var fees: [CurrencyConversion.Entry<PlanFee>]
    var billingDay: Int
    var excludedModes: Set<String> = []
  }

  /// `nil` in a file that holds nothing but currencies and subscriptions.
  var provider: Placed<String>?
  var aliases: [Placed<String>] = []
  var hosts: [Placed<String>] = []
  var freeSuffixes: [Placed<String>] = []
  var models: [Model] = []
  var plans: [PlanEntry] = []
  var currencies: [Placed<Currency>] = []
  var subscriptions: [Subscription] = []
}

/// Reads one pricing file. What can be told from one file alone is checked here, the rest in `TableBuilder`.
struct FileReader {
  var yaml: YAMLReader
  /// Nothing can have been compared with its source after that day; `nil` where nobody knows what day it is.
  private let today: CivilDay?

  init(file: String, today: CivilDay? = nil) {
    yaml = YAMLReader(file: file)
    self.today = today
  }

  mutating func read(_ text: String) -> ParsedFile? {
    guard let root = yaml.root(of: text),
      let fields = yaml.fields(of: root, as: .file)
    else { return nil }
    let currencies = currencies(fields)
    let subscriptions = yaml.list("subscriptions", in: fields).compactMap { subscription($0) }
    if !fields.values.isEmpty, Set(fields.values.keys).isSubset(of: ["currencies", "subscriptions"]) {
      return ParsedFile(currencies: currencies, subscriptions: subscriptions)
    }
    let provider = yaml.value("provider", in: fields, as: "a provider's name: it holds no slash") {
      $0.contains("/") ? nil : $0
    }
    let aliases = yaml.names("aliases", in: fields)
    let hosts = yaml.names("hosts", in: fields)
    for host in hosts
    where host.value.contains(where: { $0.isUppercase || ": ".contains($0) }) || !Self.hasAtMostOneWord(host.value) {
      yaml.refuse(host.place, "\"\(host.value)\" is not a host such as api.minimax.io", key: "hosts")
    }
    let freeSuffixes = yaml.names("free_suffixes", in: fields)
    for suffix in freeSuffixes where ![":", "-"].contains(suffix.value.prefix(1)) || suffix.value.count < 2 {
      yaml.refuse(suffix.place, "\"\(suffix.value)\" is not a suffix such as \":free\"", key: "free_suffixes")
    }
    if !fields.has("models"), !fields.has("plans"), !fields.has("hosts"), !fields.has("aliases") {
      yaml.refuse(fields.place, "a pricing file needs this key, or plans", key: "models")
    }
    var models: [ParsedFile.Model] = []
    for node in yaml.list("models", in: fields) {
      guard let model = yaml.fields(of: node, as: .model) else { continue }
      if let model = self.model(model) { models.append(model) }
    }
    var plans: [ParsedFile.PlanEntry] = []
    for node in yaml.list("plans", in: fields) {
      guard let plan = yaml.fields(of: node, as: .plan) else { continue }
      if let plan = self.plan(plan, provider: provider?.value ?? "") { plans.append(plan) }
    }
    guard let provider else { return nil }
    return ParsedFile(
      provider: provider, aliases: aliases, hosts: hosts, freeSuffixes: freeSuffixes, models: models, plans: plans,
      currencies: currencies, subscriptions: subscriptions)
  }

  /// Whether a host stands alone, or is followed by one word of a path: `api.z.ai/coding`.
  private static func hasAtMostOneWord(_ host: String) -> Bool {
    let parts = host.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty }
  }

  private mutating func model(_ fields: YAMLReader.Fields) -> ParsedFile.Model? {
    let name = yaml.text("model", in: fields)
    let aliases = yaml.names("aliases", in: fields)
    let billing = yaml.value("billing", in: fields, required: false, as: "free or per_token") {
      ["free": true, "per_token": false][$0]
    }
    let isFree = billing?.value ?? false
    if isFree, fields.has("prices") { yaml.refuse(fields.place, "a free model has no prices", key: "prices") }
    let factor = yaml.value(
      "baseline_token_factor", in: fields, required: false,
      as: "a factor: digits with at most six places such as \"1.08\", above 0 and up to 100"
    ) { TokenFactor(decimal: $0) }
    let modifiers = modifiers(fields)
    var prices: [CurrencyConversion.Entry<PriceEntry>] = []
    for node in yaml.list("prices", in: fields) {
      guard let price = price(node) else { continue }
      let last = prices.last.map { ($0.from, $0.value.recorded) }
      checkOrder((price.from, price.value.recorded), at: price.place, after: last, ends: price.value.rates == nil)
      prices.append(price)
    }
    let succession = self.succession(fields)
    if !succession.isEmpty {
      for key in ["prices", "billing", "baseline_token_factor"] where fields.has(key) {
        yaml.refuse(
          fields.place, "a dated alias has none of its own: it takes those of the model it stands for", key: key)
      }
    }
    return name.map {
      ParsedFile.Model(
        name: $0, aliases: aliases, isFree: isFree, tokenFactor: factor?.value, succession: succession,
        modifiers: modifiers, statesPrices: fields.has("prices"), prices: prices)
    }
  }

  /// What a dated alias stands for over time. Its models are the file's provider's own, or `provider/model`.
  private mutating func succession(_ parent: YAMLReader.Fields) -> [Placed<Successor>] {
    var succession: [Placed<Successor>] = []
    for node in yaml.list("succession", in: parent) {
      guard let fields = yaml.fields(of: node, as: .successor) else { continue }
      let from = yaml.value("from", in: fields, as: "a date such as 2026-06-24 or a time such as 2026-08-16T16:00Z") {
        Times.instant($0)
      }
      guard let from, let model = yaml.text("model", in: fields) else { continue }
      if let last = succession.last, from.value <= last.value.from {
        yaml.refuse(from.place, "the entry before does not start earlier; entries are in order of time", key: "from")
      }
      // A name without a provider is one of the file's own; `TableBuilder` puts the provider in.
      let id = model.value.contains("/") ? ModelID(model.value) : ModelID(provider: "", model: model.value)
      guard let id else {
        yaml.refuse(model.place, "\"\(model.value)\" is neither a model nor provider/model", key: "model")
        continue
      }
      succession.append(Placed(value: Successor(from: from.value, model: id), place: model.place))
    }
    return succession
  }

  private mutating func modifiers(_ parent: YAMLReader.Fields) -> PriceModifiers {
    var modifiers = PriceModifiers()
    modifiers.factors = factors(parent)
    if let node = parent.values["fees"], let fields = yaml.fields(of: node, as: .callFees) {
      modifiers.webSearch = money("web_search", in: fields, required: false)
    }
    return modifiers
  }

  /// What multiplies rates, by mode.
  private mutating func factors(_ parent: YAMLReader.Fields) -> [String: TokenFactor] {
    guard let node = parent.values["modifiers"], let fields = yaml.fields(of: node, as: .modifiers) else { return [:] }
    var factors: [String: TokenFactor] = [:]
    for name in FileShape.modifiers.names where fields.has(name) {
      factors[name] =
        yaml.value(name, in: fields, as: "a factor above 0 and up to 100") { TokenFactor(decimal: $0) }?.value
    }
    return factors
  }

  /// Entries are written oldest first, and the first does not end. Two from the same instant are a price and its
  /// correction, which was recorded later.
  mutating func checkOrder(
    _ entry: (from: Int64, recorded: CivilDay?), at place: Place, after last: (from: Int64, recorded: CivilDay?)?,
    ends: Bool
  ) {
    if let last, entry.from < last.from {
      yaml.refuse(place, "the entry before starts later; entries are in order of time, the newest last", key: "from")
    } else if let last, entry.from == last.from {
      let learned = CivilDay(utc: last.from)
      if (entry.recorded ?? learned) <= (last.recorded ?? learned) {
        yaml.refuse(
          place, "the entry before starts at the same time; a correction says when it was `recorded`, which is later",
          key: "from")
      }
    }
    if ends, last == nil { yaml.refuse(place, "the first entry cannot be an end", key: "ends") }
  }

  /// The currency that an entry's amounts are in; `nil` for US dollars.
  mutating func currency(_ fields: YAMLReader.Fields) -> String? {
    let code = yaml.value("currency", in: fields, required: false, as: Self.currencyCode) { Self.code($0) }
    return code?.value == "USD" ? nil : code?.value
  }

  private static let currencyCode = "a currency's code: three capital letters such as EUR"

  private static func code(_ text: String) -> String? {
    text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? text : nil
  }

  private mutating func currencies(_ parent: YAMLReader.Fields) -> [Placed<Currency>] {
    var currencies: [Placed<Currency>] = []
    for node in yaml.list("currencies", in: parent) {
      guard let fields = yaml.fields(of: node, as: .currency) else { continue }
      let code = yaml.value("currency", in: fields, as: Self.currencyCode) { $0 == "USD" ? nil : Self.code($0) }
      var rates: [CurrencyRate] = []
      for node in yaml.list("rates", in: fields, required: true) {
        guard let fields = yaml.fields(of: node, as: .currencyRate) else { continue }
        let from = yaml.value("from", in: fields, as: "a date such as 2026-06-24") { CivilDay($0) }
        let worth = yaml.value(
          "usd", in: fields, as: "what one unit is worth: USD from 0.000001 to 1000000, at most twelve places"
        ) { text in
          Money(decimal: text).flatMap {
            (1_000_000...1_000_000 * Money.dollar.picodollars).contains($0.picodollars) ? $0 : nil
          }
        }
        let (source, verified) = origin(fields)
        guard let from, let worth else { continue }
        let instant = from.value.utcStart
        checkOrder((instant, nil), at: from.place, after: rates.last.map { ($0.from, nil) }, ends: false)
        rates.append(CurrencyRate(from: instant, dollars: worth.value, source: source, verified: verified))
      }
      if let code { currencies.append(Placed(value: Currency(code: code.value, rates: rates), place: code.place)) }
    }
    return currencies
  }

  /// Whether an entry says that something ends. It then holds no figures.
  mutating func ends(_ fields: YAMLReader.Fields) -> Bool {
    yaml.value("ends", in: fields, required: false, as: "true, the only value that this key has") {
      $0 == "true" ? true : nil
    } != nil
  }

  mutating func day(_ key: String, in fields: YAMLReader.Fields) -> CivilDay? {
    yaml.value(key, in: fields, required: false, as: "a date such as 2026-06-24") { CivilDay($0) }?.value
  }

  /// A day on which something was done.
  private mutating func past(_ key: String, in fields: YAMLReader.Fields) -> CivilDay? {
    let day = day(key, in: fields)
    // A day ahead of ours has begun somewhere.
    if let day, let today, day > today.advanced(by: 1), let node = fields.values[key] {
      yaml.warn(yaml.place(of: node), "\(day) is in the future", key: key)
    }
    return day
  }

  /// `source`, `verified`; a figure that cannot be checked is a warning.
  mutating func origin(_ fields: YAMLReader.Fields) -> (source: String?, verified: CivilDay?) {
    for key in ["source", "verified"]
    where !fields.has(key) && !fields.has("ends") && !(key == "verified" && fields.has("imported")) {
      yaml.warn(
        fields.place, "\(fields.what) should say where its figures were read and when", key: key, isMinor: true)
    }
    return (yaml.text("source", in: fields, required: false)?.value, past("verified", in: fields))
  }

  /// The list that an entry was taken from.
  mutating func imported(_ parent: YAMLReader.Fields) -> ImportedFrom? {
    guard let node = parent.values["imported"], let fields = yaml.fields(of: node, as: .imported) else { return nil }
    let list = yaml.text("from", in: fields)
    let version = yaml.text("version", in: fields, required: false)
    let day = past("on", in: fields)
    if !fields.has("on") { yaml.refuse(fields.place, "\(fields.what) needs this key", key: "on") }
    guard let list, let day else { return nil }
    return ImportedFrom(list: list.value, version: version?.value, on: day)
  }

  private mutating func price(_ node: Node) -> CurrencyConversion.Entry<PriceEntry>? {
    let isEnd = node.mapping?["ends"] != nil
    guard let fields = yaml.fields(of: node, as: isEnd ? .endOfPrice : .price) else { return nil }
    let from = yaml.value("from", in: fields, as: "a date such as 2026-06-24 or a time such as 2026-08-16T16:00Z") {
      Times.instant($0)
    }
    let ended = ends(fields)
    let rates = isEnd ? nil : self.rates(fields, like: nil)
    let tiers = tiers(fields, like: rates)
    let windows = windows(fields, like: rates)
    if !tiers.isEmpty, !windows.isEmpty {
      yaml.refuse(fields.place, "a price has tiers or windows, not both", key: "windows")
    }
    let recorded = day("recorded", in: fields)
    let (source, verified) = origin(fields)
    guard let from, ended || rates != nil else { return nil }
    let entry = PriceEntry(
      from: from.value, rates: rates, tiers: tiers, windows: windows, factors: isEnd ? [:] : factors(fields),
      recorded: recorded, source: source, verified: verified, imported: imported(fields))
    return CurrencyConversion.Entry(
      value: entry, from: entry.from, currency: currency(fields), place: from.place)
  }

  /// Rates by class. Where the entry itself has a class, its tiers and windows must say what they charge for it:
  /// a fall-back there would be a guess.
  private mutating func rates(_ fields: YAMLReader.Fields, like base: Rates?) -> Rates? {
    let what =
      "a rate: digits with at most six places such as \"0.30\", USD a million tokens, at most \(Rate.highest)"
    var rates: [TokenClass: Rate] = [:]
    for tokenClass in TokenClass.allCases {
      let required = tokenClass == .input || tokenClass == .output || base?[tokenClass] != nil
      rates[tokenClass] =
        yaml.value(tokenClass.rawValue, in: fields, required: required, as: what) {
          Rate(decimalPerMillion: $0)
        }?.value
    }
    guard let input = rates[.input], let output = rates[.output] else { return nil }
    warnOfOddRates(rates, fields, isWhole: base == nil)
    return Rates(
      input: input, output: output, cacheRead: rates[.cacheRead], cacheWrite5m: rates[.cacheWrite5m],
      cacheWrite1h: rates[.cacheWrite1h])
  }

  /// A rate that is hardly anybody's: most often the unit was mistaken.
  /// - Parameter isWhole: whether these are an entry's own rates, and not those of a tier or of some hours.
  private mutating func warnOfOddRates(_ rates: [TokenClass: Rate], _ fields: YAMLReader.Fields, isWhole: Bool) {
    for tokenClass in TokenClass.allCases {
      guard let rate = rates[tokenClass]?.picodollarsPerToken, rate != 0 else { continue }
      // What is read from a cache can cost next to nothing.
      if rate < 1000 && [.input, .output].contains(tokenClass) || rate > 500_000_000 {
        yaml.warn(
          fields.place, "\(Rate(picodollarsPerToken: rate)) is outside 0.001 to 500; rates are USD a million tokens",
          key: tokenClass.rawValue)
      }
    }
    guard let input = rates[.input], let output = rates[.output] else { return }
    if isWhole, input.picodollarsPerToken == 0, output.picodollarsPerToken == 0 {
      yaml.warn(fields.place, "a model that costs nothing says `billing: free`", key: "input")
    }
    if let read = rates[.cacheRead], read > input {
      yaml.warn(fields.place, "reading from a cache is dearer than input", key: TokenClass.cacheRead.rawValue)
    }
  }

  private mutating func tiers(_ parent: YAMLReader.Fields, like base: Rates?) -> [PriceTier] {
    var tiers: [PriceTier] = []
    for node in yaml.list("tiers", in: parent) {
      guard let fields = yaml.fields(of: node, as: .tier) else { continue }
      let limit = yaml.value("above_input_tokens", in: fields, as: "a number of tokens from 1 to 1000000000000") {
        Self.integer($0, in: 1...1_000_000_000_000)
      }
      let rates = self.rates(fields, like: base)
      guard let limit, let rates else { continue }
      if let last = tiers.last, Int64(limit.value) <= last.aboveInputTokens {
        yaml.refuse(limit.place, "is not above the tier before", key: "above_input_tokens")
      }
      tiers.append(PriceTier(aboveInputTokens: Int64(limit.value), rates: rates))
    }
    return tiers
  }

  private mutating func windows(_ parent: YAMLReader.Fields, like base: Rates?) -> [PriceWindow] {
    var windows: [PriceWindow] = []
    for node in yaml.list("windows", in: parent) {
      guard let fields = yaml.fields(of: node, as: .window) else { continue }
      let span = yaml.value("utc", in: fields, as: "a span of hours such as 01:00-04:00") { Times.span($0) }
      let days = yaml.value("days", in: fields, required: false, as: "days of the week such as mon-fri or sat,sun") {
        Times.weekdays($0)
      }
      let rates = self.rates(fields, like: base)
      guard let span, let rates else { continue }
      let minutes = Times.week(span.value, on: days?.value ?? Set(0...6))
      let taken = windows.flatMap(\.minutes)
      if minutes.contains(where: { new in taken.contains { $0.overlaps(new) } }) {
        yaml.refuse(span.place, "overlaps a window before", key: "utc")
      }
      windows.append(PriceWindow(minutes: minutes, rates: rates))
    }
    return windows
  }

  /// Digits only, inside bounds.
  static func integer(_ text: String, in bounds: ClosedRange<Int>) -> Int? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text), bounds.contains(value) else {
      return nil
    }
    return value
  }
}
