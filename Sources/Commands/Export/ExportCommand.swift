import ArgumentParser
import Audit
import Report

/// `ccr-audit export`: charges and tokens for other programs.
struct ExportCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write charges for FinOps tools, or tokens for OpenTelemetry.",
    discussion: """
      Covers the last 30 days unless a period is named.

      focus: charges as FOCUS 1.2 has them, as CSV. A row for each day, model, class of tokens and unit price, and one \
      for each month of a plan that is paid. Requests of which nobody knows the tokens or the price are counted in columns of their \
      own and cost nothing there.

      otel: measured tokens as OpenTelemetry's metric gen_ai.client.token.usage, in OTLP's JSON, a line a day. Requests \
      of which nobody knows the tokens are left out of it and counted beside it.

        ccr-audit export --month 2026-11 --output focus.csv
        ccr-audit export --since yesterday --until yesterday --format otel
      """)

  @OptionGroup var period: PeriodOptions
  @OptionGroup var scope: ScopeOptions

  @Option(help: "The format: FOCUS 1.2, or OpenTelemetry's metrics.")
  var format: ExportFormat = .focus

  @OptionGroup var output: OutputOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: scope.flags)
    let ledger = try workspace.ledgerToRead()
    let job = try AuditJob(workspace, ledger: ledger)
    let input = try job.input(try job.days(of: period), by: .day)
    let (origin, zone) = (try workspace.origin(of: ledger), workspace.settings.timeZone.value)
    let text =
      switch format {
      case .focus: FocusExport(Audit.charges(input, prices: job.prices), origin: origin, timeZone: zone).csv
      case .otel: OTelExport(input.traffic, origin: origin, timeZone: zone, version: ProgramVersion.current).lines
      }
    try output.write(text, workspace)
  }
}

/// What `export` writes.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case focus
  case otel
}
