import Model

/// Which keys a mapping of a pricing file may have. The reader takes its keys from here and the schema is made of it,
/// so that both always know the same ones.
struct FileShape: Sendable {
  struct Key: Sendable {
    var name: String
    var isRequired = false
    /// What its value may be.
    var schema: JSONSchema
    /// What an editor says about it.
    var help: String
    /// Whether the value is an amount, which is written in quotes.
    var isAmount = false
  }

  /// What it is, in a sentence.
  var what: String
  /// The keys, in the order in which people write them.
  var keys: [Key]

  /// Keys of older files, each with what to do instead.
  var retired: [String: String] = [:]

  var names: [String] { keys.map(\.name) }

  fileprivate static func + (shape: FileShape, keys: [Key]) -> FileShape {
    FileShape(what: shape.what, keys: shape.keys + keys, retired: shape.retired)
  }
}

// MARK: The mappings

extension FileShape {
  /// A whole file.
  static let file = FileShape(
    what: "a pricing file",
    keys: [
      Key(
        name: "provider", schema: .text(pattern: #"^[^/\u0000-\u001f\u007f-\u009f]+$"#),
        help: "The provider's name as the router writes it. One file a provider."),
      Key(
        name: "aliases", schema: .list(of: .text()),
        help: "Other names of the same provider, such as those of a router's presets."),
      Key(
        name: "hosts", schema: .list(of: .text(pattern: #"^[a-z0-9*]([a-z0-9.*-]*[a-z0-9*])?(/[a-z0-9_-]+)?$"#)),
        help: """
          Endpoints that are this seller's: `api.minimax.io`; `*` stands for any characters. A known host decides whose \
          price applies, before any name. A plan whose endpoint has the host of the general one adds the word of the \
          path that tells it: `api.z.ai/coding`.
          """),
      Key(
        name: "free_suffixes", schema: .list(of: .text(pattern: "^[:-].+$")),
        help: "Endings such as `:free` that make any model of the provider cost nothing."),
      Key(name: "models", schema: .list(of: .defined("model")), help: "The models, each with its dated prices."),
      Key(
        name: "plans", schema: .list(of: .defined("plan")),
        help: "The plans on the market (flat fees, own hardware) and the models that they cover. They cost nothing: "
          + "`subscriptions` says which are paid."),
      Key(
        name: "subscriptions", schema: .list(of: .defined("subscription")),
        help: "The plans that are paid for. A file may hold nothing else."),
      Key(
        name: "currencies", schema: .list(of: .defined("currency")),
        help: "What other currencies are worth. A file may hold nothing else."),
    ])

  static let model = FileShape(
    what: "a model",
    keys: [
      Key(
        name: "model", isRequired: true, schema: .text(),
        help: "The model's name as the router writes it; case makes no difference, and `.` and `-` are the same."),
      Key(name: "aliases", schema: .list(of: .text()), help: "Other spellings of the same model."),
      Key(
        name: "billing", schema: .choice(["per_token", "free"]),
        help: "`free` for a model that costs nothing; a model without prices is unpriced, never free."),
      Key(
        name: "baseline_token_factor", schema: .factor,
        help: """
          How many tokens Claude Sonnet 4.6 makes of a text for each that this model makes of it: \"1.08\", above 0 \
          and up to 100. It applies between models that both have one, Sonnet 4.6 having 1. Leave it out where nobody \
          measured it.
          """, isAmount: true),
      Key(
        name: "succession", schema: .list(of: .defined("successor")),
        help: "For a dated alias, in place of prices: the models that it stands for, the oldest first."),
      Key(
        name: "modifiers", schema: .defined("modifiers"),
        help: "What multiplies the rates: {fast: \"2\", us: \"1.1\", batch: \"0.5\"}."),
      Key(
        name: "fees", schema: .defined("call_fees"), help: "What calls of server tools cost: {web_search: \"0.01\"}."),
      Key(
        name: "prices", schema: .list(of: .defined("price")),
        help: "Prices, the oldest first. The one in force when a request was made applies to it for ever."),
    ])

  private static let rates: [Key] = {
    func rate(_ name: String, isRequired: Bool = false, _ help: String) -> Key {
      Key(
        name: name, isRequired: isRequired, schema: .defined("rate"), help: help + " USD a million tokens.",
        isAmount: true)
    }
    return [
      rate("input", isRequired: true, "Prompt tokens that no cache holds."),
      rate("output", isRequired: true, "Answer tokens, reasoning included."),
      rate("cache_read", "Prompt tokens read from a cache. Without it the input rate applies."),
      rate("cache_write_5m", "Prompt tokens written to a 5-minute cache. Without it the input rate applies."),
      rate(
        "cache_write_1h", "Prompt tokens written to a 1-hour cache. Without it the rate of 5-minute writes applies."),
    ]
  }()

  private static func common(_ from: JSONSchema, _ help: String) -> [Key] {
    [
      Key(name: "from", isRequired: true, schema: from, help: help),
      Key(
        name: "recorded", schema: .date,
        help: "The day on which this table learned of it. A correction of an entry has the same `from` and this."),
      Key(name: "source", schema: .text(), help: "The page on which it was read."),
      Key(name: "verified", schema: .date, help: "The day on which somebody last compared it with the source."),
      Key(
        name: "imported", schema: .defined("imported"),
        help: "In place of `verified`: the list that it was taken from, and when."),
    ]
  }

  private static let fromInstant = common(
    .defined("instant"),
    "From when it applies: a date (00:00 UTC) or a time such as 2026-08-16T16:00Z. Changing the past changes reports.")
  private static let fromDay = common(.date, "The first day (UTC) on which it applies.")
  private static let ends = Key(
    name: "ends", isRequired: true, schema: JSONSchema([("const", .bool(true))]),
    help: "From here on there is no price or fee. Such an entry holds no figures.")
  private static let currencyKey = Key(
    name: "currency", schema: .currencyCode,
    help: "The currency of the amounts, where that is not USD; `currencies` has to say what it is worth.")

  /// A model's price from an instant on.
  static let price =
    FileShape(what: "a price", keys: fromInstant)
    + (rates + [
      Key(
        name: "tiers", schema: .list(of: .defined("tier")),
        help: "Rates of long prompts: they apply to the whole request. Tiers or windows, not both."),
      Key(
        name: "windows", schema: .list(of: .defined("window")),
        help: "Rates by time of day, such as peak hours. Tiers or windows, not both."),
      Key(
        name: "modifiers", schema: .defined("modifiers"),
        help: "What multiplies the rates while this price applies, where that is not what the model says."),
      currencyKey,
    ])

  /// Where an entry was taken from.
  static let imported = FileShape(
    what: "imported",
    keys: [
      Key(name: "from", isRequired: true, schema: .text(), help: "The list's name, such as genai-prices."),
      Key(name: "version", schema: .text(), help: "The list's version."),
      Key(name: "on", isRequired: true, schema: .date, help: "The day on which it was read."),
    ])

  /// What multiplies a model's rates.
  static let modifiers = FileShape(
    what: "modifiers",
    keys: [
      Key(name: "fast", schema: .factor, help: "`speed: fast`.", isAmount: true),
      Key(name: "us", schema: .factor, help: "`inference_geo: us`.", isAmount: true),
      Key(name: "batch", schema: .factor, help: "The batch interface.", isAmount: true),
      Key(name: "priority", schema: .factor, help: "`service_tier: priority`.", isAmount: true),
      Key(name: "flex", schema: .factor, help: "`service_tier: flex`.", isAmount: true),
    ])

  /// What calls of server tools cost.
  static let callFees = FileShape(
    what: "fees",
    keys: [Key(name: "web_search", schema: .amount, help: "USD a web search.", isAmount: true)])

  /// The end of a model's prices.
  static let endOfPrice = FileShape(what: "an end", keys: fromInstant + [ends])

  /// Rates of long prompts.
  static let tier =
    FileShape(
      what: "a tier",
      keys: [
        Key(
          name: "above_input_tokens", isRequired: true, schema: .integer(1...1_000_000_000_000),
          help: "Applies where the prompt, cached parts included, is longer than this many tokens.")
      ]) + rates

  /// Rates by time of day.
  static let window =
    FileShape(
      what: "a window",
      keys: [
        Key(
          name: "utc", isRequired: true, schema: .hours,
          help: "The hours, UTC: \"01:00-04:00\". An end before the start is on the next day."),
        Key(
          name: "days", schema: .text(pattern: Self.daysPattern),
          help: "The days of the week on which it starts: mon-fri, or sat,sun. Every day without this."),
      ]) + rates

  private static let daysPattern: String = {
    let day = "[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn]"
    let part = " *(\(day)) *(- *(\(day)) *)?"
    return "^\(part)(,\(part))*$"
  }()

  static let plan = FileShape(
    what: "a plan",
    keys: [
      Key(name: "plan", isRequired: true, schema: .text(), help: "The plan's name in reports."),
      Key(
        name: "kind", isRequired: true, schema: .choice(PlanKind.allCases.map(\.rawValue)),
        help: "`subscription` for a flat fee, `self_hosted` for own hardware and power."),
      Key(
        name: "models", isRequired: true, schema: .list(of: .text()),
        help: """
          The models that it covers: this file's provider's own, or provider/model. `*` stands for any characters. \
          They keep their prices, for traffic outside the plan and to compare with.
          """),
      Key(
        name: "billing_day", schema: .integer(1...31),
        help: "The day of the month on which the fee is due; 1 without this."),
      Key(
        name: "excluded_modes", schema: .list(of: .choice(PriceModifiers.modes)),
        help: "Modes of calls that the fee does not pay for, such as fast: they are priced by the token."),
      Key(name: "fees", isRequired: true, schema: JSONSchema([]), help: "Fees, the oldest first."),
    ],
    retired: [
      "offered": "every plan is only an offer now: remove this line, and say under `subscriptions` which plans are paid"
    ])

  /// A plan that somebody pays for.
  static let subscription = FileShape(
    what: "a subscription",
    keys: [
      Key(name: "plan", isRequired: true, schema: .text(), help: "The plan's name under `plans`."),
      Key(name: "from", isRequired: true, schema: .date, help: "The first day that is paid for."),
      Key(name: "until", schema: .date, help: "The last day that is paid for; without it, it still runs."),
      Key(
        name: "seats", schema: .integer(1...1_000_000),
        help: "How many people it is paid for; without it as many as the plan says."),
      Key(
        name: "fee", schema: .amount, help: "USD a month and seat, where that is not the plan's own fee.",
        isAmount: true),
    ])

  /// What a dated alias stands for from an instant on.
  static let successor = FileShape(
    what: "a successor",
    keys: [
      Key(
        name: "from", isRequired: true, schema: .defined("instant"),
        help: "From when the alias stands for the model: a date (00:00 UTC) or a time."),
      Key(
        name: "model", isRequired: true, schema: .text(),
        help: "The model: this file's provider's own, or provider/model."),
    ])

  /// What a subscription costs from a day on.
  static let subscriptionFee =
    FileShape(what: "a fee of kind subscription", keys: fromDay) + [
      Key(name: "monthly", schema: .amount, help: "USD a month and seat. Monthly or annual, not both.", isAmount: true),
      Key(name: "annual", schema: .amount, help: "USD a year and seat, paid at once.", isAmount: true),
      Key(name: "seats", schema: .integer(1...1_000_000), help: "How many seats are paid; 1 without this."),
      Key(
        name: "included_tokens", schema: .integer(1...1_000_000_000_000_000),
        help: "Tokens a month that the fee includes; without it, all."),
      Key(
        name: "overage_per_million", schema: .defined("rate"),
        help: "USD a million tokens beyond the included ones.", isAmount: true),
      currencyKey,
    ]

  /// What own hardware costs from a day on.
  static let hardwareFee =
    FileShape(what: "a fee of kind self_hosted", keys: fromDay) + [
      Key(name: "hardware", isRequired: true, schema: .amount, help: "The purchase price, USD.", isAmount: true),
      Key(
        name: "amortisation_months", isRequired: true, schema: .integer(1...600),
        help: "Over how many months the price is spread."),
      Key(name: "watts", isRequired: true, schema: .integer(0...1_000_000), help: "Power while in use."),
      Key(
        name: "utilisation_hours_per_day",
        schema: .any([
          JSONSchema([("type", .string("number")), ("minimum", .count(0)), ("maximum", .count(24))]),
          .text(pattern: #"^0*(([0-9]|1[0-9]|2[0-3])(\.[0-9]{1,3})?|24(\.0{1,3})?)$"#),
        ]), help: "Hours a day at that power, at most three places; 24 without this."),
      Key(
        name: "tariff_per_kwh", isRequired: true, schema: .amount, help: "USD a kilowatt-hour.", isAmount: true),
      Key(
        name: "other_monthly", schema: .amount, help: "Other costs a month, such as a rack or a line, USD.",
        isAmount: true),
      Key(
        name: "tokens_per_second", schema: .integer(1...1_000_000_000),
        help: "What it makes at full load; the report then says how many hours a day the traffic needs."),
      currencyKey,
    ]

  /// The end of a plan.
  static let endOfFee = FileShape(what: "an end", keys: fromDay + [ends])

  static let currency = FileShape(
    what: "a currency",
    keys: [
      Key(
        name: "currency", isRequired: true,
        schema: .text(pattern: "^(?!USD)[A-Z]{3}$"),
        help: "Its code, such as EUR."),
      Key(
        name: "rates", isRequired: true, schema: .list(of: .defined("currency_rate")),
        help: "What one unit is worth, the oldest first."),
    ])

  /// What a currency is worth from a day on.
  static let currencyRate = FileShape(
    what: "a rate",
    keys: [
      Key(name: "from", isRequired: true, schema: .date, help: "The first day (UTC) on which it applies."),
      Key(
        name: "usd", isRequired: true,
        schema: .text(pattern: #"^(?!0+(\.0{1,5}|\.0{6}[0-9]*)?$)0*([0-9]{1,6}(\.[0-9]{1,12})?|1000000(\.0{1,12})?)$"#),
        help: "What one unit is worth, USD.", isAmount: true),
      Key(name: "source", schema: .text(), help: "The page on which it was read."),
      Key(name: "verified", schema: .date, help: "The day on which somebody last compared it with the source."),
    ])

  static let all = [
    file, model, modifiers, callFees, imported, successor, price, endOfPrice, tier, window, plan, subscription,
    subscriptionFee, hardwareFee, endOfFee,
    currency, currencyRate,
  ]
}

extension JSONSchema {
  /// An exact decimal, in quotes so that YAML makes no binary number of it.
  fileprivate static let amount = text(pattern: #"^0*([0-9]{1,9}(\.[0-9]{1,12})?|1000000000(\.0{1,12})?)$"#)
  fileprivate static let factor = text(pattern: #"^(?!0+(\.0+)?$)0*([0-9]{1,2}(\.[0-9]{1,6})?|100(\.0{1,6})?)$"#)
  /// A span of no length is none.
  fileprivate static let hours = text(
    pattern: #"^(?!(.{5})-\1$)([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"#)
  fileprivate static let currencyCode = text(pattern: "^[A-Z]{3}$")
}
