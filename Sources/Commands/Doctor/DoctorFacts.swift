import Audit
import Ledger
import Pricing
import Reading
import Model

/// Everything that the doctor judges, gathered beforehand.
struct DoctorFacts: Sendable {
  /// Which claude-code-router there is, as far as its files tell.
  enum RouterVersion: String, Sendable {
    case one = "1.x"
    case two = "2.x"
    case three = "3.x"
    /// It is configured, but has written nothing that tells.
    case oneOrTwo = "1.x or 2.x"
  }

  /// The router's `config.json`.
  enum RouterConfig: Sendable {
    case missing
    case unreadable(String)
    case found(RouterConfiguration)
  }

  /// A folder of transcripts.
  struct Transcripts: Sendable {
    var folder: String
    var files: [SourceFile]
    /// After how many days Claude Code deletes them.
    var cleanupDays: Int64
    /// Where that is configured.
    var settings: String
    /// What the client's settings, or else the doctor's own environment, tell it to do.
    var client = ClientSettings()
  }

  /// What Claude Code is told to do, as far as it decides what can be measured. Its keys are never read.
  struct ClientSettings: Sendable {
    /// The address that it calls instead of Anthropic's.
    var address: String?
    var isTelemetryOn = false
    /// `OTEL_LOGS_EXPORTER`.
    var logsExporter: String?
  }

  /// CC Switch's database.
  struct CCSwitch: Sendable {
    var path: String
    /// Requests of its proxy that were not read yet, and those of them that it is about to delete.
    var pending: Int
    var doomed: Int
  }

  /// A store, or why it cannot be read.
  enum Store: Sendable {
    case read(SourceStore)
    case failed(String)
  }

  /// A file or folder that is not its owner's alone.
  struct OpenFile: Sendable {
    var path: String
    var mode: Int
    var isFolder: Bool
    /// What others get to see there.
    var holds: String
    /// Whether that is secret.
    var isSecret: Bool
  }

  /// A provider that is paid by the token and gives out bills.
  struct Billed: Sendable {
    var provider: String
    /// Where its bill is to be had, for people.
    var export: String
    /// Its answered requests.
    var requests: Int
    /// Those without known tokens.
    var unmeasured: Int
    /// The models of these, those of most requests first.
    var unmeasuredModels: [String]
    /// The last day of the newest bill of money that was kept; `nil` where there is none.
    var lastBill: CivilDay?
    /// That of tokens alone.
    var lastTokens: CivilDay?
  }

  /// What a router says that a model's requests cost, beside what they cost.
  struct Claim: Sendable {
    var model: ModelID
    var requests = 0
    var claimed = Money.zero
    /// By the token.
    var audited = Money.zero
    /// Requests that a plan or nobody pays.
    var unbilled = 0
    var plans: Set<String> = []
    /// Requests without price or tokens, for which nothing can be compared.
    var incomparable = 0
  }

  /// What the ledger says.
  struct Ledger: Sendable {
    /// When something was last written to it, epoch milliseconds.
    var lastWritten: Int64
    var oddities = LedgerOddities()
    /// Sums that are not those of the requests.
    var wrongSums: [DifferingSums] = []
    var unpriced: [UnpricedModel] = []
    var claims: [Claim] = []
    var billed: [Billed] = []
  }

  /// Epoch milliseconds.
  var now: Int64
  /// Where the router's configuration is, or would be.
  var routerConfigPath: String
  var routerConfig = RouterConfig.missing
  /// `nil` where there is no router.
  var version: RouterVersion?
  /// Logs of claude-code-router 1.x and 2.x.
  var logs: [SourceFile] = []
  /// The paths of those that the router named, which it also deletes.
  var routersOwnLogs: Set<String> = []
  var stores: [Store] = []
  var transcripts: [Transcripts] = []
  /// Logs of free-claude-code before 6.
  var proxyLogs: [SourceFile] = []
  /// Logs of free-claude-code 6.
  var freeClaudeCodeLogs: [SourceFile] = []
  /// Its log level, where one is set, and where that stands.
  var freeClaudeCodeLevel: String?
  var freeClaudeCodeSettings = ""
  /// CC Switch's databases.
  var ccSwitchStores: [CCSwitch] = []
  /// Files in the places that are packed by a program whose files are not unpacked here, in words.
  var packed: [String] = []
  /// Places that the configuration names and that are not there.
  var missingPlaces: [String] = []
  /// Places that exist but cannot be looked into, in words.
  var unreadable: [String] = []
  /// The places that an ingest reads by itself.
  var configuredPlaces: [String]
  /// `nil` where nothing was ever ingested.
  var ledger: Ledger?
  var openFiles: [OpenFile] = []
}
