import Model

/// The JSON Schema of a file of `pricing/`, made of the same tables of keys as the reader.
package enum PricingSchema {
  /// The schema as a file.
  package static var text: String {
    let kinds = JSONSchema.object(FileShape.file)
      .with(
        (
          "if",
          rule(
            ("minProperties", .count(1)),
            ("propertyNames", rule(("enum", names(["currencies", "subscriptions"])))))
        ),
        (
          "else",
          rule(
            ("required", names(["provider"])),
            ("anyOf", .array(["models", "plans", "hosts", "aliases"].map { needs($0) })))
        ))
    return kinds.described("Prices of a provider's models, and plans. Amounts are quoted.")
      .document(title: "ccr-audit pricing file", defining: definitions)
  }

  private static var definitions: [(String, JSONSchema)] {
    [
      (
        "rate",
        .text(pattern: #"^0*([0-9]{1,6}(\.[0-9]{1,6})?|1000000(\.0{1,6})?)$"#)
          .described("USD a million tokens, in quotes, at most six places: \"0.30\".")
      ),
      (
        "instant",
        .any([
          .date,
          .text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?Z$"),
        ])
      ),
      (
        "model",
        .object(.model).with(
          ("if", rule(("properties", constant("billing", "free")), ("required", names(["billing"])))),
          ("then", rule(("not", needs("prices")))),
          // A dated alias has nothing of its own.
          (
            "dependentSchemas",
            .object([
              (
                "succession",
                rule(
                  (
                    "not",
                    rule(("anyOf", .array([needs("prices"), needs("billing"), needs("baseline_token_factor")])))
                  ))
              )
            ])
          ))
      ),
      ("successor", .object(.successor)),
      ("subscription", .object(.subscription)),
      ("price", either(.defined("end_of_price"), or: .defined("rates"))),
      (
        "rates",
        .object(.price).with(
          ("not", rule(("required", names(["tiers", "windows"])))),
          // Where the entry itself has a class, a fall-back in a tier or window would be a guess.
          ("dependentSchemas", .object(["cache_read", "cache_write_5m", "cache_write_1h"].map { ($0, inParts($0)) })))
      ),
      ("end_of_price", .object(.endOfPrice)),
      ("imported", .object(.imported)),
      ("modifiers", .object(.modifiers)),
      ("call_fees", .object(.callFees)),
      ("tier", .object(.tier)),
      ("window", .object(.window)),
      (
        "plan",
        .object(.plan).with(
          ("if", rule(("properties", constant("kind", PlanKind.selfHosted.rawValue)))),
          ("then", fees("hardware_fee")), ("else", fees("subscription_fee")))
      ),
      (
        "subscription_fee",
        either(
          .defined("end_of_fee"),
          or: JSONSchema.object(.subscriptionFee).with(
            ("oneOf", .array([needs("monthly"), needs("annual")])),
            ("dependentRequired", .object([("overage_per_million", names(["included_tokens"]))]))))
      ),
      ("hardware_fee", either(.defined("end_of_fee"), or: .object(.hardwareFee))),
      ("end_of_fee", .object(.endOfFee)),
      ("currency", .object(.currency)),
      ("currency_rate", .object(.currencyRate)),
    ]
  }

  /// An entry that says `ends`, or one that holds figures.
  private static func either(_ end: JSONSchema, or entry: JSONSchema) -> JSONSchema {
    JSONSchema([("if", needs("ends")), ("then", end.json), ("else", entry.json)])
  }

  private static func inParts(_ name: String) -> JSONText {
    let parts = rule(("items", needs(name)))
    return rule(("properties", .object([("tiers", parts), ("windows", parts)])))
  }

  private static func fees(_ kind: String) -> JSONText {
    rule(("properties", .object([("fees", JSONSchema.list(of: .defined(kind)).json)])))
  }

  private static func rule(_ keywords: (String, JSONText)...) -> JSONText { .object(keywords) }
  private static func names(_ names: [String]) -> JSONText { .array(names.map { .string($0) }) }
  private static func needs(_ name: String) -> JSONText { rule(("required", names([name]))) }
  private static func constant(_ name: String, _ value: String) -> JSONText {
    .object([(name, rule(("const", .string(value))))])
  }
}

extension JSONSchema {
  fileprivate static func object(_ shape: FileShape) -> JSONSchema {
    object(
      shape.keys.map { ($0.name, $0.schema.described($0.help)) },
      required: shape.keys.filter(\.isRequired).map(\.name))
  }
}
