import ArgumentParser
import Ledger

/// `ccr-audit ledger check`: whether the ledger is whole.
struct LedgerCheck: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Look for damage in the ledger; exit code 2 where there is some.")

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try workspace.ledgerToRead()
    let (findings, wrongSums) = try CommandFailure.ofLedger { () throws(LedgerError) in
      let findings = try ledger.check()
      return (findings, findings.isEmpty ? [] : try ledger.differingSums())
    }
    for finding in findings { context.output.write(finding + "\n") }
    guard findings.isEmpty else {
      // Sums can be made anew as long as the requests are sound.
      let hint = findings.count == wrongSums.count ? "`\(DifferingSums.cure)` rebuilds them" : LedgerError.cure
      throw CommandFailure("the ledger \(ledger.path) is damaged", hint: hint)
    }
    workspace.notes.note("\(ledger.path) is whole")
  }
}
