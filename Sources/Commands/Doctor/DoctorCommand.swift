import ArgumentParser
import Report

/// `ccr-audit doctor`: what cannot be measured here, and what is about to be lost.
struct DoctorCommand: AuditCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
    case table
    case json
  }

  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what cannot be measured here, what is about to be deleted, and what to change.",
    discussion: """
      Looks at the router and its configuration, its logs and stores, the clients' transcripts, the ledger and the \
      prices. Changes nothing. The configuration's keys are never read.

      Exit codes: 0 nothing is lost; 1 something loses data; 2 it could not be done.
      """)

  @Option(help: "How to print.")
  var format = Format.table

  @OptionGroup var router: RouterOptions
  @OptionGroup(title: "Usual options")
  var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: router.flags)
    let facts = try FactsGatherer(workspace).facts()
    let findings = Doctor.findings(facts)
    switch format {
    case .table:
      let isColored = workspace.settings.usesColor(on: context.output, in: context)
      context.output.write(DoctorReport.table(findings, width: context.output.width ?? 80, isColored: isColored))
    case .json: context.output.write(DoctorReport.json(findings, facts))
    }
    workspace.sayHowToBegin()
    let losses = findings.count { $0.severity == .loss }
    if losses > 0 {
      throw CommandFailure("\(Figures.count(losses, "finding")) of lost data", status: .policy)
    }
  }
}
