package import Audit
package import Foundation
package import Pricing
package import Ledger
import Reading
package import Model

/// What is in force, each value with the place it comes from. To add a setting: a property here with its default
/// below, and an entry in `SettingKey.all`.
package struct Settings: Sendable {
  /// The configuration file.
  package var config: Sourced<String>
  /// Whether the configuration file is there; only the default one may be missing.
  package var configExists = false

  /// Files and folders that `ingest` and `run` read.
  package var logs: Sourced<[String]>
  /// The router's own configuration, which names providers where a log holds only their URL.
  package var routerConfig: Sourced<String>
  /// The ledger's file.
  package var ledger: Sourced<String>
  /// The folder of the user's own prices; `nil` for the one beside the configuration, where there is one.
  package var pricing: Sourced<String?>
  /// Whether the prices within the program lie below the folder's.
  package var builtIn: Sourced<Bool>
  /// The plans that are paid for, beside those that the pricing table's files name.
  package var subscriptions: Sourced<[Subscription]>
  /// Amounts to stay below.
  package var budgets: Sourced<[Budget]> = Sourced([])
  /// After how many hours without a new request people are told; `nil` for never.
  package var silentHours: Sourced<Int?> = Sourced(nil)
  /// The history's file, or a folder of such files, one an origin.
  package var history: Sourced<String>
  /// Whose records the history's are; `nil` for the ledger's own id.
  package var origin: Sourced<String?> = Sourced(nil)
  /// Which traffic counts; `nil` for routed traffic, or else direct.
  package var scope: Sourced<TrafficScope?> = Sourced(nil)
  /// How many days before today the ledger keeps each request; `nil` for all. Sums are kept for ever.
  package var retentionDays: Sourced<Int?>
  /// The model that everything is compared with.
  package var baseline: Sourced<ModelID>
  /// Other models that reports compare with too; they decide nothing.
  package var otherBaselines: Sourced<[ModelID]>
  /// Which ratio decides: of the observed tokens, or of a baseline that caches prompts.
  package var ratio: Sourced<RatioKind>
  /// How long the caching baseline's cache lives.
  package var cacheLife: Sourced<CacheLife>
  /// The code of the currency that people read.
  package var currency: Sourced<String>
  /// The zone that days are counted in.
  package var timeZone: Sourced<TimeZone>
  /// The ratio above which a model fails.
  package var maxRatio: Sourced<Decimal>
  /// How many requests a model must have to be judged.
  package var minRequests: Sourced<Int>
  /// What a model must cost to be judged, USD.
  package var minCostUSD: Sourced<Decimal>
  /// The share of requests, 0 to 1, that must be measured and priced.
  package var minCoverage: Sourced<Decimal>
  /// The rules of `check`.
  package var policy = PolicySettings()
  /// The server that many machines' requests are added up on.
  package var fleet = FleetSettings()
  /// The file that holds the webhook's URL; `nil` for none.
  package var webhookFile: Sourced<String?>
  /// Whether a message says that a model is cheaper again.
  package var tellsRecovered: Sourced<Bool>
  /// Whether a message says that a plan began to lose money.
  package var tellsPlans = Sourced(false)
  /// The file that holds a URL to get after a good run; `nil` for none.
  package var heartbeatFile: Sourced<String?>
  /// The file for node_exporter's textfile collector; `nil` for none.
  package var prometheusFile: Sourced<String?>
  /// Where the whole report can be read, for messages; `nil` for nowhere.
  package var reportURL: Sourced<String?> = Sourced(nil)
  /// How names of projects are kept.
  package var names: Sourced<ProjectNames> = Sourced(.hashed)
  /// The file that `run` writes a page into; `nil` for none.
  package var html: Sourced<String?> = Sourced(nil)
  /// How many missed days one run catches up at the most.
  package var catchUpDays: Sourced<Int>
  /// Whether output is coloured.
  package var color: Sourced<ColorChoice>
}

extension Settings {
  /// What is in force where nobody says anything.
  package init(defaultsIn context: Context) {
    let router = "\(context.homeDirectory)/.claude-code-router"
    self.init(
      config: Sourced(context.defaultConfigPath),
      logs: Sourced(
        Sources.all.places(in: Surroundings(environment: context.environment, home: context.homeDirectory))),
      routerConfig: Sourced("\(router)/config.json"),
      ledger: Sourced("\(context.dataDirectory)/ledger.sqlite"),
      pricing: Sourced(nil),
      builtIn: Sourced(true),
      subscriptions: Sourced([]),
      history: Sourced("\(context.dataDirectory)/history.jsonl"),
      retentionDays: Sourced(nil),
      baseline: Sourced(ModelID(provider: "anthropic", model: "claude-sonnet")),
      otherBaselines: Sourced([]),
      ratio: Sourced(.plain),
      cacheLife: Sourced(.fiveMinutes),
      currency: Sourced("USD"),
      timeZone: Sourced(context.timeZone),
      maxRatio: Sourced(1),
      minRequests: Sourced(0),
      minCostUSD: Sourced(0),
      minCoverage: Sourced(0),
      webhookFile: Sourced(nil),
      tellsRecovered: Sourced(false),
      heartbeatFile: Sourced(nil),
      prometheusFile: Sourced(nil),
      catchUpDays: Sourced(31),
      color: Sourced(.auto))
  }

  /// Whether text for that stream is to be coloured.
  package func usesColor(on output: Output, in context: Context) -> Bool {
    switch color.value {
    case .always: true
    case .never: false
    case .auto: output.isTerminal && context.environment["TERM"] != "dumb"
    }
  }
}

/// When to colour.
package enum ColorChoice: String, CaseIterable, Sendable {
  /// On a terminal.
  case auto
  case always
  case never
}

extension Settings {
  /// A rule's own value, else the threshold that all commands share.
  func rule<Value>(
    _ own: KeyPath<PolicySettings, Sourced<Value?>>, else shared: KeyPath<Settings, Sourced<Value>>
  ) -> Sourced<Value> {
    let rule = policy[keyPath: own]
    return rule.value.map { Sourced($0, rule.origin) } ?? self[keyPath: shared]
  }
}

extension Settings {
  /// The places of records that somebody named and that are not there. Not every program of the usual ones is in use.
  var missingLogs: [String] { logs.origin == .default ? [] : logs.value.filter(Self.isMissing) }

  /// Whether a place is not there. What may not be looked at is, as far as anybody knows.
  static func isMissing(_ path: String) -> Bool {
    unsafe access(path, F_OK) != 0 && [ENOENT, ENOTDIR].contains(errno)
  }

  /// What to do where nothing was ever set up: there is neither a configuration nor a ledger. `nil` elsewhere.
  var beginning: String? {
    configExists || FileManager.default.fileExists(atPath: ledger.value)
      ? nil : "nothing is set up here yet: `ccr-audit init` looks for records and writes a configuration"
  }
}
