import Foundation
import Ledger
import Model

/// The requests of ledgers, added up.
struct LedgerTraffic: TrafficSource {
  let ledgers: [LedgerFile]
  /// Whose requests they are, where somebody chose a name and there is one ledger.
  private let chosenOrigin: String?

  init(_ ledgers: [LedgerFile], origin: String?) {
    self.ledgers = ledgers
    chosenOrigin = ledgers.count == 1 ? origin : nil
  }

  var hasHistory: Bool { ledgers.count == 1 }

  func origin() throws(CommandFailure) -> String? {
    guard ledgers.count == 1, let ledger = ledgers.first else { return nil }
    return try CommandFailure.ofLedger { () throws(LedgerError) in try name(of: ledger) }
  }

  func begin() throws(CommandFailure) {
    for ledger in ledgers {
      try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.demandPlausibility() }
    }
  }

  func span() throws(CommandFailure) -> ClosedRange<Int64>? {
    let spans = try each { ledger throws(LedgerError) in try ledger.span().map { [$0] } ?? [] }
    guard let first = spans.map(\.lowerBound).min(), let last = spans.map(\.upperBound).max() else { return nil }
    return first...last
  }

  func models() throws(CommandFailure) -> [ModelID] {
    Array(Set(try each { ledger throws(LedgerError) in try ledger.models() })).sorted()
  }

  func traffic(_ query: TrafficQuery) throws(CommandFailure) -> [TrafficSlice] {
    let asked = Self.ofOneLedger(query)
    guard query.label == .origin else {
      return try each { ledger throws(LedgerError) in try ledger.traffic(asked) }
    }
    return try each { ledger throws(LedgerError) in
      let origin = try name(of: ledger)
      return try ledger.traffic(asked).map { slice in
        var slice = slice
        slice.label = origin
        return slice
      }
    }
  }

  func recordedDays(scope: TrafficScope, timeZone: TimeZone) throws(CommandFailure) -> Set<CivilDay> {
    Set(try each { ledger throws(LedgerError) in Array(try ledger.recordedDays(scope: scope, timeZone: timeZone)) })
  }

  func unmeasured(in span: Range<Int64>) throws(CommandFailure) -> [Unmeasured] {
    try each { ledger throws(LedgerError) in try ledger.unmeasured(in: span) }
  }

  func extras(in span: Range<Int64>, scope: TrafficScope) throws(CommandFailure) -> [CallExtras] {
    CallExtras.sums(try each { ledger throws(LedgerError) in try ledger.extras(in: span, scope: scope) })
  }

  func webSearches(
    in span: Range<Int64>, scope: TrafficScope, timeZone: TimeZone
  ) throws(CommandFailure) -> [CivilDay: [ModelID: Int64]] {
    try each { ledger throws(LedgerError) in
      [try ledger.webSearches(in: span, scope: scope, timeZone: timeZone)]
    }.reduce(into: [:]) { sums, found in
      sums.merge(found) { $0.merging($1, uniquingKeysWith: +) }
    }
  }

  func lowerBounds(in span: Range<Int64>, scope: TrafficScope) throws(CommandFailure) -> [LowerBound] {
    LowerBound.sums(try each { ledger throws(LedgerError) in try ledger.lowerBounds(in: span, scope: scope) })
  }

  /// A bill is of an account, which several people may share: of several ledgers nobody knows whose use it lists.
  func billedUse(in days: ClosedRange<CivilDay>) throws(CommandFailure) -> [BilledUse] {
    guard ledgers.count == 1 else { return [] }
    return try each { ledger throws(LedgerError) in try ledger.billedUse(in: days) }
  }

  func billedUse(across days: ClosedRange<CivilDay>) throws(CommandFailure) -> [BilledUse] {
    guard ledgers.count == 1 else { return [] }
    return try each { ledger throws(LedgerError) in try ledger.billedUse(across: days) }
  }

  func eachMeasured(_ body: (ByteRecord) -> Void) throws(CommandFailure) {
    for (index, ledger) in ledgers.enumerated() {
      try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.eachMeasured { record in
          var record = record
          record.session = session(record.session, of: index)
          body(record)
        }
      }
    }
  }

  func eachUnmeasured(_ query: TrafficQuery, _ body: (UnmeasuredRequest) -> Void) throws(CommandFailure) {
    let asked = Self.ofOneLedger(query)
    for (index, ledger) in ledgers.enumerated() {
      try CommandFailure.ofLedger { () throws(LedgerError) in
        let origin = query.label == .origin ? try name(of: ledger) : nil
        try ledger.eachUnmeasured(asked) { request in
          var request = request
          request.session = session(request.session, of: index)
          if let origin { request.slice.label = origin }
          body(request)
        }
      }
    }
  }

  /// What a ledger itself is asked: it knows neither whose requests it holds nor their team.
  private static func ofOneLedger(_ query: TrafficQuery) -> TrafficQuery {
    var query = query
    if query.label == .origin || query.label == .team { query.label = nil }
    return query
  }

  private func name(of ledger: LedgerFile) throws(LedgerError) -> String {
    if let chosenOrigin { return chosenOrigin }
    return try Self.name(of: ledger)
  }

  /// A ledger's own id; its path, where none was drawn yet and nothing can be written.
  static func name(of ledger: LedgerFile) throws(LedgerError) -> String {
    do {
      return try ledger.origin()
    } catch .unusable {
      return ledger.path
    }
  }

  /// The number of a session, another one in each ledger.
  private func session(_ session: Int64?, of ledger: Int) -> Int64? {
    session.map { $0 &* Int64(ledgers.count) &+ Int64(ledger) }
  }

  private func each<Value>(
    _ read: (LedgerFile) throws(LedgerError) -> [Value]
  ) throws(CommandFailure) -> [Value] {
    var all: [Value] = []
    for ledger in ledgers {
      all += try CommandFailure.ofLedger { () throws(LedgerError) in try read(ledger) }
    }
    return all
  }
}
