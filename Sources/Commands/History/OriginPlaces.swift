import Audit
import Model

/// Which files of a folder hold records of which origins. Records of one origin replace each other, so two machines
/// of one name would each take the other's away.
struct OriginPlaces {
  private var places: [String?: [Place]] = [:]

  /// An origin's records in one file, by what they are of.
  private struct Place {
    var file: String
    var records: [HistoryRecord.Key: Set<HistoryRecord>]

    func differs(from others: Set<HistoryRecord>, of key: HistoryRecord.Key) -> Bool {
      guard let records = records[key] else { return false }
      return !records.isSubset(of: others) && !others.isSubset(of: records)
    }
  }

  mutating func add(_ records: [HistoryRecord], of file: String) {
    for (origin, records) in Dictionary(grouping: records, by: \.origin) {
      let known = Dictionary(grouping: records, by: \.key).mapValues { Set($0) }
      places[origin, default: []].append(Place(file: file, records: known))
    }
  }

  /// Refuses files that say different things of one origin. A copy, also an older one, says nothing different.
  func demandAgreement() throws(CommandFailure) {
    for (origin, places) in places.sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
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
