import Audit
import Foundation
import Ledger
import Model
import Report

extension Workspace {
  private static let cureOfClones =
    "where both are in use, as on a cloned machine, `ccr-audit ledger separate` on one of the two"

  /// The requests of all ledgers that were named.
  func traffic() throws(CommandFailure) -> LedgerTraffic {
    guard !otherLedgers.isEmpty else {
      return LedgerTraffic([try ledgerToRead()], origin: settings.origin.value)
    }
    var ledgers: [LedgerFile] = []
    var known: [String: String] = [:]
    for path in [settings.ledger.value] + otherLedgers {
      let ledger = try CommandFailure.ofLedger { () throws(LedgerError) in try LedgerFile(reading: path) }
      let origin = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.drawnOrigin() } ?? path
      if let other = known[origin] {
        throw CommandFailure(
          "\(other) and \(path) are one ledger, or a copy of it: their requests would count twice",
          hint: "name only the newer one; \(Self.cureOfClones)")
      }
      known[origin] = path
      // A copy that broke off is empty, too: a machine would be missing.
      if try CommandFailure.ofLedger({ () throws(LedgerError) in try ledger.span() }) == nil {
        notes.warning("\(path) holds no requests")
      }
      ledgers.append(ledger)
    }
    try compare(ledgers)
    return LedgerTraffic(ledgers, origin: nil)
  }

  /// Refuses a copy of a ledger that had no id yet when it was copied, and says what both of two ledgers hold.
  private func compare(_ ledgers: [LedgerFile]) throws(CommandFailure) {
    let found = try CommandFailure.ofLedger { () throws(LedgerError) in try LedgerFile.requestsShared(among: ledgers) }
    for shared in found {
      let (one, two) = (ledgers[shared.first].path, ledgers[shared.second].path)
      let requests = Figures.count(Int(shared.count), "request")
      let (less, more) = shared.ofFirst < shared.ofSecond ? (one, two) : (two, one)
      guard !shared.isCopy else {
        throw CommandFailure(
          "all that \(less) holds (\(requests)) is in \(more), too: it would count twice",
          hint: "name only \(more); \(Self.cureOfClones)")
      }
      notes.warning(
        "\(requests) \(shared.count == 1 ? "is" : "are") in \(one) and in \(two), and "
          + "\(shared.count == 1 ? "counts" : "count") twice: the same logs were read into both")
    }
  }

  /// Whose records a ledger's are: the configured name, else its own id.
  func origin(of ledger: LedgerFile) throws(CommandFailure) -> String {
    if let origin = settings.origin.value { return origin }
    return try id(of: ledger)
  }

  /// A ledger's own id. One that has none yet gets the id of the former ledger in its place, so that the history does not
  /// count its requests twice.
  func id(of ledger: LedgerFile) throws(CommandFailure) -> String {
    if settings.origin.value == nil,
      try CommandFailure.ofLedger({ () throws(LedgerError) in try ledger.drawnOrigin() }) == nil
    {
      try adoptFormerID(ledger)
    }
    return try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.origin() }
  }

  private func adoptFormerID(_ ledger: LedgerFile) throws(CommandFailure) {
    let store = HistoryStore(self)
    guard store.exists, case let log = try store.readable().log, !log.records.isEmpty else { return }
    let current = try AuditJob(self, ledger: ledger).records()
    let former = log.origin(sharing: current)
    let all = Set(log.records.compactMap(\.origin))
    if isOfThisMachine(store), let origin = all.count == 1 ? all.first : former {
      let isAdopted = try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.adopt(origin: origin, at: context.now())
      }
      if isAdopted {
        return notes.note("the history of a former ledger, the origin \(origin), is carried on as this one's")
      }
    }
    let days = Set(current.map(\.day))
    let others = Set(log.newest.filter { days.contains($0.day) }.compactMap(\.origin))
    guard let other = former ?? others.min() else { return }
    let names = former == nil && others.count > 1 ? "other origins" : "the origin \(Display.text(other))"
    notes.warning(
      "the history holds records of the same days by \(names), and those of this ledger count beside them: if this "
        + "machine wrote them, write `origin: \(former == nil && others.count > 1 ? "NAME" : Display.text(other))` into "
        + "\(settings.config.value) before `ccr-audit run`")
  }

  /// Whether only this machine can have written the history: it lies beside the usual ledger. Elsewhere, others may write to
  /// it, too, and the same requests can be those of another machine, which read copies of the same logs.
  private func isOfThisMachine(_ store: HistoryStore) -> Bool {
    func folder(_ path: String) -> String { URL(filePath: path).deletingLastPathComponent().path }
    if case .flag = settings.ledger.origin { return false }
    return !store.isFolder && folder(store.path) == folder(settings.ledger.value)
  }

  /// For what is about one ledger.
  func demandOneLedger() throws(CommandFailure) {
    guard otherLedgers.isEmpty else {
      throw CommandFailure(
        "this is about one ledger, and --ledger names \(otherLedgers.count + 1)",
        hint: "`report`, `check --from ledger`, `simulate` and `advise` add several up", status: .usage)
    }
  }
}

extension GlobalOptions {
  /// The ledgers after the first, absolute.
  func otherLedgers(in context: Context) throws(CommandFailure) -> [String] {
    let base = PathBase(folder: context.currentDirectory, home: context.homeDirectory, variables: nil)
    var paths: [String] = []
    for name in ledger.dropFirst() {
      do throws(SettingProblem) {
        paths.append(try base.absolute(name))
      } catch {
        throw CommandFailure("--ledger \(error.sentence)", status: .usage)
      }
    }
    return paths
  }
}
