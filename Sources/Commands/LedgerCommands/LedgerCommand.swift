import ArgumentParser
import Ledger

/// `ccr-audit ledger`: the group.
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Copy, check and shrink the ledger.",
    subcommands: [
      LedgerBackup.self, LedgerCheck.self, LedgerRebuild.self, LedgerVacuum.self, LedgerPrune.self, LedgerSeparate.self,
    ])
}

extension Workspace {
  /// Works on the ledger, which has to be there, while no run reads into it.
  func exclusively<Value>(_ work: (LedgerFile) throws(LedgerError) -> Value) throws(CommandFailure) -> Value {
    let ledger = try existingLedger()
    return try locked(ledger) { () throws(CommandFailure) in
      try CommandFailure.ofLedger { () throws(LedgerError) in try work(ledger) }
    }
  }
}
