import Model
import Yams

extension FileReader {
  /// The dearest fee or hardware that is believed, USD.
  private static let highestFee = Money(picodollars: 1_000_000_000 * 1_000_000_000_000)

  /// A plan. Its models are the file's provider's own, or `provider/model`; a `*` stands for any characters.
  mutating func plan(_ fields: YAMLReader.Fields, provider: String) -> ParsedFile.PlanEntry? {
    let name = yaml.text("plan", in: fields)
    let kinds = PlanKind.allCases.map(\.rawValue).joined(separator: " or ")
    let kind = yaml.value("kind", in: fields, as: kinds) { PlanKind(rawValue: $0) }?.value
    var models: [Placed<ModelID>] = []
    for entry in yaml.names("models", in: fields, required: true) {
      let isQualified = entry.value.contains("/")
      guard let id = isQualified ? ModelID(entry.value) : ModelID(provider: provider, model: entry.value) else {
        yaml.refuse(entry.place, "\"\(entry.value)\" is neither a model nor provider/model", key: "models")
        continue
      }
      models.append(Placed(value: id, place: entry.place))
    }
    let billingDay = count("billing_day", in: fields, bounds: 1...31, required: false)
    var excludedModes: Set<String> = []
    for mode in yaml.names("excluded_modes", in: fields) {
      if !PriceModifiers.modes.contains(mode.value) {
        let known = PriceModifiers.modes.joined(separator: ", ")
        yaml.refuse(mode.place, "\"\(mode.value)\" is no mode of a call: \(known)", key: "excluded_modes")
      } else if !excludedModes.insert(mode.value).inserted {
        yaml.refuse(mode.place, "\"\(mode.value)\" is in this list already", key: "excluded_modes")
      }
    }
    var fees: [CurrencyConversion.Entry<PlanFee>] = []
    for node in yaml.list("fees", in: fields, required: true) {
      guard let kind, let fee = fee(node, kind: kind) else { continue }
      let last = fees.last.map { ($0.from, $0.value.recorded) }
      checkOrder((fee.from, fee.value.recorded), at: fee.place, after: last, ends: fee.value.monthly == nil)
      fees.append(fee)
    }
    guard let name, let kind else { return nil }
    return ParsedFile.PlanEntry(
      name: name, kind: kind, models: models, fees: fees, billingDay: billingDay ?? 1,
      excludedModes: excludedModes)
  }

  /// A plan that somebody pays for.
  mutating func subscription(_ node: Node) -> Subscription? {
    guard let fields = yaml.fields(of: node, as: .subscription) else { return nil }
    let plan = yaml.text("plan", in: fields)
    let from = yaml.value("from", in: fields, as: "a date such as 2026-06-24") { CivilDay($0) }
    let until = yaml.value("until", in: fields, required: false, as: "a date such as 2026-06-24") { CivilDay($0) }
    let seats = count("seats", in: fields, bounds: 1...1_000_000, required: false)
    let fee = money("fee", in: fields, required: false)
    guard let plan, let from else { return nil }
    if let until, until.value < from.value {
      yaml.refuse(until.place, "is before the first day", key: "until")
    }
    return Subscription(
      plan: plan.value, from: from.value, until: until?.value, seats: seats, fee: fee, place: fields.place)
  }

  private mutating func fee(_ node: Node, kind: PlanKind) -> CurrencyConversion.Entry<PlanFee>? {
    let isEnd = node.mapping?["ends"] != nil
    let shape = isEnd ? FileShape.endOfFee : kind == .subscription ? .subscriptionFee : .hardwareFee
    guard let fields = yaml.fields(of: node, as: shape) else { return nil }
    let from = yaml.value("from", in: fields, as: "a date such as 2026-06-24; fees change at the start of a day") {
      CivilDay($0)
    }
    let ended = ends(fields)
    let hardware = isEnd || kind == .subscription ? nil : self.hardware(fields)
    let isSubscription = !isEnd && kind == .subscription
    if fields.has("annual"), fields.has("monthly") {
      yaml.refuse(fields.place, "a fee is monthly or annual, not both", key: "annual")
    }
    let annual = money("annual", in: fields, required: false)
    let ofSeat = isSubscription ? money("monthly", in: fields, required: !fields.has("annual")) : hardware?.monthly
    let seats = count("seats", in: fields, bounds: 1...1_000_000, required: false) ?? 1
    let included = count("included_tokens", in: fields, bounds: 1...1_000_000_000_000_000, required: false)
    let overage = yaml.value(
      "overage_per_million", in: fields, required: false, as: "USD a million tokens with at most six places"
    ) { Rate(decimalPerMillion: $0) }
    if let overage, included == nil {
      yaml.refuse(overage.place, "needs included_tokens: beyond what it is paid", key: "overage_per_million")
    }
    let recorded = day("recorded", in: fields)
    let (source, verified) = origin(fields)
    guard let from, ended || ofSeat != nil || annual != nil else { return nil }
    let fee = PlanFee(
      from: from.value.utcStart, monthly: ofSeat.map { $0.multiplied(by: Int128(seats)) },
      annual: annual.map { $0.multiplied(by: Int128(seats)) }, seats: seats, includedTokens: included.map(Int64.init),
      overage: overage?.value, source: source, verified: verified, hardware: hardware, recorded: recorded)
    return CurrencyConversion.Entry(
      value: fee, from: fee.from, currency: isEnd ? nil : currency(fields), place: from.place)
  }

  private mutating func hardware(_ fields: YAMLReader.Fields) -> OwnHardware? {
    let price = money("hardware", in: fields)
    let months = count("amortisation_months", in: fields, bounds: 1...600)
    let watts = count("watts", in: fields, bounds: 0...1_000_000)
    let hours = yaml.value(
      "utilisation_hours_per_day", in: fields, required: false, as: "hours from 0 to 24 with at most three places"
    ) { text in FixedPoint.parse(text, places: 3).flatMap { $0 <= 24_000 ? Int($0) : nil } }
    let tariff = money("tariff_per_kwh", in: fields)
    let other = money("other_monthly", in: fields, required: false)
    let speed = count("tokens_per_second", in: fields, bounds: 1...1_000_000_000, required: false)
    guard let price, let months, let watts, let tariff else { return nil }
    return OwnHardware(
      price: price, amortisationMonths: months, watts: watts, hourThousandthsPerDay: hours?.value ?? 24_000,
      tariffPerKWh: tariff, otherMonthly: other ?? .zero, tokensPerSecond: speed)
  }

  mutating func money(_ key: String, in fields: YAMLReader.Fields, required: Bool = true) -> Money? {
    let what = "an amount in USD: digits with at most twelve places such as \"20\", at most \(Self.highestFee)"
    return yaml.value(key, in: fields, required: required, as: what) { text in
      Money(decimal: text).flatMap { $0 >= .zero && $0 <= Self.highestFee ? $0 : nil }
    }?.value
  }

  private mutating func count(
    _ key: String, in fields: YAMLReader.Fields, bounds: ClosedRange<Int>, required: Bool = true
  ) -> Int? {
    let what = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
    return yaml.value(key, in: fields, required: required, as: what) { Self.integer($0, in: bounds) }?.value
  }
}
