import ArgumentParser
import Ledger
import Pricing
import Report
import Model

/// `ccr-audit ledger rebuild`: recomputes the sums of hours and days.
struct LedgerRebuild: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Recompute the sums of hours and days from the requests.",
    discussion: """
      Reports read these sums. They are kept with the requests, so this is only needed where `ledger check` finds a \
      difference, or where the pricing table has a tier that begins at a new prompt length: reports of it are right all \
      the same, and faster after this.
      """)

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let limits = try workspace.prices().grain.promptLimits
    let count = try workspace.exclusively { ledger throws(LedgerError) in try ledger.rebuild(promptLimits: limits) }
    workspace.notes.note("summed \(Figures.count(count, "request")) of \(workspace.settings.ledger.value)")
  }
}
