import ArgumentParser
import Ledger
import Pricing
import Report
import Model

/// `ccr-audit ledger prune`: sums instead of old rows.
struct LedgerPrune: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Replace the rows of old requests with their sums.",
    discussion: """
      Reports of days, models and routes stay exactly what they were; those by session lose what is pruned. Old logs \
      that are read again add nothing. `ledger vacuum` then gives the space back.

        ccr-audit ledger prune --days 90
      """)

  @Option(help: "How many days before today are kept; overrides `retention_days`. (default: all)")
  var days: String?

  @Flag(name: .customLong("dry-run"), help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let flags = days.map { [FlagValue(\.retentionDays, "--days", [$0])] } ?? []
    let workspace = try Workspace(options, in: context, flags: flags)
    guard let retention = Retention(workspace) else {
      workspace.notes.note("all requests are kept; `retention_days: N` or --days N says how many days are enough")
      return workspace.sayHowToBegin()
    }
    let count = dryRun ? try retention.count() : try retention.prune()
    workspace.notes.note(
      "\(dryRun ? "would remove" : "removed") \(Figures.count(count, "request")) from before \(retention.firstDay); "
        + "their sums stay")
  }
}
