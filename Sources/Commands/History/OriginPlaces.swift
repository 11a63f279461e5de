import Audit
import Model

/// Which files of a folder hold records of which origins. Records of one origin replace each other, so two machines
/// of one name would each take the other's away.
struct OriginPlaces {
  private var files: [String?: [(file: String, records: [HistoryRecord])]] = [:]

  /// An origin's records in one file, by what they are of.
  private struct Place {
    let file: String
    let records: [HistoryRecord.Key: Set<HistoryRecord>]

    init(_ file: String, _ records: [HistoryRecord]) {
      self.file = file
      self.records = Dictionary(grouping: records, by: \.key).mapValues { Set($0) }
    }

    func differs(from others: Set<HistoryRecord>, of key: HistoryRecord.Key) -> Bool {
      guard let records = records[key] else { return false }
      return !records.isSubset(of: others) && !others.isSubset(of: records)
    }
  }

  mutating func add(_ records: [HistoryRecord], of file: String) {
    for (origin, records) in Dictionary(grouping: records, by: \.origin) {
      files[origin, default: []].append((file, records))
    }
  }

  /// Refuses files that say different things of one origin. A copy, also an older one, says nothing different.
  func demandAgreement() throws(CommandFailure) {
    // Most origins have one file, which agrees with itself.
    for (origin, files) in files.sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) where files.count > 1 {
      let places = files.map { Place($0.file, $0.records) }
      for (index, one) in places.enumerated() {
        for other in places[..<index] {
          guard let day = one.records.filter({ other.differs(from: $1, of: $0) }).keys.map(\.day).min() else {
            continue
          }
          let whose = origin.map { "by the origin \(SafeText.visible($0))" } ?? "without an origin"
          throw CommandFailure(
            "\(other.file) and \(one.file) hold different records of \(day) \(whose): one would replace the other",
            hint: "give each machine an `origin` of its own; of two copies of a file remove the older")
        }
      }
    }
  }
}
