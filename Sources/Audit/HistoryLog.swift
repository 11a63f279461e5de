/// The history: JSON Lines, only ever appended to. Text in, text out; files are somebody else's.
package struct HistoryLog: Hashable, Sendable {
  /// All records, in the order of the file.
  package var records: [HistoryRecord]

  /// A history of records.
  package init(records: [HistoryRecord] = []) { self.records = records }

  /// Reads the whole text of a history file. Empty lines are left out.
  /// - Throws: the first line that is no record, with its number.
  package init(text: some StringProtocol) throws(AuditError) {
    records = []
    for (index, bytes) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = String(decoding: bytes, as: UTF8.self)
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      do throws(HistoryLineProblem) {
        records.append(try HistoryRecord(line: line))
      } catch {
        throw .historyLine(index + 1, error)
      }
    }
  }

  /// The newest record of each key, by day and model. Newest is the latest made, and of equally late ones the later
  /// line, so that a merge which mixes up lines changes nothing.
  package var newest: [HistoryRecord] {
    var newest: [HistoryRecord.Key: HistoryRecord] = [:]
    for record in records where newest[record.key].map({ $0.recordedAt <= record.recordedAt }) ?? true {
      newest[record.key] = record
    }
    return newest.values.sorted { $0.key < $1.key }
  }

  /// Those of the new records that say something else than the newest of their key, apart from when they were made.
  package func superseding(with new: [HistoryRecord]) -> [HistoryRecord] {
    let known = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0) })
    return new.filter { record in
      var old = known[record.key]
      old?.recordedAt = record.recordedAt
      return old != record
    }
  }

  /// The lines to append for records: each with its end.
  package static func text(_ records: [HistoryRecord]) -> String { records.map { $0.line + "\n" }.joined() }
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
