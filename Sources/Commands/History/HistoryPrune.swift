import ArgumentParser
import Audit
import Foundation
import Ledger
import Report

/// `ccr-audit history prune`: drops records that newer ones supersede.
struct HistoryPrune: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Drop the records that newer ones of their day and model supersede.",
    discussion: "No figure changes: readers take the newest record anyway. All other lines stay byte for byte.")

  @Flag(name: .customLong("dry-run"), help: "Say how many, and drop none.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let store = HistoryStore(workspace)
    guard store.exists else { throw .noHistory(store.path) }
    let lock = try runLock(workspace)
    defer { withExtendedLifetime(lock) {} }
    for file in try store.files() {
      let records = Figures.count(try file.prune(dryRun: dryRun), "superseded record")
      workspace.notes.note("\(dryRun ? "would drop" : "dropped") \(records) of \(file.path)")
    }
  }

  /// What keeps `run` from appending meanwhile. Where there is no ledger, nobody runs.
  private func runLock(_ workspace: Workspace) throws(CommandFailure) -> RunLock? {
    guard try workspace.hasLedger() else { return nil }
    let ledger = workspace.settings.ledger.value
    return try CommandFailure.ofLedger { () throws(LedgerError) in
      try RunLock(ledger: ledger, patience: 60) { workspace.notes.note("waiting for another ccr-audit") }
    }
  }
}

extension HistoryFile {
  /// Removes the records that newer ones supersede.
  /// - Returns: how many those are.
  func prune(dryRun: Bool) throws(CommandFailure) -> Int {
    let bytes = try bytes()
    let records = try log(of: bytes).records
    let lines = bytes.split(separator: 0x0A).filter { !String(decoding: $0, as: UTF8.self).allSatisfy(\.isWhitespace) }
    var newest: [HistoryRecord.Key: Int] = [:]
    for (index, record) in records.enumerated()
    where newest[record.key].map({ records[$0].recordedAt <= record.recordedAt }) ?? true {
      newest[record.key] = index
    }
    let kept = newest.values.sorted()
    guard kept.count < records.count, !dryRun else { return records.count - kept.count }
    guard try self.bytes() == bytes else {
      throw CommandFailure("the history \(path) was written to at the same time", hint: "run this again")
    }
    do throws(SystemError) {
      try AtomicFile.rewrite(kept.flatMap { lines[$0] + [0x0A] }, at: path)
    } catch {
      throw CommandFailure("cannot write the history \(path): \(error)", hint: "nothing was changed")
    }
    return records.count - kept.count
  }
}
