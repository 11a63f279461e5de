import Audit
import Model

/// The JSON Schemas of what programs read. Members may be added to an output, so a schema allows more than it names; it
/// demands what is there from the first version on.
package enum OutputSchemas {
  /// Of `report --format json`.
  package static var report: String {
    document(
      "ccr-audit report",
      of: head + [
        (
          "baseline",
          object(model + [("configured", .string), ("stood_for", .list(object(model + [("from", .instant)])))])
        ),
        ("other_baselines", .list(object(model))), ("judged_by", .choice(RatioKind.allCases.map(\.rawValue))),
        ("pricing", object([("version", .string), ("sha256", .string), ("known_on", .day.orNull)])),
        (
          "coverage",
          object(
            ["requests", "measured", "estimated", "unknown", "unpriced", "failed"].map { ($0, .count) } + [
              ("share", .ratio.orNull), ("usage_sources", usageSources),
            ])
        ), ("grouped_by", .choice(Grouping.allCases.map(\.rawValue))), ("models", .list(row)),
        ("rows_left_out", .count), ("plans", .list(plan)), ("totals", money(totals)), ("recorded", recorded.orNull),
        (
          "corrections",
          .list(
            object(
              model + [("before", correction), ("after", correction)]))
        ), ("currency", object([("code", .string), ("usd", .money), ("from", .day)]).orNull),
        ("estimate", anything.orNull), ("not_measured", .list(object(model + unmeasured))),
      ] + scope)
  }

  /// Of `history --format json`.
  package static var history: String {
    let day = object([
      ("day", .day), ("cost_usd", .money), ("baseline_cost_usd", .money), ("ratio", .ratio.orNull),
    ])
    let directions: [TrendDirection] = [.improving, .worsening, .steady, .unknown]
    return document(
      "ccr-audit history",
      of: [
        ("schema_version", .version), ("generated_at", .instant),
        ("period", object([("since", .day.orNull), ("until", .day.orNull)])),
        ("grouped_by", .choice(["model", "origin"])),
        (
          "models",
          .list(
            object(
              model + [
                ("origin", JSONSchema.string.orNull), ("requests", .count), ("measured", .count), ("failed", .count),
                ("first_ratio", .ratio.orNull), ("latest_ratio", .ratio.orNull),
                ("direction", .choice(directions.map(\.rawValue))), ("days", .list(day)),
              ]))
        ),
        (
          "plans",
          .list(
            object([
              ("plan", .string), ("period_fee_usd", .money), ("period_baseline_cost_usd", .money.orNull),
              ("ratio", .ratio.orNull),
            ]))
        ),
      ] + scope)
  }

  /// Of `check --format json`.
  package static var check: String {
    document(
      "ccr-audit check",
      of: [
        ("schema_version", .version), ("outcome", .choice(["passed", "failed", "unjudged"])), ("period", period),
        ("baseline", object(model)), ("pricing", object([("sha256", .string)])),
        (
          "rules",
          object([
            ("max_ratio", .money), ("max_increase", .ratio.orNull), ("min_requests", .count), ("min_cost_usd", .money),
            ("min_coverage", .ratio.orNull), ("fail_on_unpriced", .flag), ("only_new", .flag),
            ("budgets", .flag), ("reconciled_within_days", .count.orNull),
          ])
        ),
        (
          "comparison",
          object([
            ("made", .flag), ("reset", JSONSchema.string.orNull), ("base_pricing", JSONSchema.string.orNull),
          ])
        ), ("coverage", .ratio.orNull), ("judged_by", .string),
        (
          "models",
          .list(
            object(
              model + billing + [
                ("requests", .count), ("measured", .count), ("assumed", .flag), ("cost_usd", .money.orNull),
                ("baseline_cost_usd", .money.orNull), ("ratio", .ratio.orNull), ("ratio_low", .ratio.orNull),
                ("ratio_high", .ratio.orNull), ("base_ratio", .ratio.orNull),
                ("status", .string),
              ]))
        ),
        (
          "budgets",
          .list(
            object([
              ("name", .string), ("period", .choice(Budget.Period.allCases.map(\.rawValue))), ("since", .day),
              ("until", .day), ("amount_usd", .money), ("spent_usd", .money), ("share", .ratio.orNull),
              ("requests_without_cost", .count), ("over", .flag),
            ]))
        ),
        (
          "bills",
          .list(
            object([("provider", .string), ("since", .day), ("last_bill", .day.orNull), ("reconciled", .flag)]))
        ),
        ("messages", .list(object([("level", .string), ("title", .string), ("text", .string)]))),
      ] + scope)
  }

  private typealias Members = [(String, JSONSchema)]

  private static func document(_ title: String, of members: Members) -> String {
    object(members).document(title: title)
  }

  /// An object that has to have these members, and may have more.
  private static func object(_ members: Members) -> JSONSchema {
    JSONSchema([
      ("type", .string("object")), ("properties", .object(members.map { ($0, $1.json) })),
      ("required", .array(members.map { .string($0.0) })),
    ])
  }

  private static func money(_ names: [String]) -> JSONSchema { object(names.map { ($0, .money.orNull) }) }

  private static let anything = JSONSchema([("type", .string("object"))])
  private static let model: Members = [("provider", .string), ("model", .string)]
  private static let billing: Members = [
    ("billing", JSONSchema.choice(["per_token", "subscription", "self_hosted", "free"]).orNull),
    ("plan", JSONSchema.string.orNull),
  ]
  private static let period = object([("since", .day), ("until", .day), ("timezone", .string)])
  private static let head: Members = [("schema_version", .version), ("generated_at", .instant), ("period", period)]
  private static let scope: Members = [
    ("scope", .choice(TrafficScope.allCases.map(\.rawValue))), ("scope_stands_in", .flag),
    (
      "left_out",
      object([
        ("scope", .string), ("requests", .count), ("measured", .count), ("tokens", .count), ("option", .string),
      ]).orNull
    ),
  ]
  private static let usageSources = object(
    ["upstream", "router", "client", "estimated", "unknown"].map { ($0, .count) })
  private static let tokens = object((TokenClass.allCases.map(\.rawValue) + ["reasoning"]).map { ($0, .count) })
  /// Why requests are not measured, and the least that went into those of which something is known.
  private static let unmeasured: Members = [
    (
      "reasons",
      .list(object([("code", JSONSchema.string.orNull), ("reason", .string), ("requests", .count)]))
    ), ("at_least", object([("requests", .count), ("tokens", tokens)]).orNull),
  ]
  private static let recorded = object([
    ("since", .day), ("days", .count), ("of_days", .count), ("days_without_requests", .count.orNull),
  ])
  private static let correction = object([
    ("cost_usd", .money.orNull), ("baseline_cost_usd", .money.orNull), ("ratio", .ratio.orNull),
  ])
  private static let totals = [
    "cost_usd", "cost_usd_low", "cost_usd_high", "baseline_cost_usd", "baseline_cost_usd_low", "baseline_cost_usd_high",
    "saved_usd", "saved_usd_low", "saved_usd_high", "per_token_cost_usd", "plan_fees_usd", "baseline_cached_cost_usd",
    "saved_cached_usd",
  ]

  private static var row: JSONSchema {
    let verdicts = ["cheaper", "dearer", "equal", "uncertain", "plan", "free", "unpriced", "no_usage"]
    let amounts: Members = [
      "cost_usd", "baseline_cost_usd", "baseline_cached_cost_usd", "cost_usd_low", "cost_usd_high",
      "baseline_cost_usd_low", "baseline_cost_usd_high",
    ].map { ($0, .money.orNull) }
    let ratios: Members = ["ratio", "ratio_cached", "ratio_low", "ratio_high"].map { ($0, .ratio.orNull) }
    let counts: Members = [
      "requests", "measured", "failed", "unknown", "unpriced", "baseline_unpriced", "split_unknown", "assumed_requests",
    ].map { ($0, .count) }
    let fallback = object(
      model + [("class", .string), ("priced_as", .string), ("tokens", .count)])
    return object(
      model + billing + counts + amounts + ratios + [
        ("tokens", tokens), ("usage_sources", usageSources), ("verdict", .choice(verdicts)),
        ("verdict_cached", JSONSchema.choice(verdicts).orNull),
        (
          "other_baselines",
          .list(object(model + [("baseline_cost_usd", .money.orNull), ("ratio", .ratio.orNull)]))
        ), ("baseline_token_factor", .string), ("rate_fallbacks", .list(fallback)), ("plans_offered", .list(.string)),
        ("nearest", .list(.string)), ("assumed", .flag), ("estimated", anything.orNull),
        ("not_measured", object(unmeasured).orNull),
      ])
  }

  private static var plan: JSONSchema {
    let amounts: Members = [
      "monthly_fee_usd", "baseline_cost_usd", "projected_monthly_baseline_usd", "period_fee_usd", "overage_usd",
      "projected_low_usd", "projected_high_usd", "period_baseline_cost_usd", "period_baseline_cached_cost_usd",
      "baseline_cached_cost_usd", "projected_monthly_baseline_cached_usd",
    ].map { ($0, .money.orNull) }
    let ratios: Members = ["utilisation", "ratio", "ratio_cached", "utilisation_cached"].map { ($0, .ratio.orNull) }
    let counts: Members = ["requests", "measured", "months_below", "seats"].map { ($0, .count) }
    let tokens: Members = [
      "break_even_tokens_nominal", "break_even_tokens_actual_mix", "break_even_tokens_actual_mix_cached",
      "included_tokens",
    ].map { ($0, .count.orNull) }
    return object(
      amounts + ratios + counts + tokens + [
        ("plan", .string), ("billing", .choice(["subscription", "self_hosted"])), ("models", .list(.string)),
        ("status", .string), ("month", .string), ("month_since", .day), ("month_until", .day),
        ("advice", JSONSchema.string.orNull), ("recorded", recorded.orNull), ("hardware", anything.orNull),
      ])
  }
}

extension JSONSchema {
  fileprivate static let string = JSONSchema([("type", .string("string"))])
  fileprivate static let flag = JSONSchema([("type", .string("boolean"))])
  fileprivate static let count = integer(0...)
  fileprivate static let version = JSONSchema([("const", .count(1))])
  fileprivate static let day = date
  fileprivate static let instant = JSONSchema([
    ("type", .string("string")), ("format", .string("date-time")), ("pattern", .string("Z$")),
  ])
  /// An exact decimal without exponent.
  fileprivate static let money = JSONSchema([
    ("type", .string("string")), ("pattern", .string(#"^-?[0-9]+(\.[0-9]+)?$"#)),
  ])
  /// Six places.
  fileprivate static let ratio = JSONSchema([
    ("type", .string("string")), ("pattern", .string(#"^[0-9]+\.[0-9]{6}$"#)),
  ])

  /// A list that may be empty.
  fileprivate static func list(_ element: JSONSchema) -> JSONSchema {
    JSONSchema([("type", .string("array")), ("items", element.json)])
  }

  /// Or `null`.
  fileprivate var orNull: JSONSchema { .any([self, JSONSchema([("type", .string("null"))])]) }
}
