import ArgumentParser
import Foundation
import Ledger

/// `ccr-audit ledger vacuum`: gives the space of removed rows back.
struct LedgerVacuum: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "vacuum",
    abstract: "Rewrite the ledger without its gaps.",
    discussion: "Needs as much free space as the ledger takes.")

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let (before, after) = try workspace.exclusively { ledger throws(LedgerError) in
      let before = size(ledger.path)
      try ledger.vacuum()
      return (before, size(ledger.path))
    }
    workspace.notes.note("\(workspace.settings.ledger.value): \(before) bytes before, \(after) after")
  }

  private func size(_ path: String) -> UInt64 {
    ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.uint64Value ?? 0
  }
}
