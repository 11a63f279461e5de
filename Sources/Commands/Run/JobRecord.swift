import Ledger

/// Notes in the ledger when a job of the schedule began, and how it ended.
struct JobRecord {
  private let name: String
  private let ledger: LedgerFile
  private let context: Context

  init(_ name: String, _ ledger: LedgerFile, _ context: Context) {
    self.name = name
    self.ledger = ledger
    self.context = context
  }

  /// Does the work between the two notes.
  func keep<Value>(_ body: () throws(CommandFailure) -> Value) throws(CommandFailure) -> Value {
    try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.jobBegan(name, at: context.now()) }
    do {
      let value = try body()
      end(nil)
      return value
    } catch {
      end(error.sentence)
      throw error
    }
  }

  /// A note that cannot be written does not turn the job into a failure.
  private func end(_ failure: String?) { try? ledger.jobEnded(name, at: context.now(), failure: failure) }
}
