package import ArgumentParser
import Audit
import Report

/// `ccr-audit export`: charges for other programs.
package struct ExportCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write charges for FinOps tools, as FOCUS has them.",
    discussion: """
      Covers the last 30 days unless a period is named. A row for each day, model, class of tokens and unit price, and \
      one for each plan that is paid. Requests of which nobody knows the tokens or the price are counted in columns of \
      their own and cost nothing there.

        ccr-audit export --month 2026-11 --output focus.csv
      """)

  @OptionGroup var period: PeriodOptions
  @OptionGroup var scope: ScopeOptions

  @Option(help: "The format: FOCUS 1.2 as CSV.")
  var format: ExportFormat = .focus

  @OptionGroup var output: OutputOptions
  @OptionGroup var options: GlobalOptions

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: scope.flags)
    let ledger = try workspace.ledgerToRead()
    let job = try AuditJob(workspace, ledger: ledger)
    let input = try job.input(try job.days(of: period), by: .day)
    let export = FocusExport(
      Audit.charges(input, prices: job.prices), origin: try workspace.origin(of: ledger),
      timeZone: workspace.settings.timeZone.value)
    try output.write(export.csv, workspace)
  }
}

/// What `export` writes.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case focus
}
