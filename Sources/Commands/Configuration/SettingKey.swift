import Audit
import Foundation
import Ledger
import Model

/// One key of the configuration: its name in the file (a dot stands for a level), its place in `Settings`, how its
/// text is read, and how it is shown and explained.
struct SettingKey: Sendable {
  /// Every key, in the order of `config show`.
  static let all: [SettingKey] = [
    SettingKey("logs", \.logs, .list(of: .path), "Files and folders that `ingest` and `run` read."),
    SettingKey(
      "router_config", \.routerConfig, .path,
      "The router's own configuration, which names providers where a log holds only their address."),
    SettingKey("ledger", \.ledger, .path, "The ledger's file."),
    SettingKey(
      "pricing", \.pricing, .optional(.path),
      "The folder of your own prices, which go before those within the program; without it, "
        + "~/.config/ccr-audit/pricing.",
      absent: "built in"),
    SettingKey(
      "builtin", \.builtIn, .flag, "Whether the built-in prices apply where your own say nothing."
    ),
    SettingKey(
      "subscriptions", \.subscriptions, .subscriptions,
      "The plans that are paid for: the plan's name in the pricing table, and the first day. Nothing else is charged."),
    SettingKey(
      "budgets", \.budgets, .budgets,
      "What is to be spent at most: an amount in dollars a day, week or month, of everything, a provider, a model, a plan "
        + "or an origin. Reports show it, messages tell when a share of it is reached, `check --budgets` fails above it."
    ),
    SettingKey(
      "history", \.history, .path,
      "The history's file, to which `run` appends; or a folder, in which each origin has a file of its own."),
    SettingKey(
      "origin", \.origin, .optional(.origin),
      "Whose records those in the history are: a name that you choose; without it a random id of the ledger.",
      absent: "the ledger's own id"),
    SettingKey(
      "scope", \.scope, .optional(.choice()),
      "Which traffic counts: through a router (routed), straight to its provider (direct), or all; without it routed "
        + "traffic, or direct where nothing was routed.", absent: "routed, else direct"),
    SettingKey(
      "retention_days", \.retentionDays, .optional(.positiveCount),
      "How many days before today the ledger keeps each request; without it all. Sums are kept for ever."),
    SettingKey("baseline", \.baseline, .model, "The model that everything is compared with, provider/model."),
    SettingKey(
      "other_baselines", \.otherBaselines, .list(of: .model),
      "Other models that reports compare with too; they decide nothing."),
    SettingKey(
      "ratio", \.ratio, .choice(),
      "Which ratio decides in reports, alerts, advice, history and check: of the observed tokens (plain), or against a "
        + "baseline that caches prompts (cached)."),
    SettingKey("cache_life", \.cacheLife, .choice(), "How long the caching baseline's cache lives."),
    SettingKey(
      "currency", \.currency, .currency, "The code of the currency that people read; needs a rate in the table."),
    SettingKey("timezone", \.timeZone, .timeZone, "The zone that days are counted in, such as Asia/Seoul."),
    SettingKey(
      "thresholds.max_ratio", \.maxRatio, .positiveDecimal,
      "The ratio above which a model is alerted of and fails `check`."),
    SettingKey(
      "thresholds.min_requests", \.minRequests, .count, "How many requests a model must have to be judged."),
    SettingKey("thresholds.min_cost_usd", \.minCostUSD, .decimal, "What a model must cost to be judged, USD."),
    SettingKey(
      "thresholds.min_coverage", \.minCoverage, .share,
      "The share of answered requests that must be measured and priced: 0.95 or 95%."),
    SettingKey(
      "policy.max_ratio", \.policy.maxRatio, .optional(.positiveDecimal),
      "`check`: the ratio that a per-token model may have; without it thresholds.max_ratio.",
      absent: "as thresholds.max_ratio"),
    SettingKey(
      "policy.max_increase", \.policy.maxIncrease, .optional(.growth),
      "`check`: by how much of itself a ratio may grow against the base: 10% or 0.1. Needs a base."),
    SettingKey(
      "policy.base", \.policy.base, .optional(.pathOrRevision),
      "`check`: what to compare with: a history file, a pricing folder, or git:REF."),
    SettingKey(
      "policy.window", \.policy.window, .window,
      "`check`: the days to judge, back from the newest record: 7d, 4w, all."),
    SettingKey(
      "policy.min_requests", \.policy.minRequests, .optional(.count),
      "`check`: how many measured requests a model must have to be judged; without it thresholds.min_requests.",
      absent: "as thresholds.min_requests"),
    SettingKey(
      "policy.min_cost_usd", \.policy.minCostUSD, .optional(.decimal),
      "`check`: what a model must cost to be judged, USD; without it thresholds.min_cost_usd.",
      absent: "as thresholds.min_cost_usd"),
    SettingKey(
      "policy.min_coverage", \.policy.minCoverage, .optional(.share),
      "`check`: the share of answered requests that must be measured and priced; without it thresholds.min_coverage.",
      absent: "as thresholds.min_coverage"),
    SettingKey(
      "policy.fail_on_unpriced", \.policy.failsOnUnpriced, .flag,
      "`check`: whether a model without a price makes the check impossible; else it is a warning."),
    SettingKey(
      "policy.only_new", \.policy.onlyNew, .flag,
      "`check`: whether a model that is above the limit on the base too is only reported. Needs a base."),
    SettingKey(
      "thresholds.silent_hours", \.silentHours, .optional(.positiveCount),
      "After how many hours without a new request `run` tells people; without it never."),
    SettingKey(
      "fleet.url", \.fleet.url, .optional(.webAddress),
      "The ClickHouse server that many machines' requests are added up on: https://host:port/DATABASE."),
    SettingKey("fleet.user", \.fleet.user, .optional(.origin), "Who we are to the fleet's server."),
    SettingKey(
      "fleet.password_file", \.fleet.passwordFile, .optional(.secretFile),
      "The file (mode 0600) that holds that user's password; CCR_AUDIT_FLEET_PASSWORD holds it itself."),
    SettingKey(
      "fleet.salt_file", \.fleet.saltFile, .optional(.secretFile),
      "The file (mode 0600) with the secret that all machines of a team share; ids leave this machine only as hashes with "
        + "it."),
    SettingKey("fleet.team", \.fleet.team, .optional(.origin), "Whose machine this is, for `report --by team`."),
    SettingKey(
      "fleet.names", \.fleet.names, .choice(),
      "How the names of machine (`origin`) and team are sent: hashed, or as they are (plain)."),
    SettingKey(
      "slack.webhook_url_file", \.webhookFile, .optional(.secretFile),
      "The file (mode 0600) that holds the webhook's URL; the URL itself never stands here."),
    SettingKey("slack.recovered", \.tellsRecovered, .flag, "Whether a message says that a model is cheaper again."),
    SettingKey("slack.plans", \.tellsPlans, .flag, "Whether a message says that a plan began to lose money."),
    SettingKey(
      "heartbeat_url_file", \.heartbeatFile, .optional(.secretFile),
      "The file (mode 0600) that holds a URL to get after a good run."),
    SettingKey(
      "prometheus_textfile", \.prometheusFile, .optional(.path), "The file for node_exporter's textfile collector."),
    SettingKey(
      "report_url", \.reportURL, .optional(.webAddress),
      "Where the report's page can be read, for messages: an http or https address."),
    SettingKey(
      "names", \.names, .choice(),
      "How the ledger keeps the names of projects, the folders that a client ran in: hashed, or as they are (plain)."),
    SettingKey(
      "html", \.html, .optional(.path),
      "The file that `run` writes a page of the day into; one of the last 30 days stands beside it as NAME-30-days."),
    SettingKey("catch_up_days", \.catchUpDays, .count, "How many missed days one run catches up at the most."),
    SettingKey(
      "color", \.color, .choice(), "When to colour: on a terminal (auto), always, never.",
      shared: Self.sharedColorVariable),
  ]

