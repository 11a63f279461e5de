import ArgumentParser
import Audit
import Ledger
import Pricing
import Report
import Model
import Reading

/// `ccr-audit advise`: what to change, and what it saves.
struct AdviseCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Say what to change in the routing and in the plans, and what it saves.",
    discussion: """
      Looks at the last 30 days unless a period is named. Only models that were really used, and the baseline, are \
      proposed. The change to claude-code-router's Router is printed as a diff and never written.

        ccr-audit advise
        ccr-audit advise --last 7d --router-config ~/.claude-code-router/config.json
      """)

  @OptionGroup var period: PeriodOptions
  @OptionGroup var scope: ScopeOptions

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.", completion: .models)
  var baseline: String?

  @Option(help: "How to print.")
  var format: TextFormat = .table

  @OptionGroup var router: RouterOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let flags = router.flags + scope.flags + (baseline.map { [FlagValue(\.baseline, "--baseline", [$0])] } ?? [])
    let workspace = try Workspace(options, in: context, flags: flags)
    let job = try AuditJob(workspace, source: try workspace.traffic())
    let days = try job.days(of: period)
    let report = try job.report(days)
    if report.coverage.counts.requests == 0 {
      workspace.notes.note(ReportCommand.emptyNote(days, held: try job.days(), of: job.source))
    }
    let traffic = try job.traffic(days, by: .route, scope: report.scope.shown, pricedAt: try job.source.models())
    let advice = Advice.all(
      of: report, traffic: traffic, splits: try job.splits(of: traffic, scope: report.scope.shown),
      offers: job.prices.offers, cacheLife: workspace.settings.cacheLife.value, prices: job.prices)
    let unanswered = Advice.unanswered(by: advice, of: report, traffic: traffic, prices: job.prices)
    let file = try workspace.routerFile()
    let change = RouterChange(advice, configuration: file.configuration)
    let (diff, byHand) = change.diff(of: file.text, path: workspace.settings.routerConfig.value)
    switch format {
    case .table:
      context.output.write(
        AdviceReport.text(
          advice, of: report, unanswered: unanswered, diff: diff, notes: change.notes + byHand, style: workspace.style))
    case .json:
      context.output.write(AdviceReport.json(advice, of: report, unanswered: unanswered, diff: diff))
      (change.notes + byHand).forEach(workspace.notes.note)
    }
  }
}
