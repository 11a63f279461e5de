package import Model

/// The history: JSON Lines, only ever appended to. Text in, text out; it opens no file.
package struct HistoryLog: Hashable, Sendable {
  /// All records, in the order of the file.
  package var records: [HistoryRecord]

  package init(records: [HistoryRecord] = []) { self.records = records }

  /// Reads the whole text of a history file. Empty lines are left out.
  /// - Parameter broken: called with each line that is no record, with its number. Without it the first one is thrown. A
  ///   line of a newer program always is.
  package init(
    text: some StringProtocol, broken: ((Int, HistoryLineProblem) -> Void)? = nil
  ) throws(AuditError) {
    records = []
    try read(text, broken: broken)
  }

  /// The longest line that is read, bytes; a record has some thousand.
  private static let longest = 4 << 20

  /// Reads further lines of a history file, as `init(text:broken:)` does.
  /// - Parameter before: how many lines stand before them.
  package mutating func read(
    _ text: some StringProtocol, after before: Int = 0, broken: ((Int, HistoryLineProblem) -> Void)? = nil
  ) throws(AuditError) {
    for (index, bytes) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      do throws(HistoryLineProblem) {
        guard bytes.count <= Self.longest else { throw .tooLong }
        let line = String(decoding: bytes, as: UTF8.self)
        guard !line.allSatisfy(\.isWhitespace) else { continue }
        records.append(try HistoryRecord(line: line))
      } catch {
        let number = before + index + 1
        guard let broken, !error.isOfNewerProgram else { throw .historyLine(number, error) }
        broken(number, error)
      }
    }
  }

  /// How many bytes of the end of a file a power cut has left there: the beginning of a record that was not written to
  /// its end, and NUL bytes. Anything else is nobody's to remove.
  /// - Parameter end: what stands behind the last newline.
  package static func tornBytes(_ end: ArraySlice<UInt8>) -> Int {
    let text = end.prefix { $0 != 0 }
    let nothing = end.count - text.count
    guard end.suffix(nothing).allSatisfy({ $0 == 0 }), end.count <= longest else { return 0 }
    guard !text.isEmpty else { return nothing }
    guard text.starts(with: #"{"schema_version": "#.utf8.prefix(text.count)) else { return 0 }
    do throws(HistoryLineProblem) {
      _ = try HistoryRecord(line: String(decoding: text, as: UTF8.self))
      return nothing
    } catch {
      return error == .notJSON ? end.count : nothing
    }
  }

  /// The newest record of each key, by day, model, scope and origin. Newest is the latest made, and of equally late ones the later
  /// line, so that a merge which mixes up lines changes nothing.
  package var newest: [HistoryRecord] {
    var newest: [HistoryRecord.Key: HistoryRecord] = [:]
    for record in records where newest[record.key].map({ $0.recordedAt <= record.recordedAt }) ?? true {
      newest[record.key] = record
    }
    return newest.values.filter { $0.counts.requests > 0 }.sorted { $0.key < $1.key }
  }

  /// Our own newest records of models of which the ledger holds no request any more, because a log that came later told
  /// who was really called. A day of which it holds nothing at all is left alone: its ledger may be a new one.
  /// - Parameters:
  ///   - current: what the ledger says of the days.
  ///   - origin: ours.
  package func gone(from current: [HistoryRecord], days: ClosedRange<CivilDay>, origin: String) -> [HistoryRecord] {
    let keys = Set(current.map(\.key))
    let zones = Dictionary(current.map { ($0.day, $0.timeZone) }, uniquingKeysWith: { first, _ in first })
    return newest.filter {
      days.contains($0.day) && $0.origin == origin && zones[$0.day] == $0.timeZone && !keys.contains($0.key)
    }
  }

  /// Those of the new records that say something else than the newest of their key, apart from when they were made. What
  /// was begun by a program that knew no origins is carried on without one, so that it is not counted twice.
  package func superseding(with new: [HistoryRecord]) -> [HistoryRecord] {
    let known = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0) })
    return new.compactMap { record in
      var record = record
      if known[record.key] == nil, known[record.nameless] != nil { record.origin = nil }
      var old = known[record.key]
      old?.recordedAt = record.recordedAt
      return old == record ? nil : record
    }
  }

  /// The days whose newest records have other requests or tokens than these, or none. Prices, plans and the time zone of
  /// a record do not count: what a day was said to cost then stays until somebody audits it again.
  package func outdatedDays(by current: [HistoryRecord]) -> Set<CivilDay> {
    let known = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0) })
    return Set(
      current.filter { record in
        guard let old = known[record.key] ?? known[record.nameless] else { return true }
        return old.timeZone == record.timeZone && (old.counts != record.counts || old.tokens != record.tokens)
      }.map(\.day))
  }

  /// The origin whose records are of the same requests as a ledger's: as many requests and tokens of a model on a day. Of
  /// several, the one that shares the most; `nil` where none does. Requests without tokens may be anybody's.
  package func origin(sharing current: [HistoryRecord]) -> String? {
    let own = Dictionary(current.map { ($0.nameless, $0) }) { first, _ in first }
    var shared: [String: Int] = [:]
    for record in newest where record.tokens.total > 0 {
      guard let origin = record.origin, let same = own[record.nameless], same.timeZone == record.timeZone,
        same.counts == record.counts, same.tokens == record.tokens
      else { continue }
      shared[origin, default: 0] += 1
    }
    return shared.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// Those of the days on which an origin's records count more requests than these.
  package func fullerDays(than current: [HistoryRecord], origin: String) -> Set<CivilDay> {
    func requests(_ records: [HistoryRecord]) -> [CivilDay: Int] {
      records.reduce(into: [:]) { $0[$1.day, default: 0] += $1.counts.requests }
    }
    let now = requests(current)
    return Set(requests(newest.filter { $0.origin == origin }).filter { $0.value > now[$0.key] ?? 0 }.keys)
  }

  /// The lines to append for records: each with its end.
  package static func text(_ records: [HistoryRecord]) -> String { records.map { $0.line + "\n" }.joined() }
}

extension HistoryRecord {
  /// What it is of, whoever's it is.
  fileprivate var nameless: Key {
    var key = key
    key.origin = nil
    return key
  }
}

extension [HistoryRecord] {
  package func of(_ scope: TrafficScope) -> [HistoryRecord] {
    scope == .all ? self : filter { $0.scope == scope }
  }

  /// The scope to show where nobody asked for one: direct traffic stands in where nothing was routed.
  package func scope(_ asked: TrafficScope?) -> AuditScope {
    func counts(_ scope: TrafficScope) -> TrafficSize {
      of(scope).reduce(.zero) { $0 + TrafficSize(counts: $1.counts, tokens: $1.tokens.total) }
    }
    return AuditScope(asked: asked, routed: counts(.routed), direct: counts(.direct))
  }
}

/// Why a job of this target could not be done.
package enum AuditError: Error, Hashable, CustomStringConvertible {
  /// A line of the history is no record: its number, from 1, and what is wrong.
  case historyLine(Int, HistoryLineProblem)

  /// A sentence with its place.
  package var description: String {
    switch self {
    case .historyLine(let number, let problem): "line \(number) of the history \(problem)"
    }
  }
}