  let name: String
  let property: any PartialKeyPath<Settings> & Sendable
  let isList: Bool
  /// Whether a value is made of keys and values itself.
  let isMapping: Bool
  /// What it is for, in a sentence for editors.
  let help: String
  /// What people read where it has no value.
  let absent: String
  /// What an editor takes for a value.
  let schema: JSONSchema
  /// Reads a value that other programs share, such as `NO_COLOR`: the variable, and the text it stands for.
  let shared: @Sendable (Context) -> (variable: String, text: String)?
  let apply: @Sendable (inout Settings, RawSetting, PathBase) throws(ConfigurationError) -> Void
  let show: @Sendable (Settings) -> (values: [String], origin: Origin)

  private init<Value: Sendable>(
    _ name: String, _ property: any WritableKeyPath<Settings, Sourced<Value>> & Sendable, _ type: SettingType<Value>,
    _ help: String, absent: String = "none",
    shared: @escaping @Sendable (Context) -> (variable: String, text: String)? = { _ in nil }
  ) {
    self.name = name
    self.property = property
    self.isList = type.isList
    self.isMapping = type.isMapping
    self.help = help
    self.absent = absent
    self.schema = type.schema
    self.shared = shared
    self.apply = { settings, raw, base throws(ConfigurationError) in
      do throws(SettingProblem) {
        guard type.isList || raw.texts.count == 1 else { throw SettingProblem("must be one value, not a list") }
        settings[keyPath: property] = Sourced(try type.read(raw.texts, base), raw.origin)
      } catch {
        let place = error.entry.flatMap { raw.places.indices.contains($0) ? raw.places[$0] : nil }
        throw .invalidValue(key: name, problem: error.sentence, origin: place ?? raw.origin)
      }
    }
    self.show = { (type.show($0[keyPath: property].value), $0[keyPath: property].origin) }
  }

  /// The variable that sets it.
  var variable: String { "CCR_AUDIT_" + name.uppercased().replacing(".", with: "_") }

  private static func sharedColorVariable(_ context: Context) -> (variable: String, text: String)? {
    if context.variable("NO_COLOR") != nil { return ("NO_COLOR", ColorChoice.never.rawValue) }
    if let force = context.variable("CLICOLOR_FORCE"), force != "0" {
      return ("CLICOLOR_FORCE", ColorChoice.always.rawValue)
    }
    return nil
  }
}

/// A value as somebody wrote it.
struct RawSetting: Sendable {
  var texts: [String]
  var origin: Origin
  /// Where each of the texts stands, where these are several places.
  var places: [Origin] = []
}

/// A flag's value for a setting.
package struct FlagValue: Sendable {
  let property: any PartialKeyPath<Settings> & Sendable
  let raw: RawSetting

  /// - Parameters:
  ///   - property: the setting.
  ///   - flag: the flag as the user writes it (`--ledger`).
  ///   - texts: what the user wrote after it; more than one only for a list.
  package init(_ property: any PartialKeyPath<Settings> & Sendable, _ flag: String, _ texts: [String]) {
    self.property = property
    self.raw = RawSetting(texts: texts, origin: .flag(flag))
  }
}
