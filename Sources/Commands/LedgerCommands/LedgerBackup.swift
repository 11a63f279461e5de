import ArgumentParser
import Foundation
import Ledger

/// `ccr-audit ledger backup`: a copy of the ledger while it is in use.
struct LedgerBackup: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the ledger to a new file, while runs may go on.",
    discussion: "The copy is a ledger of its own: `ccr-audit report --ledger PATH` reads it.")

  @Argument(help: "The new file.", completion: .file())
  var path: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try workspace.ledgerToRead()
    let target = context.absolute(path)
    if force { _ = try OutputFile(target, workspace, what: "a copy of the ledger", replacesLedgers: true) }
    do throws(LedgerError) {
      try ledger.backup(to: target, replacing: force)
    } catch {
      let isThere = FileManager.default.fileExists(atPath: target)
      throw CommandFailure("\(error)", hint: isThere && !force ? "--force replaces a file that is there" : nil)
    }
    workspace.notes.note("copied \(ledger.path) to \(target)")
  }
}
