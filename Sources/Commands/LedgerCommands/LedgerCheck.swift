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
    let findings = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.check() }
    for finding in findings { context.output.write(finding + "\n") }
    guard findings.isEmpty else {
      throw CommandFailure("the ledger \(ledger.path) is damaged", hint: LedgerError.cure)
    }
    workspace.notes.note("\(ledger.path) is whole")
  }
}
