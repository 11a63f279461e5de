import Ledger
import Model
import Pricing

/// Keeping the ledger as long as `retention_days` says, for `ledger prune` and for `run`.
struct Retention {
  /// The first day of which rows are kept.
  let firstDay: CivilDay
  private let workspace: Workspace

  /// `nil` where all is kept.
  init?(_ workspace: Workspace) {
    guard let days = workspace.settings.retentionDays.value else { return nil }
    let zone = workspace.settings.timeZone.value
    self.firstDay = CivilDay(milliseconds: workspace.context.now(), in: zone).advanced(by: -min(days, 1_000_000))
    self.workspace = workspace
  }

  private var instant: Int64 { firstDay.start(in: workspace.settings.timeZone.value) }

  /// How many requests are too old.
  func count() throws(CommandFailure) -> Int {
    try workspace.exclusively { ledger throws(LedgerError) in try ledger.requests(before: instant) }
  }

  /// Removes them; waits for the lock of `ingest`.
  /// - Returns: how many that were.
  func prune() throws(CommandFailure) -> Int {
    let prices = try workspace.prices()
    let providers = ProviderNames(configuration: try workspace.routerConfiguration(), prices: { prices })
    return try workspace.exclusively { ledger throws(LedgerError) in
      try ledger.prune(
        before: instant, grain: prices.grain, keepingUnsent: workspace.settings.fleet.url.value != nil,
        provider: providers.name)
    }
  }
}
